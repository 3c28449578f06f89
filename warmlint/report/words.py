"""Small wordings that several formats share: places, numbers, counts, settings.

Nothing here is a format, and nothing here is longer than a phrase.
"""

from __future__ import annotations

from collections.abc import Sequence

from warmlint.finding import Setting, Severity
from warmlint.report.page import Medium, Tone, visible
from warmlint.source import Span

# Past this a whole number is told as a float is: nobody counts its digits, and Python limits `str`.
_LONGEST_INT = 10**15


def place(path: str, span: Span, cell: int | None, medium: Medium) -> str:
    """Where a span starts, as editors and terminals make it a link."""
    within = "" if cell is None else f"cell {cell}:"
    return f"{visible(path, medium)}:{within}{span.start.row}:{span.start.column}"


def tone_of(severity: Severity) -> Tone:
    """The tone in which a severity is told."""
    return Tone[severity.name]


def number(value: float, digits: int = 4) -> str:
    """A number as people write learning rates: `0.001`, `3e-5`, `1.5`."""
    if isinstance(value, int) and abs(value) < _LONGEST_INT:
        return str(int(value))
    try:
        # Adding zero turns a negative zero, which says nothing, into zero.
        text = f"{float(value) + 0.0:.{digits}g}"
    except OverflowError:
        return "inf" if value > 0 else "-inf"
    mantissa, _, power = text.partition("e")
    return f"{mantissa}e{int(power)}" if power else text


def settings_sentence(settings: Sequence[Setting], base_lr: float | None) -> str:
    """What the numbers rest on: `with warmup_steps = 1000 (its default), …`; empty if on nothing."""
    told = [] if base_lr is None else [f"base LR {number(base_lr)}"]
    told += [
        f"{setting.name} = {_literal(setting.value)}" + (f" ({setting.origin})" if setting.origin else "")
        for setting in settings
    ]
    return f"with {', '.join(told)}" if told else ""


def _literal(value: int | float | bool | str | None) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number(value, 12)
    return repr(value)
