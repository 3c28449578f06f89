"""Case splitting: the state of one proof, the case that it is in, and the signs of polynomials there.

What nothing decides splits the case in two, and each of the two is then gone through from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from warmlint.limits import MAX_CASES, MAX_QUESTIONS
from warmlint.schedule.polynomial import Cone, Fact, Polynomial, Undecided, Variable, Variables, atom
from warmlint.schedule.reals import Keys, Quantity


class Vacuous(Exception):
    """No valuation is of this case."""


class _Split(Exception):
    """Nothing known decides a question: the case becomes two, each with the fact that it rests on."""

    def __init__(self, question: Hashable, if_true: Fact | None, if_false: Fact | None) -> None:
        super().__init__(question)
        self.question = question
        self.answers = ((True, if_true), (False, if_false))


@dataclass(slots=True)
class _Case:
    """What is known in one case, and what has been computed under it so far, by the nodes' `id`."""

    cone: Cone = field(default_factory=Cone)
    decided: dict[Hashable, bool] = field(default_factory=dict)
    values: dict[int, Quantity] = field(default_factory=dict)
    atoms: set[int] = field(default_factory=set)

    def following(self, question: Hashable, answer: bool, fact: Fact | None) -> _Case | None:
        """The case in which `question` has `answer`, if there is one."""
        cone = self.cone if fact is None else self.cone.assume(fact[0], strict=fact[1])
        if cone is None:
            return None
        return _Case(cone, {**self.decided, question: answer}, dict(self.values), set(self.atoms))


class Proof:
    """The state of one proof."""

    def __init__(self) -> None:
        self.case = _Case()
        self.variables = Variables()
        self.keys = Keys()
        self._questions = 0
        self._opaque: dict[int, int] = {}

    def in_every_case(self, holds: Callable[[], bool]) -> bool:
        """Whether `holds` is true in every case that it splits this one into."""
        todo = [self.case]
        splits = 0
        while todo:
            self.case = todo.pop()
            try:
                if not holds():
                    return False
            except Vacuous:
                continue
            except _Split as split:
                splits += 1
                if splits > MAX_CASES:
                    return False
                # What the case has computed stays valid in both, so starting anew is cheap.
                followers = [self.case.following(split.question, *answer) for answer in split.answers]
                todo += [each for each in followers if each is not None]
        return True

    # --- variables ----------------------------------------------------------------------------
    def new(self, variable: Variable) -> Polynomial:
        """A variable of its own."""
        index = self.variables.add(variable)
        self.case.cone = self.case.cone.declare(index)
        return atom(index)

    def atom(self, key: int, variable: Variable) -> tuple[Polynomial, bool]:
        """A variable for the value of an operation without algebra, and whether this case is new to it."""
        if key not in self._opaque:
            self._opaque[key] = self.variables.add(variable)
        index = self._opaque[key]
        new = index not in self.case.atoms
        if new:
            self.case.atoms.add(index)
            self.case.cone = self.case.cone.declare(index)
        return atom(index), new

    # --- signs --------------------------------------------------------------------------------
    def assume(self, fact: Polynomial, *, strict: bool = False) -> None:
        """Know from here on, in this case, that `fact` is nonnegative, or positive if `strict`."""
        polynomial, strict = self.variables.sharpened(fact, strict)
        cone = self.case.cone.assume(polynomial, strict=strict)
        if cone is None:
            raise Vacuous
        self.case.cone = cone

    def follow(self, known: Polynomial, fact: Polynomial) -> None:
        """Know that `fact` has the sign of `known`."""
        for sign in (1, -1):
            if self.surely(known.scaled(sign)):
                self.assume(fact.scaled(sign))

    def surely(self, claim: Polynomial, *, strict: bool = False) -> bool:
        """Whether `claim` is proved to be nonnegative, or positive if `strict`, in this case."""
        constant = claim.constant
        if constant is not None:
            return constant > 0 or (constant == 0 and not strict)
        self._questions += 1
        if self._questions > MAX_QUESTIONS:
            raise Undecided
        polynomial, strict = self.variables.sharpened(claim, strict)
        return self.case.cone.entails(polynomial, strict=strict)

    def is_positive(self, polynomial: Polynomial) -> bool:
        """Whether `polynomial` is positive; splits the case where nothing tells."""
        if polynomial.constant is not None:
            return polynomial.constant > 0
        question = ("positive", polynomial)
        decided = self.case.decided
        if question not in decided:
            if self.surely(polynomial, strict=True):
                decided[question] = True
            elif self.surely(-polynomial):
                decided[question] = False
            else:
                raise _Split(
                    question,
                    self.variables.sharpened(polynomial, True),
                    self.variables.sharpened(-polynomial, False),
                )
        return decided[question]

    def choose(self, question: Hashable) -> bool:
        """An answer that rests on nothing: both are looked at, and each is kept to."""
        if question not in self.case.decided:
            raise _Split(question, None, None)
        return self.case.decided[question]
