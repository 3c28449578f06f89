"""What tells a finding from all others, and stays when lines move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256


def fingerprints(keys: Iterable[tuple[str, ...]]) -> list[str]:
    """64 hexadecimal digits for each key: of its words, and of how many like it came before."""
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for key in keys:
        told = "\0".join((*key, str(seen[key])))
        seen[key] += 1
        found.append(sha256(told.encode("utf-8", "surrogatepass")).hexdigest())
    return found
