"""The scheduler files of older torch releases, as their wheels ship them.

A wheel of torch has hundreds of megabytes, and two of its files are wanted: pip says where the wheel is, and
the two are read out of it by range. They are kept in a cache folder of the user's, never in the project.

    python -m tests.torch_releases     fetches all of them, and says where each one is
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Final

RELEASES: Final = ("1.13.1", "2.2.2", "2.4.1", "2.9.1", "2.12.1")
"""Each is the last before a change of what torch computes, or the first after it."""

_FILES: Final = ("torch/optim/lr_scheduler.py", "torch/version.py")
_TIMEOUT: Final = 60


class Unreachable(Exception):
    """The registry, or the wheel, cannot be had; the text says why."""


def cache_folder() -> Path:
    """Where the files are kept: `WARMLINT_TORCH_RELEASES`, or a folder of the user's cache."""
    named = os.environ.get("WARMLINT_TORCH_RELEASES")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(named) if named else Path(base) / "warmlint-tests" / "torch-releases"


def scheduler_file(release: str) -> Path:
    """The `lr_scheduler.py` of one release, in a folder laid out as torch is. Raises `Unreachable`."""
    home = cache_folder() / release
    wanted = home / _FILES[0]
    if not wanted.is_file():
        try:
            _fetch(release, home)
        except (OSError, KeyError, ValueError, subprocess.SubprocessError, zipfile.BadZipFile) as error:
            raise Unreachable(f"torch {release} cannot be read from the registry: {error}") from error
    return wanted


def _fetch(release: str, home: Path) -> None:
    with zipfile.ZipFile(io.BufferedReader(_Remote(_wheel(release)), 256 * 1024)) as wheel:
        texts = {name: wheel.read(name) for name in _FILES}
    for name, text in reversed(texts.items()):  # the one that is looked for comes last
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
            part.write(text)
        os.replace(part.name, path)


def _wheel(release: str) -> str:
    """Where pip would download the wheel from; the platform is one that every release has a wheel for."""
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run"),
        *("--ignore-installed", "--no-deps", "--only-binary=:all:", "--python-version=3.10"),
        *("--platform=manylinux1_x86_64", "--platform=manylinux2014_x86_64"),
        *("--platform=manylinux_2_28_x86_64", "--target=unused", "--report=-", f"torch=={release}"),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=5 * _TIMEOUT, check=False)
    if ran.returncode != 0:
        raise OSError((ran.stderr.strip().splitlines() or ["pip failed"])[-1])
    (install,) = json.loads(ran.stdout)["install"]
    return str(install["download_info"]["url"])


class _Remote(io.RawIOBase):
    """A file on a server that is read by range, for `zipfile` to seek in."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._place = 0
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=_TIMEOUT) as answer:
            self._size = int(answer.headers["Content-Length"])

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = start + offset
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        last = min(self._place + len(buffer), self._size) - 1
        if last < self._place:
            return 0
        asked = urllib.request.Request(self._url, headers={"Range": f"bytes={self._place}-{last}"})
        with urllib.request.urlopen(asked, timeout=_TIMEOUT) as answer:
            if answer.status != 206:
                raise OSError("the server sends whole files only")
            data = answer.read()
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)


if __name__ == "__main__":
    for each in RELEASES:
        print(scheduler_file(each))
