"""The JSON schema of settings files, for editors: made from the declaration of the options and the rules."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from warmlint.config.options import IN_FILES, Option

# The draft that every editor's TOML support reads.
_DRAFT: Final = "http://json-schema.org/draft-07/schema#"


def schema(known: Mapping[str, str]) -> dict[str, Any]:
    """The schema of a `warmlint.toml`, and of `[tool.warmlint]`; `known` are all spellings of rules."""
    return {
        "$schema": _DRAFT,
        "$id": "https://raw.githubusercontent.com/warmlint/warmlint/main/warmlint.schema.json",
        "title": "Settings of warmlint",
        "type": "object",
        "additionalProperties": False,
        "properties": {key: _property(option, known) for key, option in sorted(IN_FILES.items())},
        "definitions": {"rule": _rule(known)},
    }


def _property(option: Option, known: Mapping[str, str]) -> dict[str, Any]:
    told = {"description": option.help, **option.kind.schema(known)}
    default = option.default
    if isinstance(default, (Enum, bool, str)):
        told["default"] = option.kind.write(default)
    return told


def _rule(known: Mapping[str, str]) -> dict[str, Any]:
    """A code, a name, the start of a code, or `ALL`."""
    codes = set(known.values())
    starts = {code[:length] for code in codes for length in range(1, len(code))}
    return {
        "description": "A rule's code or name, the start of codes, or ALL.",
        "anyOf": [
            {"enum": ["ALL", *sorted(starts), *sorted(known)]},
            # Rules of other packages.
            {"type": "string", "pattern": "^(?!LR[0-9]*$)[A-Z]+[0-9]*$"},
        ],
    }
