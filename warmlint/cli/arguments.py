"""The options of `warmlint [PATHS…]`, from their one declaration: added to a parser, and read as the
uppermost layer of settings."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import Any, Final

from warmlint.cli.parser import Parser
from warmlint.config import OPTIONS, ConfigError, Group, Layer, Option, SettingsTree, inline_settings
from warmlint.config.files import read_settings
from warmlint.config.kinds import Place, RulesByPattern, Switch
from warmlint.config.options import ELSEWHERE

SOURCE: Final = "the command line"

_EXAMPLES: Final = """\
examples:
  warmlint                            lint the current folder
  warmlint train.py src/              lint a file and a folder
  cat train.py | warmlint -           lint what comes through a pipe
  warmlint --select LR001 src/        run one rule, by its code or name

  warmlint --diff --unsafe-fixes      see all fixes, and write nothing
  warmlint --fix --unsafe-fixes       write them
  warmlint --add-ignores "as meant"   silence what is found, with a reason

  warmlint --output sarif=out.sarif   write a file for CI, beside the report
  warmlint --diff-base origin/main    only lines that this branch changed
  warmlint --write-baseline old.json  take what is found now as known;
  warmlint --baseline old.json        tell what is new since

  warmlint rule uncapped-warmup       read what a rule does, and why
  warmlint curve train.py:42          see an LR, update by update
  warmlint --torch full src/          have torch confirm the numbers

Every option that speaks of more than one run is also a key of
`[tool.warmlint]` in pyproject.toml, or of warmlint.toml. Switches
have a `--no-…` form: `--no-fix`.

exit codes: 0 nothing found, 1 findings, 2 the run itself failed
with --fix: 0 nothing left; with --diff: 1 if a fix would be made
"""


def lint_parser(usage: str) -> Parser:
    """The parser of `warmlint [PATHS…]`."""
    parser = Parser(
        prog="warmlint",
        description="Find learning-rate warmup bugs in PyTorch training code.",
        epilog=_EXAMPLES,
        usage=usage,
        elsewhere=ELSEWHERE,
        add_help=False,
    )
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATHS",
        help="files and folders; `-` is stdin; default: the current folder",
    )
    groups = {group: parser.add_argument_group(group.value) for group in Group}
    for option in OPTIONS:
        if option.flag:
            _add(groups[option.group], option)
    groups[Group.SETTINGS].add_argument("-h", "--help", action="help", help="show this")
    return parser


def _add(group: argparse._ArgumentGroup, option: Option) -> None:
    names = [name for name in (option.short, f"--{option.key}") if name]
    told = option.help + ("; may be repeated" if option.repeated and option.group is not Group.RULES else "")
    if isinstance(option.kind, Switch):
        group.add_argument(*names, action="store_const", const=True, default=None, help=told)
        if not option.alone:
            group.add_argument(
                f"--no-{option.key}", dest=option.field, action="store_const", const=False, default=None,
                help=argparse.SUPPRESS,
            )  # fmt: skip
        return
    action = "append" if option.repeated else "store"
    group.add_argument(*names, action=action, metavar=option.metavar, help=told)


def settings_tree(given: argparse.Namespace, known: Mapping[str, str]) -> SettingsTree:
    """The settings of every file, with the command line over them. Raises ConfigError."""
    command_line = _layer(given, known)
    files: list[str] = []
    inline: list[str] = []
    for text in given.config or ():
        # Whatever is there is a file, whatever its name.
        (inline if "=" in text and not os.path.exists(text) else files).append(text)
    if len(files) > 1:
        raise ConfigError(f"`--config` names two files, `{files[0]}` and `{files[1]}`; one can be read")
    if files and given.isolated:
        raise ConfigError(f"`--isolated` reads no settings file, and `--config` names `{files[0]}`")
    explicit = read_settings(files[0], known) if files else () if given.isolated else None
    over = (*(inline_settings(text, known) for text in inline), command_line)
    return SettingsTree(known, explicit=explicit, over=over)


def _layer(given: argparse.Namespace, known: Mapping[str, str]) -> Layer:
    """What the command line says of what settings files may say too."""
    values = {}
    for option in OPTIONS:
        said = getattr(given, option.field, None)
        if option.flag and not option.alone and said is not None:
            values[option.key] = _value(option, said, known)
    return Layer(SOURCE, values)


def _value(option: Option, said: Any, known: Mapping[str, str]) -> object:
    place = Place(f"`--{option.key}`", os.getcwd(), known)
    if isinstance(option.kind, Switch):
        return option.kind.read(place, said)
    if not option.repeated:
        return option.kind.read(place, option.kind.parse(said))
    parts: list[Any] = []
    for text in said:
        part = option.kind.parse(text)
        assert isinstance(part, list)
        parts += part
    if not isinstance(option.kind, RulesByPattern):
        return option.kind.read(place, parts)
    table: dict[str, list[str]] = {}
    for pattern, rule in parts:
        table.setdefault(pattern, []).append(rule)
    return option.kind.read(place, table)
