"""The fixes of several files of one run, made one file after the other: what one means may rest on another.

Each file was linted, and its fixes proven, with all others as they are on disk. Two files that use one
function can each cure the same bug: both cures together are a new one. So a file that others are read with is
fixed before them, and each of them is linted again with what it says then.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from warmlint.limits import MAX_FILE_ROUNDS
from warmlint.linted import Linted, Mended

Again = Callable[[int, str | None, Mapping[str, str]], Linted | None]
"""Lints a file, by its number, once more: with a text in the place of its own, None for its own, and with
what other files are taken to say, by their real paths. None where it cannot."""


class Settled(NamedTuple):
    """What is said of each file once none is left that rests on what has changed since; the `order` in which
    their fixes were made; and for each file the fixed ones that it was linted with."""

    linted: list[Linted]
    order: list[int]
    rests_on: list[frozenset[str]]


def settle(files: Sequence[str | None], linted: Sequence[Linted], again: Again) -> Settled:
    """Make the fixes of `files`, by their real paths, None for what is no file, one after the other."""
    order = _dependencies_first(files, linted)
    said, texts = list(linted), dict[str, str]()
    read = [_read_with(each) for each in linted]
    seen: list[dict[str, str]] = [{} for _ in files]
    for _ in range(MAX_FILE_ROUNDS):
        changed = False
        for number in order:
            path = files[number]
            now = {each: texts[each] for each in read[number] if each in texts and each != path}
            if now != seen[number]:
                mended = said[number].mended if path in texts else None
                then = again(number, None if mended is None else mended.text, now)
                if then is not None:
                    said[number] = _went_on(said[number], mended, then)
                    read[number] |= _read_with(then)
                seen[number], changed = now, True
            text = _text(said[number])
            if path is not None and text is not None and texts.get(path) != text:
                texts[path], changed = text, True
        if not changed:
            break
    return Settled(said, order, [frozenset(each) for each in seen])


def _dependencies_first(files: Sequence[str | None], linted: Sequence[Linted]) -> list[int]:
    """The numbers of the files, each after those that it was read with, as far as they do not lead back."""
    numbers = {path: number for number, path in enumerate(files) if path is not None}
    order: dict[int, None] = {}
    for number in range(len(files)):
        stack = [number]
        met = set(stack)
        while stack:
            read = [numbers[each] for each in sorted(_read_with(linted[stack[-1]])) if each in numbers]
            inner = next((each for each in read if each not in order and each not in met), None)
            if inner is None:
                order.setdefault(stack.pop())
            else:
                met.add(inner)
                stack.append(inner)
    return list(order)


def _read_with(linted: Linted) -> set[str]:
    """The real paths of the files that a file was linted with."""
    return set(map(os.path.realpath, linted.asked))


def _went_on(before: Linted, mended: Mended | None, then: Linted) -> Linted:
    """What is said of a file that was fixed before, or not, and has been linted once more."""
    if mended is None:
        return then
    more = then.mended
    if more is None:
        return replace(before, mended=replace(mended, then=then))
    return replace(before, mended=Mended(more.text, (*mended.cured, *more.cured), more.then))


def _text(linted: Linted) -> str | None:
    return linted.mended.text if linted.mended is not None else None
