"""Which edits become fixes: proven together where they are independent, each by itself where not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from warmlint.finding import Edit, Fix, Proof, Severity
from warmlint.fixes.prove import attempt, prove
from warmlint.judge import Judged, judge
from warmlint.rule import all_rules
from warmlint.source import Source

SCHEDULE = """
def make_{0}(optimizer, warmup_steps):
    return LambdaLR(optimizer, lambda step: min(1.0, step / warmup_steps))
"""
HEAD = "from torch.optim.lr_scheduler import LambdaLR\n"
ONE_ROW = (
    HEAD
    + """
def make(first, second, warmup_steps):
    return (LambdaLR(first, lambda step: step / warmup_steps), LambdaLR(second, lambda step: step / 5))
"""
)


def proven(text: str) -> tuple[dict[int, Fix], Judged, int]:
    """The fixes of a file, what was judged of it, and how often an edited form of it was linted."""
    linted: list[str] = []

    def again(edited: Source) -> Judged:
        linted.append(edited.text)
        return judge(edited, all_rules)

    source = Source("train.py", text)
    judged = judge(source, all_rules)
    return dict(prove(source, judged, again)), judged, len(linted)


def test_independent_edits_are_proven_by_linting_once() -> None:
    fixes, judged, linted = proven(HEAD + "".join(SCHEDULE.format(number) for number in range(6)))
    assert len(judged.judgements) == len(fixes) == 6
    assert linted == 1


def test_edits_in_rows_that_two_schedules_share_are_proven_apart() -> None:
    fixes, judged, linted = proven(ONE_ROW)
    edited = [number for number, (_, each) in enumerate(judged.judgements) if each.edits is not None]
    assert linted == len(edited) > 1
    assert set(fixes) <= set(edited)


def test_edits_that_fail_do_not_take_those_beside_them_along() -> None:
    bad = """
def make_bad(optimizer, warmup_steps):
    return LambdaLR(optimizer, lambda step: min(1.0, step / warmup_steps))
"""
    text = HEAD + SCHEDULE.format(1) + bad
    source = Source("train.py", text)
    judged = judge(source, all_rules)

    def refused(edited: Source) -> Judged:
        """The second fix brings a finding with it that was not there."""
        found = judge(edited, all_rules)
        if edited.text.partition("make_bad")[2] != text.partition("make_bad")[2]:
            number, judgement = judged.judgements[1]
            return Judged((*found.judgements, (number, judgement)), found.sites)
        return found

    assert set(prove(source, judged, refused)) == {0}


# --- what is not proven, and why ---------------------------------------------------------------------------


def with_edits(judged: Judged, content: str | None, promise: bool = True) -> Judged:
    """The first judgement with an edit of its lambda's body, or with its own."""
    number, judgement = judged.judgements[0]
    span = judgement.finding.span
    edits = judgement.edits if content is None else (Edit(span, content),)
    changed = replace(judgement, edits=edits, promise=lambda site: promise)
    return replace(judged, judgements=((number, changed),))


@pytest.mark.parametrize(
    ("content", "promise", "proof"),
    [
        (None, True, None),
        (None, False, Proof.BROKEN_PROMISE),
        ("step / warmup_steps + 0", True, Proof.NOT_CURED),
        ("0.1 + step / 0", True, Proof.NEW_FINDINGS),
        ("1.0), LambdaLR(optimizer, lambda step: 1.0", True, Proof.OTHER_SCHEDULES),
        ("step /", True, Proof.NOT_LINTED),
    ],
)
def test_why_edits_are_no_fix(content: str | None, promise: bool, proof: Proof | None) -> None:
    source = Source("train.py", HEAD + SCHEDULE.format(1))
    judged = with_edits(judge(source, all_rules), content, promise)
    (found,) = attempt(source, judged, lambda edited: judge(edited, all_rules)).values()
    assert isinstance(found, Fix) if proof is None else found is proof
    assert bool(prove(source, judged, lambda edited: judge(edited, all_rules))) is (proof is None)


FRACTION = """\
from transformers import get_linear_schedule_with_warmup


def train(batches, optimizer):
    scheduler = get_linear_schedule_with_warmup(optimizer, num_warmup_steps=int(0.1), num_training_steps=100)
    for batch in batches:
        optimizer.step()
        scheduler.step()
"""


@pytest.mark.parametrize(
    ("code", "severity", "proof"),
    [
        ("LR406", Severity.NOTE, None),
        ("LR406", Severity.WARNING, Proof.NEW_FINDINGS),  # an epoch is lost: that is no matter of taste
        ("LR004", Severity.NOTE, Proof.NEW_FINDINGS),  # it is on
    ],
)
def test_a_note_of_a_rule_that_is_off_is_no_objection(
    code: str, severity: Severity, proof: Proof | None
) -> None:
    """The factory begins at LR 0, with steps too."""
    source = Source("train.py", FRACTION)
    judged = judge(source, all_rules)

    def again(edited: Source) -> Judged:
        found = judge(edited, all_rules)
        assert [each.finding.code for _, each in found.judgements] == ["LR406"]
        number, note = found.judgements[0]
        said = replace(note, finding=replace(note.finding, code=code, severity=severity))
        return replace(found, judgements=((number, said),), said=frozenset())

    (tried,) = attempt(source, judged, again).values()
    assert isinstance(tried, Fix) if proof is None else tried is proof
