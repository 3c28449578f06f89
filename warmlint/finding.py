"""What warmlint says: findings, the numbers that show them, and the changes that cure them.

These types are all that the report formats know. Rules build them through `Site.finding`
(`warmlint.site`), which is the one place that does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from warmlint.source import Cell, Span


class _Ordered(Enum):
    """An enum whose members compare in the order in which they are written, lowest first."""

    def __lt__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        members = list(type(self))
        return members.index(self) < members.index(other)

    def __ge__(self, other: object) -> bool:
        return not self < other


class Severity(_Ordered):
    """What the bug costs: a note costs nothing yet, an error costs epochs or the whole run."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


class Confidence(_Ordered):
    """How sure the judgement is: `HIGH` where it is proved, or witnessed by the source's own values."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Status(Enum):
    """How a property was decided."""

    PROVED = "proved"
    WITNESSED = "witnessed"
    UNKNOWN = "unknown"


class Scale(Enum):
    """What the numbers of an evidence are: learning rates, or multiples of an unknown base LR."""

    LR = "lr"
    FACTOR = "factor"


class Applicability(Enum):
    """Whether a fix may be applied unasked, on request, or is only to be read."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"


@dataclass(frozen=True, slots=True)
class Setting:
    """One value that the numbers rest on: a parameter of the source, and where its value is from.

    `origin` reads after the value: "the source's own", "its default", "an example".
    """

    name: str
    value: int | float | bool | str | None
    origin: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The LR (or factor) that one update uses.

    `value` is None where the schedule fails there, and `failure` then says how
    ("division by zero"); `expected` is the value that the code's own names promise, where known.
    """

    update: int
    tick: float
    value: float | None
    failure: str | None = None
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A trace made small enough to draw.

    `values[i]` is used at update `at[i]`, or in epoch `at[i]` where a tick stands for an epoch; None
    stands for a failure.
    """

    at: tuple[int, ...]
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The numbers that show a finding.

    `engine` names who computed them ("evaluator", "torch 2.13.0"); `valuations` counts the
    valuations over which the verdict was reached; `reason` says on what a proof or witness rests;
    `unit` is what one tick of the schedule stands for ("update", "epoch"); `base_lr` is the
    optimizer's LR where the source tells it, and then `scale` is LR.
    """

    status: Status
    reason: str
    valuations: int
    settings: tuple[Setting, ...]
    scale: Scale
    base_lr: float | None
    unit: str
    readings: tuple[Reading, ...]
    curve: Curve
    engine: str = "evaluator"


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of `span` by `content`; an empty span inserts. `cell` is told by reports."""

    span: Span
    content: str
    cell: int | None = None


Edits = tuple[Edit, ...]
"""Changes that belong together."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that was proven to cure its finding: linted again and traced again.

    `after` are the readings at the same updates as the evidence's, `curve` the new trace, both on the
    evidence's scale; both are empty where the finding has no numbers.
    """

    message: str
    edits: tuple[Edit, ...]
    applicability: Applicability
    after: tuple[Reading, ...] = ()
    curve: Curve = Curve((), ())


class Proof(Enum):
    """What became of edits that a rule proposed: they are a fix, or why they are none."""

    PROVEN = "proven"
    NOT_CURED = "the finding stays"
    NEW_FINDINGS = "another finding comes"
    BROKEN_PROMISE = "the curve is not the promised one"
    OTHER_SCHEDULES = "a schedule comes or goes"
    MOVED_OTHERS = "the curve of another schedule changes"
    NOT_TRIED = "the file has too many fixes to prove them all"
    NOT_LINTED = "the edited file cannot be linted"
    MOVED_CELLS = "a cell of the notebook would lose its place"


@dataclass(frozen=True, slots=True)
class SiteReference:
    """Where the schedule that a finding is about is made: the row, and the construct ("LambdaLR").

    `cell` is told by reports."""

    row: int
    construct: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule's judgement at a place. `suggestion` says in words what to do, `fix` does it.

    In a notebook the span is one of the text of all its cells; in a report that counts rows by the cell,
    `cell` is its number."""

    code: str
    name: str
    message: str
    path: str
    span: Span
    severity: Severity
    confidence: Confidence
    site: SiteReference | None
    evidence: Evidence | None = None
    suggestion: str | None = None
    fix: Fix | None = None
    cell: int | None = None

    @property
    def sort_key(self) -> tuple[str, Span, str, str]:
        """The one order in which findings are told, whatever found them first."""
        return (self.path, self.span, self.code, self.message)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A question about a schedule that the source does not answer: counted, shown on request."""

    path: str
    span: Span
    subject: str
    reason: str
    cell: int | None = None

    @property
    def sort_key(self) -> tuple[str, Span, str, str]:
        """The order in which unknowns are listed."""
        return (self.path, self.span, self.subject, self.reason)


@dataclass(frozen=True, slots=True)
class Problem:
    """A file or folder that could not be linted, or a fault of warmlint's own.

    `internal` marks warmlint's own faults; `given` marks a path that the user named by hand; `refused`
    marks a file that could not be given its fixes. Each makes the run end with exit code 2; the other
    files are linted all the same.
    """

    path: str
    message: str
    given: bool = False
    internal: bool = False
    refused: bool = False

    @property
    def fails(self) -> bool:
        """Whether the run ends with exit code 2 for it."""
        return self.given or self.internal or self.refused

    @property
    def sort_key(self) -> tuple[str, str]:
        """The order in which problems are told."""
        return (self.path, self.message)


@dataclass(frozen=True, slots=True)
class FileReport:
    """All that was said about one file. `schedules` counts the schedules that were judged in it; `forms`
    says of each that was found how it is written, and whether it could be judged; `proofs` says of each fix
    that a rule proposed what became of it; `cells` are those of a notebook about which something is said."""

    path: str
    findings: tuple[Finding, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    problems: tuple[Problem, ...] = ()
    schedules: int = 0
    forms: tuple[tuple[str, bool], ...] = ()
    proofs: tuple[Proof, ...] = ()
    cells: tuple[Cell, ...] = ()
