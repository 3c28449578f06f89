"""Where warmlint's own processes look for libraries."""

from __future__ import annotations

import os
import site


def importable(folder: str) -> bool:
    """Whether libraries are looked for in `folder`: not in the working folder, for it may be what is linted,
    unless it is where this environment keeps its packages."""
    if not os.path.isabs(folder):
        return False
    return folder != os.getcwd() or folder in (*site.getsitepackages(), site.getusersitepackages())
