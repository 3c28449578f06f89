"""Notebooks: the code of their cells as one text, and such a text brought back into its cells.

All that is not the code of a changed cell stays to the byte: outputs, metadata, indentation, escapes, and the
lines of a changed cell that no fix touched. The format: https://nbformat.readthedocs.io/en/latest/
"""

from __future__ import annotations

import codecs
import json
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final, NamedTuple

from warmlint.discovery import magics
from warmlint.discovery.read import UnreadableError
from warmlint.limits import MAX_FILE_BYTES
from warmlint.source import Cell

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_ROW_END: Final = re.compile(r"\r\n|\r|\n")
_TOKEN: Final = re.compile(r'"(?:[^"\\]+|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_PYTHONS: Final = frozenset({"python", "ipython", "python3"})

Data = None | bool | int | float | str | list["Data"] | dict[str, "Data"]


class Notebook(NamedTuple):
    """The code of a notebook: one text, and the cells that it is made of."""

    text: str
    cells: tuple[Cell, ...]


def read_notebook(data: bytes) -> Notebook:
    """The code of a notebook's Python cells, magics put away. Raises `UnreadableError` if `data` is none."""
    return _join(_code_cells(_text(data)))


def write_notebook(text: str, before: bytes) -> bytes:
    """The notebook whose code was that of `before` and is `text` now, of the same cells.

    Raises ValueError where `text` has other cells.
    """
    raw = _text(before)
    old = _code_cells(raw)
    new = _split(text, _join(old).cells, _mark(old)) if old else {}
    places = _sources(raw)
    parts: list[str] = []
    done = 0
    for number in sorted(new, key=lambda each: places[each].start):
        if new[number] != old[number]:
            place = places[number]
            parts += [raw[done : place.start], _written(raw, place, new[number])]
            done = place.end
    parts.append(raw[done:])
    return codecs.BOM_UTF8 * before.startswith(codecs.BOM_UTF8) + "".join(parts).encode()


def cells_of(data: bytes) -> tuple[Cell, ...]:
    """The cells of a notebook, each with the rows of the file on which its lines stand. Raises like
    `read_notebook`."""
    raw = _text(data)
    places = _sources(raw)
    ends = [found.start() for found in re.finditer("\n", raw)]
    found: list[Cell] = []
    for cell in read_notebook(data).cells:
        rows: list[int] = []
        for start, end in places[cell.number].strings:
            lines = len(_LINE.findall(json.loads(raw[start:end]))) or 1
            rows += [bisect_left(ends, start) + 1] * lines
        found.append(replace(cell, file_rows=tuple(rows)))
    return tuple(found)


# --- the code of the cells ---------------------------------------------------------------------


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"is not UTF-8, as notebooks are: byte {error.start:,}") from error


def _code_cells(raw: str) -> dict[int, str]:
    """The code of each cell that holds Python, by its number."""
    try:
        notebook: Data = json.loads(raw)
    except ValueError as error:
        raise UnreadableError(f"is not a notebook: it is not JSON: {error}") from None
    except RecursionError:
        raise UnreadableError("is not a notebook: it is nested too deeply") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
        raise UnreadableError("is not a notebook: it names no `nbformat`")
    cells = notebook.get("cells")
    if notebook["nbformat"] != 4 or not isinstance(cells, list):
        raise UnreadableError(
            f"is a notebook of format {notebook['nbformat']}, and 4 is read;"
            " convert it with `jupyter nbconvert --to notebook`"
        )
    if not _is_python(notebook.get("metadata")):
        return {}
    found = {number: _code(cell) for number, cell in enumerate(cells, 1)}
    code = {number: text for number, text in found.items() if text is not None and magics.is_python(text)}
    _require_text("".join(code.values()))
    return code


def _is_python(metadata: Data) -> bool:
    """Whether a notebook's language is Python, or it does not say."""
    if not isinstance(metadata, dict):
        return True
    for holder, key in (("language_info", "name"), ("kernelspec", "language")):
        told = metadata.get(holder)
        language = told.get(key) if isinstance(told, dict) else None
        if isinstance(language, str):
            return language.lower() in _PYTHONS
    return True


def _code(cell: Data) -> str | None:
    """The text of a code cell; None for another kind."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    source = cell.get("source")
    if isinstance(source, str):
        return source
    if not isinstance(source, list):
        return None
    lines = [line for line in source if isinstance(line, str)]
    return "".join(lines) if len(lines) == len(source) else None


def _require_text(code: str) -> None:
    if len(code) > MAX_FILE_BYTES:
        raise UnreadableError(
            f"is too large: {len(code):,} characters of code, of at most {MAX_FILE_BYTES:,}"
        )
    if "\0" in code:
        raise UnreadableError("holds a NUL character, which Python source cannot")
    if not code.isascii() and any("\ud800" <= each <= "\udfff" for each in code):
        raise UnreadableError("holds half a surrogate pair, which is no character")


# --- one text of many cells, and back ----------------------------------------------------------


def _join(code: Mapping[int, str]) -> Notebook:
    mark = _mark(code)
    parts: list[str] = []
    cells: list[Cell] = []
    row = 1
    for number, text in code.items():
        # The mark stands in no cell, so a line with it is no cell's own.
        heading = f"#{mark} cell {number}" if cells else None
        if heading is not None:
            parts.append(f"{heading}\n")
            row += 1
        cells.append(Cell(number, row, heading))
        python = f"{magics.hidden(text, mark)}\n"
        parts.append(python)
        row += len(_ROW_END.findall(python))
    return Notebook("".join(parts), tuple(cells))


def _split(text: str, cells: Sequence[Cell], mark: str) -> dict[int, str]:
    """The code of each cell in a text that was joined, and changed since then."""
    found: dict[int, str] = {}
    rest = text
    for cell, following in pairwise((*cells, None)):
        assert cell is not None
        if following is None:
            own, rest = rest, ""
        else:
            own, heading, rest = rest.partition(f"\n{following.heading}\n")
            if not heading:
                raise ValueError(f"cell {following.number} has lost its place")
            own += "\n"
        found[cell.number] = magics.shown(own.removesuffix("\n"), mark)
    return found


def _mark(code: Mapping[int, str]) -> str:
    return magics.mark_for("\n".join(code.values()))


# --- the places of the cells' code in JSON -----------------------------------------------------


class _Place(NamedTuple):
    """Where a cell's code stands: the whole value, and the strings in it."""

    start: int
    end: int
    strings: tuple[tuple[int, int], ...]


def _sources(raw: str) -> dict[int, _Place]:
    """The place of each cell's code, by the cell's number; `raw` is JSON."""
    found: dict[int, _Place] = {}
    strings: list[tuple[int, int]] = []
    start = 0
    way: list[str | int | None] = []  # the key or the index of what is being read, from the outermost on
    for token in _TOKEN.finditer(raw):
        first = token[0][0]
        if first in "]}":
            way.pop()
            if first == "]" and (cell := _cell_of(way)):
                found[cell] = _Place(start, token.end(), tuple(strings))
        elif first == ",":
            way[-1] = way[-1] + 1 if isinstance(way[-1], int) else None
        elif first in "[{":
            if first == "[" and _cell_of(way):
                start, strings = token.start(), []
            way.append(0 if first == "[" else None)
        elif way and way[-1] is None and first == '"':
            way[-1] = json.loads(token[0])
        elif first == '"' and (cell := _cell_of(way[:3])):
            if len(way) == 3:
                found[cell] = _Place(token.start(), token.end(), (token.span(),))
            elif len(way) == 4:
                strings.append(token.span())
    return found


def _cell_of(way: Sequence[str | int | None]) -> int:
    """The number of the cell whose code stands at the end of a way into a notebook; 0 for none."""
    match way:
        case ["cells", int() as index, "source"]:
            return index + 1
    return 0


def _written(raw: str, place: _Place, code: str) -> str:
    """The JSON of a cell's new code: lines that it had before as they were written."""
    ascii_only = raw.isascii()

    def written(text: str) -> str:
        return json.dumps(text, ensure_ascii=ascii_only)

    if raw[place.start] == '"':
        return written(code)
    before = [raw[start:end] for start, end in place.strings]
    had = [json.loads(each) for each in before]
    lines = _LINE.findall(code)
    after = [written(line) for line in lines]
    for block in SequenceMatcher(None, had, lines, autojunk=False).get_matching_blocks():
        after[block.b : block.b + block.size] = before[block.a : block.a + block.size]
    if not before:
        return f"[{', '.join(after)}]"
    opening, closing = raw[place.start : place.strings[0][0]], raw[place.strings[-1][1] : place.end]
    between = raw[place.strings[0][1] : place.strings[1][0]] if len(before) > 1 else f",{opening[1:]}"
    return opening + between.join(after) + closing
