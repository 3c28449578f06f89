"""How messages say what a site knows: numbers in four digits, the code's own names in backquotes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmlint.expr import Node, Op, plain, symbols
from warmlint.finding import Scale, Setting
from warmlint.program import expressions
from warmlint.schedule.evaluate import outcome
from warmlint.schedule.roles import Length
from warmlint.schedule.valuations import Valuation

if TYPE_CHECKING:
    from warmlint.site import Site

_QUOTED = 60
"""Characters of source that a message quotes."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words for one site."""

    site: Site

    @property
    def curve(self) -> str:
        """What the schedule's function gives: "the factor", or "the LR"."""
        return "the LR" if self.site.factor.scale is Scale.LR else "the factor"

    @property
    def called(self) -> str:
        """What the source calls the schedule: "`scheduler`"."""
        target = self.site.schedule.target
        return "this one, kept nowhere," if target is None else f"`{target}`"

    def factor(self, tick: float) -> str:
        """The factor at `tick`: "0.3333", or how it fails there."""
        found = self.site.trace.factor_at(tick)
        return f"{found.number:.4g}" if found.number is not None else f"none: it {found.failure}"

    def lr(self, tick: float) -> str:
        """The LR at `tick`: "LR 0.02", or "factor 0.2" where the base LR is not known."""
        value, failure = self.site.trace.value(tick)
        if value is None:
            return f"nothing: the factor {failure}"
        return f"LR {value:.4g}" if self.site.scale is Scale.LR else f"factor {value:.4g}"

    @property
    def of_warmup(self) -> str:
        """Of how many: " of 5", or " of the warmup (`warmup_steps`)" where the source gives no number."""
        warmup = self.site.warmup
        if warmup is None:
            return ""
        if symbols(warmup.node):
            return f" of the warmup (`{warmup.name}`)"
        return f" of {self.site.warmup_ticks}"

    @property
    def warmup(self) -> str:
        """What the source calls the warmup: "the warmup of `warmup_steps`", "the warmup of 5", "`ramp`"."""
        warmup = self.site.warmup
        if warmup is None:
            return f"`{self.site.factor.name}`" if self.site.factor.name else "the warmup"
        return f"the warmup of {warmup.name if warmup.name[0].isdigit() else f'`{warmup.name}`'}"

    @property
    def base_lr(self) -> str:
        """The base LR: " 0.1", or nothing where it is not known."""
        known = self.site.trace.base_lr
        return f" {known:.4g}" if known is not None else ""

    @property
    def base_lr_squared(self) -> str:
        """The LR that a factor of the base LR itself gives."""
        known = self.site.trace.base_lr
        return f"LR {known**2:.4g}" if known is not None else "the base LR squared"

    @property
    def note(self) -> str | None:
        """What a reader of the curve should know."""
        site = self.site
        if site.unknown is not None:
            return f"part of it cannot be computed: {site.unknown}"
        if not site.loop.program:
            return f"no loop that ticks it is in sight ({site.loop.reason}): one update a tick is assumed"
        if site.clock.assumed:
            return "no update is in sight: one before each tick is assumed"
        return None

    def ticks_to(self, length: Length) -> str:
        """How many ticks a length is: "1,000", or its name where the source gives no number."""
        ticks = self.site.trace.length(length)
        return (
            f"{ticks:,}"
            if ticks is not None and not self.site.is_example(length.node)
            else f"`{length.name}`"
        )

    def end_of_run(self, length: Length) -> str:
        """What the run comes to that ends before a length does: ", and the run has 10: it ends at 1.0% of the
        base LR"; nothing where its end is not in sight."""
        site, last, end = self.site, self.site.last_tick, self.site.trace.length(length)
        if (
            last is None
            or end is None
            or last + 1 >= end
            or site.peak is None
            or site.is_example(length.node)
        ):
            return ""
        reached = site.trace.factor_at(last).number
        top = outcome(site.peak.node, site.example.values).number
        ends = f": it ends at {reached / top:.1%} of the base LR" if reached is not None and top else ""
        return f", and the run has {last + 1:,}{ends}"

    def quote(self, each: Node) -> str:
        """The source of a part of the factor, in backquotes, or "the factor" where it is long."""
        text = " ".join(self.site.source.slice(each.span).split()) if each.span is not None else ""
        return f"`{text}`" if 0 < len(text) <= _QUOTED else self.curve

    @property
    def lenient(self) -> str:
        """The releases of torch that let a param group come late, after 2.10 was spoken of."""
        release = self.site.schedule.release
        return "versions before it" if release.strict_groups else f"versions before it, such as {release},"

    def settings(self, valuation: Valuation) -> tuple[Setting, ...]:
        """The values that the numbers rest on."""
        told: list[Setting] = []
        trace = self.site.trace_under(valuation)
        for length in (self.site.roles.warmup, self.site.roles.total):
            if length is None or length.node.op is not Op.NAMED or plain(length.node).symbol is not None:
                continue
            ticks = trace.length(length)
            if ticks is not None:
                origin = "computed" if symbols(length.node) else "the source's own"
                told.append(Setting(length.name, ticks, origin))
        # How long a data loader is says little: its batches are counted, or an epoch is.
        of_loop = [
            each for each in symbols(*expressions(self.site.loop.program)) if not each.name.startswith("len(")
        ]
        for symbol in dict.fromkeys((*symbols(self.site.factor.expression), *of_loop)):
            value = valuation.values.get(symbol)
            if symbol in valuation.values and not isinstance(value, tuple):
                by_default = symbol.has_default and value == symbol.default
                default = symbol.origin if symbol.origin.startswith("its ") else "its default"
                told.append(Setting(symbol.name, value, default if by_default else "an example"))
        return tuple(dict.fromkeys(told))
