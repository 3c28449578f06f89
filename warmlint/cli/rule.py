"""`warmlint rule [CODE]`: what the rules say of themselves; `--new` begins another."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from warmlint.cli.main import rule_pages
from warmlint.cli.parser import Parser
from warmlint.config import ConfigError
from warmlint.report.page import Medium
from warmlint.report.rules import write_rule, write_rules, write_rules_json
from warmlint.rule import spellings
from warmlint.suggest import did_you_mean


def run_rule(arguments: Sequence[str]) -> int:
    """Show one rule, or list all."""
    parser = Parser(
        prog="warmlint rule",
        description="Show what a rule does and why, or list all rules.",
    )
    parser.add_argument(
        "code", nargs="?", metavar="CODE", help="a rule's code or name; without it, all are listed"
    )
    parser.add_argument("--output-format", choices=("full", "json"), default="full")
    parser.add_argument(
        "--new", nargs=2, metavar=("CODE", "NAME"), help="write a rule and its fixtures, to be filled in"
    )
    given = parser.parse(arguments)
    if given.new is not None:
        if given.code is not None:
            raise ConfigError(f"`--new` writes a rule, and `{given.code}` asks to show one")
        from warmlint.cli.scaffold import new_rule

        code, name = given.new
        print(new_rule(code, name, Path.cwd()), end="")
        return 0
    pages = rule_pages()
    if given.code is not None:
        wanted = spellings().get(given.code)
        if wanted is None:
            raise ConfigError(f"there is no rule `{given.code}`{did_you_mean(given.code, spellings())}")
        pages = [page for page in pages if page.code == wanted]
    medium = Medium.of(sys.stdout)
    if given.output_format == "json":
        write_rules_json(pages, sys.stdout)
    elif given.code is not None:
        write_rule(pages[0], sys.stdout, medium)
    else:
        write_rules(pages, sys.stdout, medium)
    return 0
