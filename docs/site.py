"""Builds the static site: a page a rule, from its docstring and the curves of its examples, and the guides.

usage: python docs/site.py OUT

OUT is made where it does not exist; files of the same names are written over. Needs `pip install '.[docs]'`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from docs.web.build import build


def main() -> None:
    """Build the site, and say how many pages it has."""
    parser = argparse.ArgumentParser(description="Build the site of warmlint's docs.")
    parser.add_argument("out", metavar="OUT", type=Path, help="the folder to write it to")
    out: Path = parser.parse_args().out
    written = build(out)
    pages = sum(path.suffix == ".html" for path in written)
    print(f"{pages} pages in {out}")


if __name__ == "__main__":
    main()
