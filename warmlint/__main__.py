"""`warmlint`, and `python -m warmlint`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and leave with its exit code; a reader who goes away is no error."""
    try:
        from warmlint.imports import importable

        # `python -m` puts the working folder first, where a linted tree could stand in for any library.
        sys.path[:] = filter(importable, sys.path)
        from warmlint.cli.main import run

        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes stdout once more on its way out, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
