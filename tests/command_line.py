"""The command line for tests: in this process, where it starts quickly, or as a shell starts it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from warmlint.cli.main import run as run_command_line


@dataclass(frozen=True)
class Ran:
    """What a run wrote, and what it ended with."""

    returncode: int
    stdout: bytes
    stderr: bytes

    @property
    def out(self) -> str:
        """What it wrote to stdout, as text."""
        return self.stdout.decode()

    @property
    def errors(self) -> str:
        """What it wrote to stderr, as text."""
        return self.stderr.decode()


def warmlint(*arguments: str, cwd: Path, given: bytes = b"") -> Ran:
    """The command line in this process, where it starts quickly."""
    out, errors = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    before, stdin = os.getcwd(), sys.stdin
    os.chdir(cwd)
    sys.stdin = io.TextIOWrapper(io.BytesIO(given))
    try:
        with redirect_stdout(out), redirect_stderr(errors):
            try:
                code = run_command_line(arguments)
            except SystemExit as end:
                code = int(end.code or 0)
            out.flush()
            errors.flush()
    finally:
        os.chdir(before)
        sys.stdin = stdin
    return Ran(code, out.buffer.getvalue(), errors.buffer.getvalue())  # type: ignore[attr-defined]


def warmlint_process(*arguments: str, cwd: Path, given: bytes = b"") -> Ran:
    """The command line as a shell starts it."""
    done = subprocess.run(
        [sys.executable, "-m", "warmlint", *arguments],
        cwd=cwd,
        input=given,
        capture_output=True,
        check=False,
        timeout=120,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
