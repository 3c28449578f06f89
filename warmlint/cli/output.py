"""Where reports go: to stdout, to a file, to several at once, each in a format of its own."""

from __future__ import annotations

import argparse
import io
import os
from collections.abc import Callable
from typing import NamedTuple, TextIO

from warmlint.config import ConfigError, OutputFormat
from warmlint.config.kinds import Choice, Place
from warmlint.discovery.read import shown


class Output(NamedTuple):
    """One report: its format and its file, None for stdout."""

    format: OutputFormat
    file: str | None = None


def outputs_of(given: argparse.Namespace, standard: OutputFormat) -> tuple[Output, ...]:
    """The reports that a run writes; `standard` is the format of the one that always is.

    That one gives way where another goes to stdout and nobody asked for it. Raises ConfigError for formats
    that there are not, files that cannot be written, and a place that two reports would go to.
    """
    others = [_output(text) for text in given.output or ()]
    file = None if given.output_file in (None, "-") else given.output_file
    asked = given.output_format is not None or given.output_file is not None
    if asked or all(other.file is not None for other in others):
        others.insert(0, Output(standard, file))
    _require_distinct(others)
    for each in others:
        if each.file is not None:
            from warmlint import atomic  # most runs write no file

            if fault := atomic.fault(each.file):
                raise ConfigError(f"{shown(each.file)} {fault}")
    return tuple(others)


def deliver(
    outputs: tuple[Output, ...], stdout: TextIO, write: Callable[[OutputFormat, TextIO, bool], None]
) -> None:
    """Bring each report where it goes; `write` writes one, and hears whether to a file.

    Raises ConfigError."""
    for each in outputs:
        if each.file is None:
            write(each.format, stdout, False)
            continue
        from warmlint import atomic

        text = io.StringIO()
        write(each.format, text, True)
        try:
            atomic.write(each.file, text.getvalue().encode("utf-8", "backslashreplace"))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise ConfigError(f"{shown(each.file)} cannot be written: {why}") from error


def _output(text: str) -> Output:
    word, equals, file = text.partition("=")
    at = "`--output`"
    if not equals or not file:
        raise ConfigError(f"{at} must be FORMAT=FILE, such as `sarif=out.sarif`, not `{text}`")
    formats = Choice([each.value for each in OutputFormat], OutputFormat)
    member = formats.read(Place(f"the format of {at}", os.getcwd(), {}), word)
    assert isinstance(member, OutputFormat)
    return Output(member, None if file == "-" else file)


def _require_distinct(outputs: list[Output]) -> None:
    met: dict[str | None, Output] = {}
    for each in outputs:
        place = None if each.file is None else os.path.realpath(each.file)
        first = met.setdefault(place, each)
        if first is not each and not _swallows(each.file):
            name = "stdout" if each.file is None else f"`{each.file}`"
            raise ConfigError(
                f"{name} cannot take two reports, `{first.format.value}` and `{each.format.value}`"
            )


def _swallows(file: str | None) -> bool:
    return file is not None and os.path.realpath(file) == os.path.realpath(os.devnull)
