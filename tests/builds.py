"""Builds of warmlint that differ from the one under test: copies with something put in or taken out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import warmlint.rules

import warmlint


class Build:
    """A copy of warmlint in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        package = folder / "warmlint"
        # With what Python has compiled of it, which a copy keeps valid.
        shutil.copytree(Path(warmlint.__path__[0]), package)
        shutil.copytree(Path(warmlint.rules.__path__[0]), package / "rules", dirs_exist_ok=True)

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace what stands once in a file of the package."""
        path = self.folder / "warmlint" / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file} holds {text.count(old)} times: {old}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    @property
    def environment(self) -> dict[str, str]:
        """Where Python finds this copy before any other."""
        return {**os.environ, "PYTHONPATH": str(self.folder)}

    def run(self, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run the command line of this copy."""
        return subprocess.run(
            [sys.executable, "-m", "warmlint", *map(str, arguments)],
            cwd=cwd,
            env=self.environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
