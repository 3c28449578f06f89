"""Where torch is installed, without importing it: its `lr_scheduler.py`, and the release that it is of.

Looked for in the folders of packages of an environment alone: warmlint's own, or that of an interpreter
which the user names. What a linted tree can set decides nothing here: neither its folder, nor `PYTHONPATH`,
nor a `.pth` file that leads back into it.
"""

from __future__ import annotations

import json
import os
import re
import site
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

_SCHEDULERS: Final = Path("torch", "optim", "lr_scheduler.py")
_VERSION: Final = re.compile(r"""^__version__ = ['"]([^'"+]+)""", re.MULTILINE)
_ASK: Final = "import json, site; print(json.dumps(site.getsitepackages()))"
_TIMEOUT: Final = 20.0
_MAX_BYTES: Final = 100_000
_KEPT: Final = ("LD_LIBRARY_PATH", "SYSTEMROOT")


class NoInterpreter(Exception):
    """The interpreter that was named cannot be asked; the text is a sentence that says why."""


class Found(NamedTuple):
    """An installed torch: the file of its schedulers, and its version without what it was built for."""

    file: Path
    version: str


def installed() -> Found | None:
    """The torch of warmlint's own environment."""
    return _in(site.getsitepackages())


def installed_for(python: str) -> Found | None:
    """The torch of the environment of the interpreter `python`, a path. Raises `NoInterpreter`."""
    path = os.path.abspath(python)  # no search along PATH
    try:
        ran = subprocess.run(
            [path, "-I", "-c", _ASK],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=Path(path).anchor,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            timeout=_TIMEOUT,
            check=True,
        )
        folders = json.loads(ran.stdout[-_MAX_BYTES:])
    except OSError as error:
        raise NoInterpreter(f"`{python}` cannot be run: {error.strerror}") from None
    except (subprocess.SubprocessError, ValueError):
        raise NoInterpreter(f"`{python}` is no Python that can tell where its packages are") from None
    if not isinstance(folders, list) or not all(isinstance(each, str) for each in folders):
        raise NoInterpreter(f"`{python}` is no Python that can tell where its packages are")
    return _in(folders)


def version_beside(file: Path) -> str | None:
    """The version of the torch that a `lr_scheduler.py` belongs to; None where it does not say."""
    try:
        with (file.parent.parent / "version.py").open("rb") as version:
            text = version.read(_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return None
    told = _VERSION.search(text)
    return None if told is None else told[1]


def _in(folders: Iterable[str]) -> Found | None:
    for folder in folders:
        file = Path(folder) / _SCHEDULERS
        version = version_beside(file)
        if version is not None and file.is_file():
            return Found(file, version)
    return None
