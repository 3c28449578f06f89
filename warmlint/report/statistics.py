"""What a run met, in numbers: findings by rule, fixes by what became of them, schedules by their form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TextIO

from warmlint.finding import Proof
from warmlint.outcome import RunReport, count


def write_statistics(report: RunReport, stream: TextIO) -> None:
    """Write the counts of `report`, most frequent first."""
    stream.writelines(f"{line}\n" for line in _lines(report))


def _lines(report: RunReport) -> Iterator[str]:
    by_rule = Counter((each.code, each.name) for each in report.findings)
    for (code, name), number in sorted(by_rule.items(), key=lambda each: (-each[1], each[0])):
        yield f"{number:>6}  {code}  {name}"
    if by_rule:
        yield ""
    proofs = Counter(report.proofs)
    for proof, number in sorted(proofs.items(), key=lambda each: (-each[1], each[0].value)):
        proven = proof is Proof.PROVEN
        yield f"{number:>6}  fixes proven" if proven else f"{number:>6}  fixes not proven: {proof.value}"
    if proofs:
        yield ""
    found = Counter(form for form, _ in report.forms)
    judged = Counter(form for form, known in report.forms if known)
    yield f"{'found':>6}  {'judged':>6}  {'unknown':>7}  form"
    for form, number in sorted(found.items(), key=lambda each: (-each[1], each[0])):
        yield f"{number:>6}  {judged[form]:>6}  {number - judged[form]:>7}  {form}"
    whole, known = len(report.forms), sum(judged.values())
    yield f"{whole:>6}  {known:>6}  {whole - known:>7}  in all, in {count(report.files, 'file')}"
