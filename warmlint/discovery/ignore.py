"""What git ignores, told without git: patterns, and the chain of `.gitignore` files over a folder.

git itself is never run. The `.git/config` of a tree that nobody vouches for can name programs for git
to start (`core.fsmonitor` is one), and a linter must be safe to point at any tree. Who asks, and what
for, stands in `walk.py`; the patterns of warmlint's own settings are matched here too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from warmlint.discovery.read import Unreadable, read

_Token = TypeVar("_Token")


class Patterns:
    """The patterns of one `.gitignore` file, which speak of paths relative to its folder."""

    def __init__(self, lines: Iterable[str]) -> None:
        rules = [rule for line in lines if (rule := _rule(line))]
        self._rules = tuple(reversed(rules))  # the last one to match decides

    def __bool__(self) -> bool:
        return bool(self._rules)

    def judge(self, path: str, *, folder: bool) -> bool | None:
        """Whether `path` itself is ignored, or None where no pattern matches it.

        What a folder's verdict means for the paths in it is for the caller: git does not look into
        a folder that is ignored.
        """
        name = path[path.rfind("/") + 1 :]
        for rule in self._rules:
            if (folder or not rule.folders_only) and rule.matches(path if rule.anchored else name):
                return not rule.negated
        return None

    def covers(self, path: str, *, folder: bool = False) -> bool:
        """Whether `path` is ignored, or one of the folders on the way to it is."""
        ends = [at for at, char in enumerate(path) if char == "/"]
        return any(self.judge(path[:at], folder=True) for at in ends) or bool(self.judge(path, folder=folder))


@dataclass(frozen=True, slots=True)
class Ignores:
    """The patterns that rule the paths under `base`, which ends in a slash, the nearest first."""

    base: str
    patterns: Patterns
    above: Ignores | None = None

    def ignored(self, path: str, *, folder: bool) -> bool:
        """Whether git ignores `path`, none of whose folders it ignores."""
        level: Ignores | None = self
        while level is not None:
            verdict = level.patterns.judge(path[len(level.base) :], folder=folder)
            if verdict is not None:
                return verdict
            level = level.above
        return False


def inside(folder: str, names: Container[str], above: Ignores | None) -> Ignores | None:
    """The patterns that rule `folder`, which ends in a slash and holds `names`, below those of `above`."""
    if ".git" in names:
        # A repository of its own: what lies around it has no say in it.
        above = _level(folder, _exclude_file(folder), None)
    if ".gitignore" in names:
        above = _level(folder, folder + ".gitignore", above)
    return above


def over(folder: str) -> Ignores | None:
    """The patterns that the repository around `folder` has for it, from the folders above it.

    There are none where these ignore `folder` itself: who names a folder that git ignores wants to
    see what is in it.
    """
    way = [folder]
    while not os.path.lexists(way[-1] + ".git"):
        parent = _parent(way[-1])
        if parent == way[-1]:
            return None  # no repository
        way.append(parent)
    rules: Ignores | None = None
    for at in range(len(way) - 1, 0, -1):
        names = [name for name in (".git", ".gitignore") if os.path.lexists(way[at] + name)]
        rules = inside(way[at], names, rules)
        if rules is not None and rules.ignored(way[at - 1].rstrip("/"), folder=True):
            return None
    return rules


def _parent(folder: str) -> str:
    parent = os.path.dirname(folder.rstrip("/"))
    return parent if parent.endswith("/") else parent + "/"


def _level(folder: str, file: str, above: Ignores | None) -> Ignores | None:
    patterns = Patterns(_lines(file))
    return Ignores(folder, patterns, above) if patterns else above


def _lines(file: str) -> list[str]:
    try:
        data = read(file, follow=False)  # as git: a link could lead anywhere
    except Unreadable:
        return []
    text = data.decode("utf-8-sig", "surrogateescape")
    return [line.removesuffix("\r") for line in text.split("\n")]


def _exclude_file(folder: str) -> str:
    home = folder + ".git"
    if link := _lines(home):  # a file, in worktrees and submodules: "gitdir: <where>"
        home = os.path.join(folder, link[0].removeprefix("gitdir:").strip())
        if common := _lines(home + "/commondir"):
            home = os.path.join(home, common[0].strip())
    return home + "/info/exclude"


# --- patterns ----------------------------------------------------------------------------------
# A pattern is a sequence with gaps, twice over: of folder names with `**` between them, and in each of
# these, of characters with `*` between them. None stands for a gap. (git joins `a**/b` in a way of its
# own, which its manual does not promise: here it is `a*/b`, as the manual has it.)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One line of a `.gitignore`; `matches` wants the whole path if it is anchored, else the last name."""

    negated: bool
    folders_only: bool
    anchored: bool
    matches: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Set:
    """One character out of those between any pair of bounds, or one that is not."""

    bounds: tuple[str, ...]
    negated: bool = False

    def __contains__(self, char: str) -> bool:
        return any(low <= char <= high for low, high in self.bounds) != self.negated


_Name = Sequence[_Set | str | None]

_ANY: Final = _Set((), negated=True)

_CLASS: Final = re.compile(r"\[:([^]]*):\]")
_CLASSES: Final = {
    "alnum": ("09", "AZ", "az"),
    "alpha": ("AZ", "az"),
    "blank": ("\t\t", "  "),
    "cntrl": ("\0\x1f", "\x7f\x7f"),
    "digit": ("09",),
    "graph": ("!~",),
    "lower": ("az",),
    "print": (" ~",),
    "punct": ("!/", ":@", "[`", "{~"),
    "space": ("\t\r", "  "),
    "upper": ("AZ",),
    "xdigit": ("09", "AF", "af"),
}


def _rule(line: str) -> _Rule | None:
    pattern = _without_trailing_spaces(line)
    if not pattern or pattern.startswith("#"):
        return None
    negated = pattern.startswith("!")
    pattern = pattern.removeprefix("!")
    folders_only = pattern.endswith("/")
    pattern = pattern.removesuffix("/")
    try:
        matches = _path_test(pattern) if "/" in pattern else _name_test(_tokens(pattern))
    except (LookupError, ValueError):
        return None  # a bracket without an end, an unknown class: git matches nothing with it
    return _Rule(negated, folders_only, "/" in pattern, matches)


def _without_trailing_spaces(line: str) -> str:
    stripped = line.rstrip(" ")
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    return line[: len(stripped) + backslashes % 2]  # one that is escaped stays


def _path_test(pattern: str) -> Callable[[str], bool]:
    parts = pattern.removeprefix("/").split("/")
    names = [None if len(part) > 1 and not part.strip("*") else _tokens(part) for part in parts]
    if names[-1] is None:
        names.append((None,))  # `logs/**` is all that is in `logs`, and not `logs`
    return lambda path: _match(names, path.split("/"), _is_name)


def _name_test(tokens: _Name) -> Callable[[str], bool]:
    gap, *literal = tokens or ("",)
    # Most patterns are plain names or `*.suffix`: they are told by one comparison.
    if all(isinstance(token, str) for token in literal):
        text = "".join(map(str, literal))
        if gap is None:
            return lambda name: name.endswith(text)
        if isinstance(gap, str):
            return (gap + text).__eq__
    return partial(_is_name, tokens)


def _tokens(pattern: str) -> _Name:
    tokens: list[_Set | str | None] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            tokens.append(None)
        elif char == "?":
            tokens.append(_ANY)
        elif char == "[":
            bracket, at = _bracket(pattern, at)
            tokens.append(bracket)
        else:
            if char == "\\":
                char = pattern[at]
                at += 1
            tokens.append(char)
    return tokens


def _bracket(pattern: str, at: int) -> tuple[_Set, int]:
    """The set whose first character stands at `at`, and where the pattern goes on behind it."""
    negated = pattern[at] in "!^"
    at = first = at + negated
    bounds: list[str] = []
    low = ""
    while at == first or pattern[at] != "]":
        char = pattern[at]
        if char == "-" and low and pattern[at + 1] != "]":
            at += 2 if pattern[at + 1] == "\\" else 1
            bounds.append(low + pattern[at])
            low = ""
        elif char == "[" and (found := _CLASS.match(pattern, at)):
            bounds.extend(_CLASSES[found[1]])
            at = found.end() - 1
            low = ""
        else:
            at += char == "\\"
            low = pattern[at]
            bounds.append(low + low)
        at += 1
    return _Set(tuple(bounds), negated), at + 1


def _is_name(tokens: _Name, name: str) -> bool:
    return _match(tokens, name, _is_char)


def _is_char(token: _Set | str, char: str) -> bool:
    return char == token if isinstance(token, str) else char in token


def _match(
    pattern: Sequence[_Token | None], items: Sequence[str], fits: Callable[[_Token, str], bool]
) -> bool:
    """Whether `items` are those of `pattern`, with any number of others in its gaps.

    Only the last gap is ever widened: where an earlier one could be wider, so could the last. That keeps
    the time within the product of both lengths, where a regular expression can take exponential time.
    """
    at = place = 0
    gap, start = -1, 0
    while place < len(items):
        token = pattern[at] if at < len(pattern) else None
        if at < len(pattern) and token is None:
            gap, start = at, place
            at += 1
        elif token is not None and fits(token, items[place]):
            at += 1
            place += 1
        elif gap >= 0:
            start += 1
            at, place = gap + 1, start
        else:
            return False
    return all(token is None for token in pattern[at:])
