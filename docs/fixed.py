"""Writes the fixed forms of fixtures: each `bad_*.py` with all its proven fixes made, what is left marked.

usage: python docs/fixed.py FOLDER…
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.fixture_support import Fixture, fixed, marked


def main() -> None:
    """Write them; a fixture that nothing fixes has none."""
    for folder in sys.argv[1:]:
        for path in sorted(Path(folder).glob("bad_*.py")):
            fixture = Fixture(path.resolve())
            after = fixed(fixture.bare)
            if after.text != fixture.bare.text:
                fixture.fixed.path.write_text(marked(after), encoding="utf-8", newline="")
                print(fixture.fixed.path.name)


if __name__ == "__main__":
    main()
