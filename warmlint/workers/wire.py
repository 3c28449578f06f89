"""The JSON form of what crosses to a child and back: frozen dataclasses, named tuples, enums and scalars.

A child has read what may be hostile, so what it says is data, read strictly by the types that are
expected: reading gives such a value or raises `WireError`. Numbers that are not finite travel as Python's
own JSON writes them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

_Kind = TypeVar("_Kind")

_SCALARS: Final = (str, int, float, bool, NoneType)


class WireError(Exception):
    """A message that is not what was expected; the text says how."""


def to_line(data: object) -> bytes:
    """`data` as one line."""
    return json.dumps(data, separators=(",", ":")).encode("ascii") + b"\n"


def from_line(line: bytes) -> object:
    """The data in one line."""
    try:
        data: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WireError(f"it is not JSON: {error}") from None
    return data


def to_data(value: object) -> object:
    """The JSON form of a value; a record is the list of its fields, without their names."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, (tuple, list)):
        return [to_data(each) for each in value]
    if is_dataclass(value):
        return [to_data(getattr(value, field.name)) for field in fields(value)]
    return value


def from_data(kind: type[_Kind], data: object) -> _Kind:
    """The value of type `kind` in `data`."""
    return cast(_Kind, _read(kind, data))


def _read(kind: Any, data: object) -> object:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _read_one_of(get_args(kind), data)
    if origin is tuple:
        return _read_tuple(get_args(kind), data)
    if kind is float and type(data) is int:
        return data  # a whole number may stand where a float may
    if kind in _SCALARS:
        if type(data) is not kind:
            raise WireError(f"{type(data).__name__} in the place of {kind.__name__}")
        return data
    if issubclass(kind, Enum):
        if not isinstance(data, str) or data not in kind.__members__:
            raise WireError(f"no {kind.__name__}")
        return kind[data]
    return _read_record(kind, data)


def _read_one_of(kinds: Sequence[Any], data: object) -> object:
    for kind in kinds:
        if _may_be(kind, data):
            return _read(kind, data)
    raise WireError(f"{type(data).__name__} in the place of another type")


def _may_be(kind: Any, data: object) -> bool:
    if kind in _SCALARS:
        return type(data) is kind or (kind is float and type(data) is int)
    return isinstance(data, (list, str))


def _read_tuple(kinds: Sequence[Any], data: object) -> object:
    if not isinstance(data, list):
        raise WireError(f"{type(data).__name__} in the place of a list")
    if kinds[-1] is Ellipsis:
        return tuple(_read(kinds[0], each) for each in data)
    if len(data) != len(kinds):
        raise WireError(f"a list of {len(data)} in the place of one of {len(kinds)}")
    return tuple(_read(kind, each) for kind, each in zip(kinds, data, strict=True))


def _read_record(kind: Any, data: object) -> object:
    hints = _hints(kind)
    if not isinstance(data, list) or len(data) != len(hints):
        raise WireError(f"no {kind.__name__}")
    values = [_read(hint, each) for hint, each in zip(hints, data, strict=True)]
    return kind(*values)


@cache
def _hints(kind: Any) -> tuple[Any, ...]:
    """The types of a record's fields, in order."""
    from warmlint.finding import Confidence, Severity
    from warmlint.release import Release

    # Settings import them for the type checker alone.
    names = {"Severity": Severity, "Confidence": Confidence, "Release": Release}
    hints = get_type_hints(kind, localns=names)
    order = kind._fields if issubclass(kind, tuple) else [field.name for field in fields(kind)]
    return tuple(hints[name] for name in order)
