"""The word that was meant: a hint for messages about words that nobody knows.

Which words are known, and what is said around the hint, is up to the rooms that ask.
"""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence that names the known word nearest to `word`, or an empty string."""
    # Imported for the message alone: a run without mistakes does not pay for it.
    from difflib import get_close_matches

    # "lr001" and "Extend_Select" differ from what was meant by case alone, which difflib counts as distance.
    by_case = {spelling.lower(): spelling for spelling in known}
    nearest = get_close_matches(word.lower(), by_case, n=1)
    return f"; did you mean `{by_case[nearest[0]]}`?" if nearest else ""
