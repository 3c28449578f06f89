"""Writes docs/pages/options.md: every option, from its one declaration, and what it is called in ruff.

usage: python docs/options.py [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from warmlint.config import OPTIONS, Group, Option
from warmlint.config.kinds import Switch
from warmlint.config.show import toml

PAGE = Path(__file__).resolve().parent / "pages" / "options.md"

LEAD = """\
Every option of `warmlint [PATHS…]`, as `warmlint --help` lists them. One with a default or a dash in the
second column is also a key of the [settings](settings.md); the others speak of one run, and no settings file
may say them."""

RUFF = """\
## Coming from ruff

Options have ruff's names and do what ruff's do, and `warmlint check PATHS` is `warmlint PATHS`. Where it is
different:

| in ruff | here | why |
|---|---|---|
| `--add-noqa`, `--add-ignore` | `--add-ignores REASON` | a comment wants a reason, and `noqa` is not ours |
| `--target-version` | `--target-torch` | what changes between releases is torch, not Python |
| `extend-ignore` | `ignore` | ruff calls the first one deprecated: `ignore` adds already |
| `--output-file` | the same, and `--output FORMAT=FILE` | several reports of one run |
| `--color` | the same | ruff takes it before the verb |
| `--exit-zero` | the same, and `--fail-on LEVEL` | findings have severities here |
| `--ignore-noqa` | none | leave out a comment by taking it away: LR901 says which are in vain |
| `--preview`, `--extension`, `--cache-dir` | none | there is no preview, and no cache yet |
| `--watch` | `warmlint server` | [editors](editors.md) show findings as one types |
| `--quiet`, `--silent`, `--verbose` | `--output-format concise`, `-o /dev/null` | a format says how much |
| `ruff rule`, `ruff config` | `warmlint rule`, `warmlint config` | the same |
| `ruff server` | `warmlint server` | the same |
| `ruff generate-shell-completion` | the same | for bash, zsh and fish |
| `ruff version` | `warmlint --version` | it tells also which torch would be asked |"""


def page() -> str:
    """The page."""
    parts = ["# Every option", LEAD]
    for group in Group:
        rows = [_row(option) for option in OPTIONS if option.group is group]
        title = group.value[0].upper() + group.value[1:]
        parts += [f"## {title}", "\n".join(["| option | default | what it does |", "|---|---|---|", *rows])]
    return "\n\n".join([*parts, RUFF]) + "\n"


def _row(option: Option) -> str:
    return f"| {', '.join(_names(option))} | {_default(option)} | {option.help.replace('|', ' ')} |"


def _names(option: Option) -> Iterator[str]:
    if not option.flag:
        yield f"`{option.key} = …`"
        return
    if option.short:
        yield f"`{option.short}`"
    yield f"`--{option.key} {option.metavar}`" if option.metavar else f"`--{option.key}`"
    if isinstance(option.kind, Switch) and not option.alone:
        yield f"`--no-{option.key}`"


def _default(option: Option) -> str:
    if option.alone:
        return ""
    default = option.default
    return "–" if default is None or default == () else f"`{toml(option.kind.write(default))}`"


def main() -> int:
    """Write the page, or with `--check` say whether it is as it should be."""
    new = page()
    if "--check" in sys.argv:
        if PAGE.read_text(encoding="utf-8") != new:
            print("docs/pages/options.md is behind: run `python docs/options.py`", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
