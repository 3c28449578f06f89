"""`warmlint --version`: the version, and the torch that would be asked for its numbers."""

from __future__ import annotations

from warmlint import __version__
from warmlint.discovery.read import shown
from warmlint.torches import Mode, Torch


def show_version(torch_python: str | None) -> int:
    """Print both; the answer is the exit code."""
    print(f"warmlint {__version__}")
    torch = Torch(Mode.AUTO, torch_python)
    found = torch.found
    whose = f" of {shown(torch_python)}" if torch_python else ""
    if found is not None:
        print(f"witness: torch {shown(found.version)}{whose}")
    else:
        print(f"witness: none, {torch.fault or 'torch is not installed beside warmlint'}")
    return 0
