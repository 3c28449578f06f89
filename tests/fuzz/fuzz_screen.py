"""Fuzzes what every file meets first: decoding, parsing and the screen."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import atheris

with atheris.instrument_imports(include=["warmlint"]):
    from tests.fuzz.targets import on_screen

from tests.fuzz.run import fixtures, fuzz
from tests.fuzz.splice import Splicer

COOKIES = (
    *("utf-8", "latin-1", "cp1252", "utf-8-sig", "utf-7", "utf-16", "shift_jis", "gbk", "iso-8859-15-unix"),
    *("punycode", "idna", "rot13", "raw_unicode_escape", "hz", "cp037", "mbcs", "undefined", "big5hkscs"),
)


def main() -> None:
    texts = fixtures()
    some = texts[0]
    seeds = [each.encode() for each in texts]
    seeds += [f"# -*- coding: {each} -*-\n{some}".encode() for each in COOKIES]
    seeds += [b"\xef\xbb\xbf" + some.encode(), some.replace("\n", "\r").encode(), some.encode("utf-16")]
    fuzz(on_screen, seeds, Splicer(texts), bytewise=True)


if __name__ == "__main__":
    main()
