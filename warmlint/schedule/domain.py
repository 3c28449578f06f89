"""Domains: which values a parameter may have when the source does not tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from warmlint.expr import Node, Symbol


@dataclass(frozen=True, slots=True)
class Domain:
    """The admissible values of one symbol: from `low` to `high`, None for no bound, both inclusive
    unless `open`; whole numbers only where `integer`."""

    low: float | None = None
    high: float | None = None
    integer: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """The admissible valuations: a domain for each symbol, and relations between them that are taken to
    hold, such as `total > warmup` (boolean expressions)."""

    domains: Mapping[Symbol, Domain]
    relations: tuple[Node, ...] = ()
