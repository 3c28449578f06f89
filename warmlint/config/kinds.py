"""The kinds of values that settings have: how each is read from TOML and from the words of a command line,
how it is written back, and how a JSON schema describes it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple, Protocol

from warmlint.config.values import ConfigError, Globs, PerFileIgnore, globs
from warmlint.suggest import did_you_mean

Schema = dict[str, Any]

_NAMES: Final = {str: "a string", bool: "a boolean", int: "a number", float: "a number", list: "a list"}


class Place(NamedTuple):
    """Where a value stands: `at` is how messages call it, `root` the folder that its paths start from, and
    `known` every spelling of a rule with its code."""

    at: str
    root: str
    known: Mapping[str, str]


class Kind(Protocol):
    """One kind of value."""

    def read(self, place: Place, value: object) -> object:
        """What TOML, or `parse`, gives, as `Settings` holds it. Raises ConfigError."""

    def parse(self, text: str) -> object:
        """What one argument says, as TOML would give it."""

    def schema(self, known: Mapping[str, str]) -> Schema:
        """What a JSON schema says of it."""

    def write(self, value: Any) -> object:
        """What `read` gave, as TOML would give it."""


class Switch:
    """True or false."""

    def read(self, place: Place, value: object) -> bool:
        """The value itself."""
        if not isinstance(value, bool):
            raise ConfigError(f"{place.at} must be true or false, not {kind_of(value)}")
        return value

    def parse(self, text: str) -> object:
        """Switches have no argument."""
        raise NotImplementedError

    def schema(self, known: Mapping[str, str]) -> Schema:
        """A boolean."""
        return {"type": "boolean"}

    def write(self, value: bool) -> object:
        """The value itself."""
        return value


class Choice:
    """One of some words; `member` makes of it what `Settings` holds."""

    def __init__(self, words: Sequence[str], member: Callable[[str], object] = str) -> None:
        self.words = tuple(words)
        self._member = member

    def read(self, place: Place, value: object) -> object:
        """The member that a word names."""
        if isinstance(value, str) and value in self.words:
            return self._member(value)
        *others, last = (f"`{word}`" for word in self.words)
        got, hint = kind_of(value), ""
        if isinstance(value, str):
            got, hint = f"`{value}`", did_you_mean(value, self.words)
        raise ConfigError(f"{place.at} must be {', '.join(others)} or {last}, not {got}{hint}")

    def parse(self, text: str) -> object:
        """The word itself."""
        return text

    def schema(self, known: Mapping[str, str]) -> Schema:
        """The words."""
        return {"enum": list(self.words)}

    def write(self, value: object) -> object:
        """The word."""
        return value.value if isinstance(value, Enum) else value


class Count:
    """A whole number."""

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most

    def read(self, place: Place, value: object) -> int:
        """The value itself, within the bounds."""
        if isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most:
            return value
        got = kind_of(value) if not isinstance(value, (str, int)) else f"`{value}`"
        raise ConfigError(f"{place.at} must be a whole number from {self.least} to {self.most}, not {got}")

    def parse(self, text: str) -> object:
        """The number, or what stands in its place."""
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text

    def schema(self, known: Mapping[str, str]) -> Schema:
        """A number in its bounds."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def write(self, value: int) -> object:
        """The value itself."""
        return value


class Text:
    """Words of any kind, such as a message or a revision."""

    def read(self, place: Place, value: object) -> str:
        """The value itself."""
        if not isinstance(value, str) or not value:
            got = "an empty one" if isinstance(value, str) else kind_of(value)
            raise ConfigError(f"{place.at} must be a string, not {got}")
        return value

    def parse(self, text: str) -> object:
        """The value itself."""
        return text

    def schema(self, known: Mapping[str, str]) -> Schema:
        """A string with something in it."""
        return {"type": "string", "minLength": 1}

    def write(self, value: str) -> object:
        """The value itself."""
        return value


class Path(Text):
    """The path of a file, from the folder of the file that names it."""

    def read(self, place: Place, value: object) -> str:
        """The whole path."""
        return os.path.join(place.root, super().read(place, value))


class Release:
    """A release of torch."""

    def read(self, place: Place, value: object) -> object:
        """The release that a version names."""
        from warmlint.release import OLDEST, parse

        if not isinstance(value, str):
            raise ConfigError(f'{place.at} must be a string, such as "2.4", not {kind_of(value)}')
        release = parse(value)
        if release is None:
            raise ConfigError(f'{place.at} must be a version of torch, such as "2.4", not `{value}`')
        if release < OLDEST:
            raise ConfigError(f"{place.at} must be torch {OLDEST} or later, not `{value}`")
        return release

    def parse(self, text: str) -> object:
        """The version itself."""
        return text

    def schema(self, known: Mapping[str, str]) -> Schema:
        """A version."""
        return {"type": "string", "pattern": r"^[0-9]+\.[0-9]+", "examples": ["2.4"]}

    def write(self, value: object) -> object:
        """The version."""
        return str(value)


class Rules:
    """Rules: codes, names, the start of a code, or `ALL`."""

    def read(self, place: Place, value: object) -> tuple[str, ...]:
        """Codes and the starts of codes."""
        words = _strings(place.at, value)
        for word in words:
            starts = word and any(code.startswith(word) for code in place.known.values())
            if not (word == "ALL" or word in place.known or starts):
                hint = did_you_mean(word, place.known)
                raise ConfigError(f"{place.at} names an unknown rule, `{word}`{hint}")
        return tuple(place.known.get(word, word) for word in words)

    def parse(self, text: str) -> object:
        """The words, with commas or blanks between them."""
        return text.replace(",", " ").split()

    def schema(self, known: Mapping[str, str]) -> Schema:
        """A list of rules."""
        return {"type": "array", "items": {"$ref": "#/definitions/rule"}}

    def write(self, value: Sequence[str]) -> object:
        """The codes."""
        return list(value)


class PathPatterns:
    """Patterns as in a `.gitignore`, from the folder of the file that names them."""

    def read(self, place: Place, value: object) -> Globs:
        """The patterns with their folder."""
        return globs(place.root, _strings(place.at, value))

    def parse(self, text: str) -> object:
        """The patterns, with commas or blanks between them."""
        return text.replace(",", " ").split()

    def schema(self, known: Mapping[str, str]) -> Schema:
        """A list of strings."""
        return {"type": "array", "items": {"type": "string"}}

    def write(self, value: Globs) -> object:
        """The patterns."""
        return list(value.patterns)


class RulesByPattern:
    """A table from patterns to rules."""

    def read(self, place: Place, value: object) -> tuple[PerFileIgnore, ...]:
        """An entry for each pattern."""
        if not isinstance(value, dict):
            raise ConfigError(
                f"{place.at} must be a table from patterns to lists of rules, not {kind_of(value)}"
            )
        entries = []
        for pattern, words in value.items():
            inside = place._replace(at=f"{place.at}, `{pattern}`")
            files = globs(place.root, [pattern.removeprefix("!")])
            entries.append(PerFileIgnore(files, Rules().read(inside, words), pattern.startswith("!")))
        return tuple(entries)

    def parse(self, text: str) -> object:
        """`PATTERN:RULE`, apart. Raises ConfigError."""
        pattern, colon, rule = text.rpartition(":")
        if not (colon and pattern and rule):
            raise ConfigError(f"`{text}` is no PATTERN:RULE, such as `tests/*:LR101`")
        return [(pattern, rule)]

    def schema(self, known: Mapping[str, str]) -> Schema:
        """An object of lists of rules."""
        rules = {"type": "array", "items": {"$ref": "#/definitions/rule"}}
        return {"type": "object", "additionalProperties": rules}

    def write(self, value: Sequence[PerFileIgnore]) -> object:
        """The table."""
        return {"!" * each.elsewhere + each.files.patterns[0]: list(each.ignore) for each in value}


def kind_of(value: object) -> str:
    """What TOML calls the type of a value."""
    return "a table" if isinstance(value, dict) else _NAMES.get(type(value), "a date or time")


def _strings(at: str, value: object) -> list[str]:
    if not isinstance(value, list):
        raise ConfigError(f"{at} must be a list of strings, not {kind_of(value)}")
    for item in value:
        if not isinstance(item, str):
            raise ConfigError(f"{at} must be a list of strings, but holds {kind_of(item)}")
    return value
