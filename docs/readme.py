"""Writes the parts of README.md that are made from elsewhere: the example's output and the table of rules.

usage: python docs/readme.py [--check]
"""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stdout
from pathlib import Path

from warmlint.cli.main import run
from warmlint.report.rules import RulePage
from warmlint.rule import all_rules

TOP = Path(__file__).resolve().parent.parent
EXAMPLE = "fixtures/lr003_uncapped_warmup/bad_readme.py"


def example() -> str:
    """What warmlint says of one fixture, on a terminal without colour."""
    output = io.StringIO()
    with redirect_stdout(output):
        run([EXAMPLE, "--isolated", "--torch", "off"])  # as the base install has it
    return f"```text\n$ warmlint {EXAMPLE}\n{output.getvalue()}```"


def rules() -> str:
    """The table of rules."""
    rows = ["| code | name | finds |", "|---|---|---|"]
    for rule in all_rules():
        if rule.distribution is not None:
            continue  # a plugin's that is installed here
        page = RulePage(rule.code, rule.name, rule.explanation, rule.on)
        rows.append(f"| {page.code} | {page.name} | {page.summary} |")
    return "\n".join(rows)


def filled(text: str) -> str:
    """README with both parts as they are now."""
    for name, made in (("example", example()), ("rules", rules())):
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}{made}\n{end}{after}"
    return text


def main() -> int:
    """Write README, or with `--check` say whether it is as it should be."""
    readme = TOP / "README.md"
    old = readme.read_text(encoding="utf-8")
    new = filled(old)
    if "--check" in sys.argv:
        if old != new:
            print("README.md is behind the rules: run `python docs/readme.py`", file=sys.stderr)
        return int(old != new)
    readme.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
