"""Which verb was asked for: what stands beside `warmlint [PATHS…]`, and where each is done."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final, NamedTuple

from warmlint.cli.lint import FAILED, rule_pages, run_lint
from warmlint.discovery.read import shown
from warmlint.outcome import RunError

__all__ = ["VERBS", "rule_pages", "run"]


class Verb(NamedTuple):
    """A verb: its arguments as usage shows them, what it does, and the function that does it, by module."""

    arguments: str
    help: str
    module: str
    function: str


VERBS: Final = {
    "rule": Verb("[CODE]", "show what a rule does and why, or list all", "rule", "run_rule"),
    "curve": Verb("FILE[:LINE]", "draw an LR, update by update", "curve", "run_curve"),
    "server": Verb("", "speak to an editor (language server)", "server", "run_server"),
    "config": Verb("[KEY]", "show what can be set, or list all", "config", "run_config"),
    "schema": Verb("", "print the JSON schema of the settings", "config", "run_schema"),
    "generate-shell-completion": Verb(
        "SHELL", "print completions for bash, zsh or fish", "completion", "run_completion"
    ),
}


def run(arguments: Sequence[str]) -> int:
    """Do what `arguments` ask for; the answer is the exit code."""
    word = arguments[0] if arguments else ""
    try:
        if verb := VERBS.get(word):
            module = import_module(f"warmlint.cli.{verb.module}")
            act: Callable[[Sequence[str]], int] = getattr(module, verb.function)
            return act(arguments[1:])
        if word == "check":  # as ruff has it
            arguments = arguments[1:]
        return run_lint(arguments, usage(), VERBS)
    except RunError as error:
        print(f"warmlint: error: {shown(str(error))}", file=sys.stderr)
        return FAILED


def usage() -> str:
    """The lines under which `--help` begins."""
    lines = ["warmlint [check] [options] [PATHS …]"]
    lines += [f"warmlint {name} {verb.arguments}".rstrip() for name, verb in VERBS.items()]
    return "\n       ".join(lines)
