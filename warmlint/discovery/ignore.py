"""What git ignores, told without git: patterns, and the chain of `.gitignore` files over a folder.

git itself is not run for this. The `.git/config` of a tree that nobody vouches for can name programs for git
to start (`core.fsmonitor` is one), and a linter must be safe to point at any tree. Who asks, and what
for, stands in `walk.py`; the patterns of warmlint's own settings are matched here too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Final, NamedTuple

from warmlint.discovery.read import UnreadableError, read

_Test = Callable[[str], bool]


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


class Ignores(NamedTuple):
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
    except UnreadableError:
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
# A pattern is a sequence with gaps, twice over: of names with `**` between them, and in each name of
# characters with `*` between them. Both are lists of tests, with None for a gap.
#
# They are matched here and not by pathspec, which takes 40 ms to import in every repository, raises on
# patterns that git passes over, and does not come back from sixty times `*a`. Two oddities of git are
# left out, of which its manual says nothing: `**` inside a name (`a**/b`), a slash in brackets or escaped.

_SPECIAL: Final = re.compile(r"[*?\[\\]")
_CLASS: Final = re.compile(r"\[:([^]]*):\]")
_CLASSES: Final = {
    "alnum": (("0", "9"), ("A", "Z"), ("a", "z")),
    "alpha": (("A", "Z"), ("a", "z")),
    "blank": (("\t", "\t"), (" ", " ")),
    "cntrl": (("\0", "\x1f"), ("\x7f", "\x7f")),
    "digit": (("0", "9"),),
    "graph": (("!", "~"),),
    "lower": (("a", "z"),),
    "print": ((" ", "~"),),
    "punct": (("!", "/"), (":", "@"), ("[", "`"), ("{", "~")),
    "space": (("\t", "\r"), (" ", " ")),
    "upper": (("A", "Z"),),
    "xdigit": (("0", "9"), ("A", "F"), ("a", "f")),
}


class _Rule(NamedTuple):
    """One line of a `.gitignore`; an anchored one is matched by whole paths, another by last names."""

    negated: bool
    folders_only: bool
    anchored: bool
    matches: _Test


def _rule(line: str) -> _Rule | None:
    pattern = _without_trailing_spaces(line)
    if not pattern or pattern.startswith("#"):
        return None
    negated = pattern.startswith("!")
    pattern = pattern.removeprefix("!")
    folders_only = pattern.endswith("/")
    pattern = pattern.removesuffix("/")
    anchored = "/" in pattern
    try:
        matches = _path_test(pattern) if anchored else _name_test(pattern)
    except LookupError:
        return None  # it breaks off, or names a class that there is not: nothing matches it in git either
    return _Rule(negated, folders_only, anchored, matches)


def _without_trailing_spaces(line: str) -> str:
    stripped = line.rstrip(" ")
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    return line[: len(stripped) + backslashes % 2]  # a space that is escaped stays


def _path_test(pattern: str) -> _Test:
    pattern = pattern.removeprefix("/")
    if not _SPECIAL.search(pattern):
        return pattern.__eq__
    parts = pattern.split("/")
    tests = [None if len(part) > 1 and not part.strip("*") else _name_test(part) for part in parts]
    if tests[-1] is None:
        tests.append(_anything)  # `logs/**` is all that is in `logs`, and not `logs`
    return lambda path: _match(tests, path.split("/"))


def _name_test(pattern: str) -> _Test:
    # Most patterns are plain names or `*.suffix`, and one comparison tells.
    if not _SPECIAL.search(pattern):
        return pattern.__eq__
    if pattern[0] == "*" and not _SPECIAL.search(pattern, 1):
        suffix = pattern[1:]
        return lambda name: name.endswith(suffix)
    tests = _char_tests(pattern)
    return lambda name: _match(tests, name)


def _char_tests(pattern: str) -> list[_Test | None]:
    tests: list[_Test | None] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            tests.append(None)
        elif char == "?":
            tests.append(_anything)
        elif char == "[":
            test, at = _bracket(pattern, at)
            tests.append(test)
        else:
            if char == "\\":
                char = pattern[at]
                at += 1
            tests.append(char.__eq__)
    return tests


def _bracket(pattern: str, at: int) -> tuple[_Test, int]:
    """The test for a set whose first character stands at `at`, and where the pattern goes on."""
    negated = pattern[at] in "!^"
    at = first = at + negated
    ranges: list[tuple[str, str]] = []
    low = ""
    while at == first or pattern[at] != "]":
        char = pattern[at]
        if char == "-" and low and pattern[at + 1] != "]":
            at += 2 if pattern[at + 1] == "\\" else 1
            ranges.append((low, pattern[at]))
            low = ""
        elif char == "[" and (found := _CLASS.match(pattern, at)):
            ranges.extend(_CLASSES[found[1]])
            at = found.end() - 1
            low = ""
        else:
            at += char == "\\"
            low = pattern[at]
            ranges.append((low, low))
        at += 1
    return (lambda char: any(low <= char <= high for low, high in ranges) != negated), at + 1


def _anything(item: str) -> bool:
    return True


def _match(tests: Sequence[_Test | None], items: Sequence[str]) -> bool:
    """Whether `items` pass `tests` one by one, with any number of others in the gaps.

    Only the last gap is ever widened: where an earlier one could be wider, so could the last. That keeps
    the time within the product of both lengths, where a regular expression can take exponential time.
    """
    at = place = start = 0
    gap: int | None = None
    while place < len(items):
        test = tests[at] if at < len(tests) else None
        if at < len(tests) and test is None:
            gap, start = at, place
            at += 1
        elif test is not None and test(items[place]):
            at += 1
            place += 1
        elif gap is not None:
            start += 1
            at, place = gap + 1, start
        else:
            return False
    return all(test is None for test in tests[at:])
