"""Edits in other dresses than the fixtures': quotes, imports, brackets; what is left alone; and promises."""

from __future__ import annotations

import pytest

from warmlint.analysis import lint
from warmlint.finding import Applicability
from warmlint.fixes.apply import apply
from warmlint.fixes.prove import prove
from warmlint.fixes.statements import statements
from warmlint.judge import judge
from warmlint.rule import all_rules
from warmlint.source import Position, Source, Span

LIGHTNING = """\
import lightning
from torch.optim.lr_scheduler import LambdaLR


class Module(lightning.LightningModule):
    def configure_optimizers(self):
        optimizer = self.make()
        warmup_steps = 100
        scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup_steps))
"""
COMPOSED = """\
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR


def train(optimizer, epochs=50, ramp=12, warmup=4):
    {}
    for _ in range(epochs):
        optimizer.step()
        scheduler.step()
"""


def fixed(text: str, code: str) -> list[str]:
    """What each fix of a rule makes of a file."""
    source = Source("train.py", text)
    report, _ = lint(source, lambda: {rule.code for rule in all_rules()})
    fixes = [each.fix for each in report.findings if each.code == code and each.fix is not None]
    return [apply(source, fix.edits).text for fix in fixes]


def changed(head: str, before: str, after: str | None, code: str) -> bool:
    """Whether a fix makes `after` of what follows `head`, or none is offered."""
    return fixed(head + before, code) == ([] if after is None else [head + after])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "        return [optimizer], [{'scheduler': scheduler}]\n",
            "        return [optimizer], [{'scheduler': scheduler, 'interval': 'step'}]\n",
        ),
        (
            "        return [optimizer], [dict(scheduler=scheduler, name='lr')]\n",
            "        return [optimizer], [dict(scheduler=scheduler, name='lr', interval='step')]\n",
        ),
        (
            "        return [optimizer], [dict(scheduler=scheduler, interval='epoch')]\n",
            "        return [optimizer], [dict(scheduler=scheduler, interval='step')]\n",
        ),
        (
            """\
        return [optimizer], [{
            "scheduler": scheduler,
            "name": "lr",  # in the logs
        }]
""",
            """\
        return [optimizer], [{
            "scheduler": scheduler,
            "name": "lr",
            "interval": "step",  # in the logs
        }]
""",
        ),
    ],
)
def test_lightning_is_told_the_interval(before: str, after: str) -> None:
    assert changed(LIGHTNING, before, after, "LR401")


@pytest.mark.parametrize(
    ("head", "fixed_head"),
    [
        (
            "from torch.optim.lr_scheduler import MultiplicativeLR",
            "from torch.optim.lr_scheduler import LambdaLR",
        ),
        (
            "from torch.optim.lr_scheduler import LambdaLR, MultiplicativeLR",
            "from torch.optim.lr_scheduler import LambdaLR, MultiplicativeLR",
        ),
        (
            "from torch.optim.lr_scheduler import (\n    MultiplicativeLR,  # one\n    StepLR,\n)",
            "from torch.optim.lr_scheduler import (\n    LambdaLR,  # one\n    StepLR,\n)",
        ),
        ("from torch.optim.lr_scheduler import MultiplicativeLR\nother = MultiplicativeLR", None),
    ],
)
def test_an_import_is_added_once_and_in_place(head: str, fixed_head: str | None) -> None:
    body = "\n\n\ndef make(optimizer):\n    return {}(optimizer, lambda epoch: min(1.0, (epoch + 1) / 5))\n"
    wanted = fixed_head or head.replace("MultiplicativeLR\n", "MultiplicativeLR, LambdaLR\n", 1)
    assert fixed(head + body.format("MultiplicativeLR"), "LR011") == [wanted + body.format("LambdaLR")]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        pytest.param(
            "first = LinearLR(optimizer, 0.1, total_iters=ramp)\n"
            "    then = CosineAnnealingLR(optimizer, epochs - warmup)\n"
            "    scheduler = SequentialLR(optimizer, [first, then], [warmup])",
            "first = LinearLR(optimizer, 0.1, total_iters=warmup)\n"
            "    then = CosineAnnealingLR(optimizer, epochs - warmup)\n"
            "    scheduler = SequentialLR(optimizer, [first, then], [warmup])",
            "LR201",
            id="the decay counts on the milestone",
        ),
        pytest.param(
            "first = LinearLR(optimizer, 0.1, total_iters=8 + warmup)\n"
            "    then = CosineAnnealingLR(optimizer, T_max=epochs)\n"
            "    scheduler = SequentialLR(optimizer, [first, then], [8 + warmup])",
            "first = LinearLR(optimizer, 0.1, total_iters=8 + warmup)\n"
            "    then = CosineAnnealingLR(optimizer, T_max=epochs - (8 + warmup))\n"
            "    scheduler = SequentialLR(optimizer, [first, then], [8 + warmup])",
            "LR202",
            id="brackets where they are needed",
        ),
        pytest.param(
            "then = CosineAnnealingLR(optimizer, T_max=epochs)\n"
            "    warm = 2 * warmup\n"
            "    first = LinearLR(optimizer, 0.1, total_iters=warm)\n"
            "    scheduler = SequentialLR(optimizer, [first, then], [warm])",
            None,
            "LR202",
            id="what is not bound yet",
        ),
        pytest.param(
            "then = CosineAnnealingLR(optimizer, T_max=epochs)\n"
            "    warmup = 2 * warmup\n"
            "    first = LinearLR(optimizer, 0.1, total_iters=warmup)\n"
            "    scheduler = SequentialLR(optimizer, [first, then], [warmup])",
            None,
            "LR202",
            id="what is bound anew in between",
        ),
    ],
)
def test_lengths_of_a_composition(before: str, after: str | None, code: str) -> None:
    source = Source("train.py", COMPOSED.format(before))
    assert code in {each.finding.code for _, each in judge(source, all_rules).judgements}
    made = fixed(source.text, code)
    assert made == ([] if after is None else [COMPOSED.format(after)])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("step / w", "(step + 1) / w"),
        ("float(step) / w", "float(step + 1) / w"),
        ("( step ) / w", "( step + 1 ) / w"),
        ("step/w", "(step + 1)/w"),
    ],
)
def test_a_ramp_counts_from_one(before: str, after: str) -> None:
    text = """\
from torch.optim.lr_scheduler import LambdaLR


def make(optimizer, w):
    return LambdaLR(optimizer, lambda step: min(1.0, {}))
"""
    assert fixed(text.format(before), "LR001") == [text.format(after)]


def test_a_ramp_that_holds_at_its_end_is_divided_by_one_more() -> None:
    text = """\
from torch.optim.lr_scheduler import LambdaLR


def make(optimizer, warmup):
    def factor(step):
        if step <= warmup:
            return {}
        return 1.0

    return LambdaLR(optimizer, factor)
"""
    assert fixed(text.format("step / warmup"), "LR001") == [text.format("(step + 1) / (warmup + 1)")]


@pytest.mark.parametrize(
    ("steps", "ratio", "applicability"),
    [
        ("50", "0.1", Applicability.SAFE),
        ("STEPS", "0.1", Applicability.SAFE),
        ("steps", "0.1", Applicability.UNSAFE),
        ("50", "ratio", Applicability.SAFE),
        ("50", "RATIO", Applicability.SAFE),
        ("-50", "0.1", None),
    ],
)
def test_of_two_lengths_the_one_without_effect_goes(
    steps: str, ratio: str, applicability: Applicability | None
) -> None:
    """Safe where the source says for certain which one that is; the schedule beside it stays as it is."""
    text = """\
from torch.optim.lr_scheduler import LambdaLR
from transformers import TrainingArguments

STEPS, RATIO = 50, 0.1


def train(optimizer, steps=50, ratio=0.1):
    TrainingArguments("out", max_steps=99, warmup_steps={}{})
    return LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / steps))
"""
    source = Source("train.py", text.format(steps, f", warmup_ratio={ratio}"))
    report, _ = lint(source, lambda: {"LR405"})
    fixes = [each.fix for each in report.findings if each.fix is not None]
    assert [each.applicability for each in fixes] == ([] if applicability is None else [applicability])
    assert [apply(source, each.edits).text for each in fixes] == [text.format(steps, "") for _ in fixes]


@pytest.mark.parametrize(
    ("write", "told", "after"),
    [
        ("", "epoch + i / len(batches)", "epoch + (i + 1) / len(batches)"),
        ("", "i / len(batches) + epoch", "(i + 1) / len(batches) + epoch"),
        ("if i % 2 == 0: ", "epoch + i / len(batches)", None),  # a tick is two updates long
    ],
)
def test_fractions_of_an_epoch_count_their_batches_from_one(write: str, told: str, after: str | None) -> None:
    text = """\
def adjust(optimizer, epoch, lr, warmup_epochs):
    for group in optimizer.param_groups:
        group["lr"] = lr * min(1.0, epoch / warmup_epochs)


def train(batches, optimizer, lr, warmup_epochs):
    for epoch in range(9):
        for i, batch in enumerate(batches):
            {}adjust(optimizer, {}, lr, warmup_epochs)
            optimizer.step()
"""
    source = Source("train.py", text.format(write, told))
    assert [each.finding.code for _, each in judge(source, all_rules).judgements] == ["LR001"]
    assert fixed(source.text, "LR001") == ([] if after is None else [text.format(write, after)])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("np.linspace(0, 0.1, warmup)", "np.linspace(0, 0.1, warmup + 1)[1:]"),
        ("np.linspace(0.0, lr, 2 * warmup)", "np.linspace(0.0, lr, 2 * warmup + 1)[1:]"),
        ("np.linspace(0.0, lr, num=warmup)", None),
        ("np.linspace(0.0, lr, warmup, endpoint=False)", None),
    ],
)
def test_an_array_leaves_its_zero_out(before: str, after: str | None) -> None:
    text = """\
import numpy as np


def train(batches, optimizer, warmup=20):
    lr = 0.1
    lrs = np.concatenate(({}, np.full(80, lr)))
    for step, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = lrs[step]
        optimizer.step()
"""
    assert fixed(text.format(before), "LR001") == ([] if after is None else [text.format(after)])


@pytest.mark.parametrize(
    ("given", "after"),
    [
        ("0, warmup_duration=5", "0.1 / 5, warmup_duration=5"),
        (
            "0, warmup_duration=5, warmup_end_value=2 * lr",
            "(2 * lr) / 5, warmup_duration=5, warmup_end_value=2 * lr",
        ),
        ("0, warmup_duration=2 * n", "0.1 / (2 * n), warmup_duration=2 * n"),
        ("-lr, warmup_duration=5", None),
    ],
)
def test_a_library_is_given_the_lr_of_one_step(given: str, after: str | None) -> None:
    text = """\
from ignite.handlers import create_lr_scheduler_with_warmup
from torch.optim import SGD
from torch.optim.lr_scheduler import ExponentialLR


def make(model, lr=0.3, n=4):
    optimizer = SGD(model.parameters(), lr=0.1)
    decay = ExponentialLR(optimizer, gamma=0.9)
    return create_lr_scheduler_with_warmup(decay, warmup_start_value={})
"""
    assert fixed(text.format(given), "LR001") == ([] if after is None else [text.format(after)])


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("1 - p + low * p", "p + low * (1 - p)", "LR004"),
        ("low * (p) + (1.0 - p)", "low * (1.0 - p) + (p)", "LR004"),
        ("1.0 * (1 - p) + p * low", "1.0 * p + (1 - p) * low", "LR004"),
        ("1 - p + low * p * p", None, "LR004"),  # `low` is not its other end
    ],
)
def test_the_ends_of_a_ramp_are_swapped(before: str, after: str | None, code: str) -> None:
    text = """\
from torch.optim.lr_scheduler import LambdaLR


def make(optimizer, warmup=10, low=0.1):
    def factor(step):
        if step >= warmup:
            return 1.0
        p = step / warmup
        return {}

    return LambdaLR(optimizer, factor)
"""
    assert fixed(text.format(before), code) == ([] if after is None else [text.format(after)])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "1.0 if step <= warmup else min(1, step / warmup)",
            "1.0 if step > warmup else min(1, (step + 1) / warmup)",
        ),
        (
            "1.0 if warmup > step else min(1, (step + 1) / warmup)",
            "1.0 if warmup <= step else min(1, (step + 1) / warmup)",
        ),
        (
            "min(1.0, (step + 1) / warmup) if step >= warmup else 1",
            "min(1.0, (step + 1) / warmup) if step < warmup else 1",
        ),
        ("1.0 if step < warmup else 0.99 ** (step - warmup)", None),  # a decay, and no ramp
    ],
)
def test_a_comparison_is_turned_round(before: str, after: str | None) -> None:
    text = """\
from torch.optim.lr_scheduler import LambdaLR


def make(optimizer, warmup=10):
    return LambdaLR(optimizer, lambda step: {})
"""
    assert fixed(text.format(before), "LR006") == ([] if after is None else [text.format(after)])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("0 if step < warmup else 1.0", "(step + 1) / warmup if step < warmup else 1.0"),
        ("1.0 if 2 * warmup <= step else 0.0", "1.0 if 2 * warmup <= step else (step + 1) / (2 * warmup)"),
        ("0.0 if step < warmup else 0.5", None),  # it would come down
    ],
)
def test_a_ramp_for_zeros(before: str, after: str | None) -> None:
    text = """\
from torch.optim.lr_scheduler import LambdaLR


def make(optimizer, warmup=10):
    return LambdaLR(optimizer, lambda step: {})
"""
    source = Source("train.py", text.format(before))
    assert [each.finding.code for _, each in judge(source, all_rules).judgements] == ["LR005"]
    assert fixed(source.text, "LR005") == ([] if after is None else [text.format(after)])


def test_a_fix_leaves_the_schedules_beside_it_as_they_are() -> None:
    """Two schedules share a helper, and one of them counts from 1 already."""
    text = """\
from torch.optim.lr_scheduler import LambdaLR


def ramp(step, warmup):
    return min(1.0, step / warmup)


def first(optimizer, warmup):
    return LambdaLR(optimizer, lambda step: ramp(step, warmup))


def second(optimizer, warmup):
    return LambdaLR(optimizer, lambda step: ramp(step + 1, warmup))
"""
    (made,) = fixed(text, "LR001")
    assert made == text.replace("ramp(step, warmup))", "ramp(step + 1, warmup))")


def test_a_promise_that_does_not_hold_is_no_fix() -> None:
    text = """\
from torch.optim.lr_scheduler import LambdaLR


def make(optimizer, warmup):
    return LambdaLR(optimizer, lambda step: min(1.0, step / warmup))
"""
    source = Source("train.py", text)
    judged = judge(source, all_rules)

    def slower(edited: Source) -> object:
        return judge(Source(edited.path, edited.text.replace("/ warmup", "/ (3 * warmup)")), all_rules)

    assert set(prove(source, judged, lambda edited: judge(edited, all_rules))) == {0}
    assert set(prove(source, judged, slower)) == set()  # type: ignore[arg-type]


def test_places_are_counted_in_characters() -> None:
    source = Source("a.py", 'ä = "ß"; b = f(c)\n')
    known = statements(source)
    span = Span(Position(1, 14), Position(1, 18))
    assert source.slice(span) == "f(c)"
    node = known.expression(span)
    assert node is not None
    assert known.span(node) == span
    at = known.at(span)
    assert at is not None
    assert source.slice(at.span) == "b = f(c)"


def test_what_python_cannot_read_has_no_statements() -> None:
    assert statements(Source("a.py", "def f(:\n")).every == ()
