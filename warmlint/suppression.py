"""Comments that tell warmlint to be silent: finding them, applying them, and telling those in vain.

Nothing is reported from here: what is malformed or unused is handed back as data, with its place.

    # warmlint: ignore[LR001, uncapped-warmup] reason     these rules, here
    # warmlint: ignore reason                             all rules, here
    # warmlint: ignore-file[LR001] reason                 in the whole file, from a line of its own

"Here" is the logical line: a simple statement, or the header of a compound one, over however many rows.
A comment beside it or between its rows covers all of its rows; one on a line of its own covers the
next, and from above a decorator all the decorators and the header that they belong to.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from warmlint.discovery.read import shown
from warmlint.finding import Edit, Finding
from warmlint.source import Position, Source, Span
from warmlint.suggest import did_you_mean

_MARK: Final = "warmlint:"

# The second form is no directive: it is found to be told, since it looks as if it silenced something.
_START: Final = re.compile(r"#\s*warmlint:\s*|(?P<late>\bwarmlint:\s*ignore\b)")
# A reason ends where another comment begins: "ignore[LR001] as in the paper  # type: ignore".
_NEXT: Final = re.compile(r"\s#(?=\s|warmlint:)")
_PARTS: Final = re.compile(
    r"(?P<word>[\w-]*)(?:\s*\[(?P<rules>[^\]]*)(?P<end>\]?))?(?P<reason>.*)", re.DOTALL
)
_RULE: Final = re.compile(r"[^\s,]+")
_WORDS: Final = ("ignore", "ignore-file")


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A rule as a suppression names it; `span` is its spelling in the comment."""

    code: str
    span: Span


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment that silences: the rules that it names, or all where `rules` is None.

    `rows` are those that it covers, None for the whole file. `partly` says that it also names what
    could not be understood, so that the comment as a whole is not in vain.
    """

    span: Span
    rules: tuple[NamedRule, ...] | None
    reason: str
    rows: range | None
    partly: bool = False

    @property
    def codes(self) -> tuple[str, ...] | None:
        """The rules that it names, in order; None for all."""
        return None if self.rules is None else tuple(rule.code for rule in self.rules)

    def covers(self, code: str, row: int) -> bool:
        """Whether a finding of the rule `code`, reported at `row`, is silenced."""
        if self.rows is not None and row not in self.rows:
            return False
        return self.rules is None or any(rule.code == code for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Unused:
    """A suppression that silenced nothing; `rule` is the one rule of several that it names in vain."""

    suppression: Suppression
    rule: NamedRule | None = None

    @property
    def span(self) -> Span:
        """What can go: the whole comment, or the one rule in it."""
        return self.suppression.span if self.rule is None else self.rule.span

    @property
    def left(self) -> list[tuple[str, ...] | None]:
        """The rules that its comment still names once it is gone; empty where the comment is."""
        rules = self.suppression.rules
        if self.rule is None or rules is None:
            return []
        return [tuple(rule.code for rule in rules if rule is not self.rule)]


@dataclass(frozen=True, slots=True)
class Malformed:
    """A comment to warmlint that it cannot follow, and the sentence that says why."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What is left of findings, and which suppressions were in vain, in the order of the file."""

    kept: tuple[Finding, ...]
    unused: tuple[Unused, ...]


@dataclass(frozen=True, slots=True)
class Suppressions:
    """All that one file says to warmlint."""

    items: tuple[Suppression, ...] = ()
    malformed: tuple[Malformed, ...] = ()

    def apply(self, findings: Iterable[Finding], active: Collection[str]) -> Applied:
        """Silence `findings`: all of the file's, before any are left out for their severity.

        A suppression of a rule that is not among the `active` ones may have its use in another run:
        it is not told as unused.
        """
        kept = []
        used: set[tuple[Suppression, str]] = set()
        for finding in findings:
            silencers = [item for item in self.items if item.covers(finding.code, finding.span.row)]
            used.update((item, finding.code) for item in silencers)
            if not silencers:
                kept.append(finding)
        unused = [unused for item in self.items for unused in _unused(item, used, active)]
        return Applied(tuple(kept), tuple(unused))

    def names(self, code: str, row: int) -> bool:
        """Whether the rule `code` is silenced at `row` by its name, and not only among all rules."""
        return any(item.rules is not None and item.covers(code, row) for item in self.items)


def parse(source: Source, known: Mapping[str, str]) -> Suppressions:
    """The suppressions in `source`; `known` maps every spelling of a rule to its code.

    A file that Python cannot read has none.
    """
    if _MARK not in source.text:
        return Suppressions()
    try:
        comments = _comments(source)
    except (tokenize.TokenError, SyntaxError, ValueError):
        return Suppressions()
    read = [said for comment in comments for said in _read(comment, known)]
    return Suppressions(
        tuple(said for said in read if isinstance(said, Suppression)),
        tuple(said for said in read if isinstance(said, Malformed)),
    )


def removal(source: Source, unused: Unused) -> Edit:
    """The edit that takes an unused suppression away, and nothing else.

    A rule goes with the comma beside it; a comment with the blanks before it, and with its row where that
    holds nothing else. Comments before and behind it in the same row stay.
    """
    rules = unused.suppression.rules
    if unused.rule is not None and rules is not None and len(rules) > 1:
        at = rules.index(unused.rule)
        if at:
            return Edit(Span(rules[at - 1].span.end, unused.rule.span.end), "")
        return Edit(Span(unused.rule.span.start, rules[1].span.start), "")
    span = unused.span
    line = source.line(span.row)
    before, after = line[: span.start.column - 1], line[span.end.column - 1 :]
    if not before.strip() and not after.strip():
        return Edit(Span(Position(span.row, 1), Position(span.row + 1, 1)), "")
    if after.strip():  # what follows is a comment of its own, and takes the place of this one
        return Edit(Span(span.start, Position(span.row, len(line) - len(after.lstrip()) + 1)), "")
    return Edit(Span(Position(span.row, len(before.rstrip()) + 1), Position(span.row, len(line) + 1)), "")


def code_of(source: Source) -> list[tuple[int, str]]:
    """The tokens of a source without its comments and layout. Raises what `tokenize` does."""
    tokens = tokenize.generate_tokens(io.StringIO(source.text, newline=None).readline)
    return [(each.type, each.string) for each in tokens if each.type not in _SILENT]


def _unused(
    item: Suppression, used: Collection[tuple[Suppression, str]], active: Collection[str]
) -> Iterable[Unused]:
    if item.rules is None:
        if not any(suppression == item for suppression, _ in used):
            yield Unused(item)
        return
    vain = [rule for rule in item.rules if rule.code in active and (item, rule.code) not in used]
    if len(vain) == len(item.rules) and vain and not item.partly:
        yield Unused(item)
    else:
        yield from (Unused(item, rule) for rule in vain)


def _read(comment: _Comment, known: Mapping[str, str]) -> Iterator[Suppression | Malformed]:
    """What the directives in one comment say, in their order."""
    end = 0
    while start := _START.search(comment.text, end):
        following = _NEXT.search(comment.text, start.end())
        end = following.start() if following else len(comment.text)
        rest = comment.text[start.end() : end].rstrip()
        span = comment.span(start.start(), start.end() + len(rest))
        parts = _PARTS.match(rest)
        assert parts is not None  # each of them may be empty
        if start["late"]:
            yield Malformed(span, "a comment to warmlint begins with it: write `# warmlint: ignore[…]`")
        elif message := _fault(comment, parts, known):
            yield Malformed(span, message)
        else:
            yield from _suppression(comment, span, parts, start.end(), known)


def _suppression(
    comment: _Comment, span: Span, parts: re.Match[str], offset: int, known: Mapping[str, str]
) -> Iterator[Suppression | Malformed]:
    rows = None if parts["word"] == "ignore-file" else comment.rows
    reason = parts["reason"].strip()
    if parts["rules"] is None:
        yield Suppression(span, None, reason, rows)
        return
    rules: list[NamedRule] = []
    unknown: list[Malformed] = []
    for spelling in _RULE.finditer(parts["rules"]):
        at = offset + parts.start("rules")
        place = comment.span(at + spelling.start(), at + spelling.end())
        if code := known.get(spelling[0]):
            rules.append(NamedRule(code, place))
        else:
            hint = did_you_mean(spelling[0], known)
            unknown.append(Malformed(place, f"unknown rule `{shown(spelling[0])}`{hint}"))
    if rules:
        yield Suppression(span, tuple(rules), reason, rows, partly=bool(unknown))
    yield from unknown


def _fault(comment: _Comment, parts: re.Match[str], known: Mapping[str, str]) -> str | None:
    """What makes the whole comment void, if anything does."""
    word, rules, reason = parts["word"], parts["rules"], parts["reason"]
    if word not in _WORDS:
        hint = did_you_mean(word, _WORDS) or "; there is `ignore[…]`"
        return f"unknown directive `{word}`{hint}" if word else f"no directive follows{hint}"
    if word == "ignore-file" and not comment.alone:
        return "`ignore-file` must stand on a line of its own"
    if rules is None:
        first = _RULE.match(reason.lstrip())
        if first and (rule := first[0].rstrip(":;.")) in known:
            return f"this would silence all rules; for one of them write `{word}[{rule}]`"
        if reason and not reason[0].isspace():
            return f"cannot read what follows `{word}`; write `{word}[…]`, then a space and the reason"
        return None
    if not parts["end"]:
        return f"`{word}[` has no closing bracket"
    if not _RULE.search(rules):
        return f"`{word}[]` names no rule; to silence all rules write `{word}` alone"
    return None


# --- comments and what they cover --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Comment:
    """A comment and its place; `rows` are those of the logical line that it stands in, or before."""

    text: str
    start: Position
    alone: bool
    rows: range

    def span(self, start: int, end: int) -> Span:
        """The place of `text[start:end]`."""
        row, column = self.start.row, self.start.column
        return Span(Position(row, column + start), Position(row, column + end))


@dataclass(slots=True)
class _Line:
    """A logical line as it is read: its rows, and the last row of what a comment above it covers."""

    first: int
    last: int
    decorator: bool
    reach: int = 0


_LAYOUT: Final = frozenset({tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})
_SILENT: Final = frozenset({tokenize.NL, tokenize.COMMENT})


def _comments(source: Source) -> list[_Comment]:
    """The comments that speak of warmlint, each with the rows that it covers."""
    found: list[tuple[tokenize.TokenInfo, int]] = []
    lines: list[_Line] = []
    ended = True
    # Line ends are made one, as `Source.lines` has them; that moves no position.
    for token in tokenize.generate_tokens(io.StringIO(source.text, newline=None).readline):
        if token.type == tokenize.COMMENT:
            if _MARK in token.string:
                # With the number of the line that it stands in, or else of the one that comes next.
                found.append((token, len(lines) if ended else len(lines) - 1))
        elif token.type == tokenize.NEWLINE:
            ended = True
        elif token.type not in _LAYOUT:
            if ended:
                lines.append(_Line(token.start[0], token.end[0], token.string == "@"))
                ended = False
            lines[-1].last = token.end[0]
    reach = 0
    for line in reversed(lines):
        reach = line.reach = reach if line.decorator and reach else line.last
    return [_placed(source, token, lines[number] if number < len(lines) else None) for token, number in found]


def _placed(source: Source, token: tokenize.TokenInfo, line: _Line | None) -> _Comment:
    row, column = token.start
    if line is None:
        rows = range(row, row + 1)
    elif row < line.first:
        rows = range(row, line.reach + 1)
    else:
        rows = range(line.first, line.last + 1)
    alone = not source.line(row)[:column].strip()
    return _Comment(token.string, Position(row, column + 1), alone, rows)
