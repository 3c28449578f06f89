"""What a rule is, and where they all are: every module of `warmlint.rules` is a rule, found by looking, and
so is what plugins bring."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final

from warmlint.plugins import installed, load

if TYPE_CHECKING:
    from warmlint.site import Judgement, Site

Check = Callable[["Site"], "Iterator[Judgement]"]

_RULES: Final = "warmlint.rules"

CODE: Final = re.compile(r"LR\d{3}", re.ASCII)
NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
"""How codes and names are written."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `explanation` is its module's docstring, the only source of its docs.

    `check` is None for the rules that judge warmlint's own comments; `on` tells whether the rule runs
    unless it is selected, `multipliers` that it judges the factors of `MultiplicativeLR` and not curves.
    `distribution` names the plugin that brings it, None for warmlint's own.
    """

    code: str
    name: str
    explanation: str
    check: Check | None
    on: bool = True
    multipliers: bool = False
    distribution: str | None = None

    @property
    def summary(self) -> str:
        """The first line of the explanation."""
        return self.explanation.strip().splitlines()[0].rstrip(".")


def rule(code: str, name: str, *, on: bool = True, multipliers: bool = False) -> Callable[[Check], Check]:
    """Make the function below a rule: its module's docstring becomes the rule's page."""

    def register(check: Check) -> Check:
        declare(code, name, check.__module__, check, on=on, multipliers=multipliers)
        return check

    return register


def declare(
    code: str,
    name: str,
    module: str,
    check: Check | None = None,
    *,
    on: bool = True,
    multipliers: bool = False,
) -> None:
    """Register a rule. Raises ValueError where its code or name is taken or is none, or its module says
    nothing."""
    if not CODE.fullmatch(code) or not NAME.fullmatch(name):
        raise ValueError(f"{module}: `{code} {name}` is no code and name, such as `LR950 my-rule`")
    explanation = sys.modules[module].__doc__
    if not explanation:
        raise ValueError(f"{module}: a rule's docstring is its page, and this one is empty")
    for known in _REGISTRY.values():
        if known.code == code or known.name == name:
            whose = f" of {known.distribution}" if known.distribution else ""
            raise ValueError(f"{module}: {code} {name} is taken by {known.code} {known.name}{whose}")
    _REGISTRY[code] = Rule(code, name, explanation, check, on, multipliers)


_REGISTRY: Final[dict[str, Rule]] = {}


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code. The first call imports `warmlint.rules` and all that is in it, and the plugins; it
    raises PluginError."""
    package = importlib.import_module(_RULES)
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        importlib.import_module(f"{_RULES}.{module.name}")
    for plugin in installed():
        before = set(_REGISTRY)
        load(plugin)
        brought = set(_REGISTRY) - before
        if not brought:
            raise plugin.failed(f"`{plugin.module}` declares no rule")
        for code in brought:
            _REGISTRY[code] = replace(_REGISTRY[code], distribution=plugin.distribution)
    return tuple(_REGISTRY[code] for code in sorted(_REGISTRY))


@cache
def spellings() -> dict[str, str]:
    """Every way to write a rule, code or name, with its code."""
    return {spelled: each.code for each in all_rules() for spelled in (each.code, each.name)}
