"""The rules that settings may name, loaded when somebody names one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class Known(Mapping[str, str]):
    """Every spelling of a rule with its code; the rules are loaded when somebody looks."""

    @property
    def _spellings(self) -> Mapping[str, str]:
        from warmlint.rule import spellings

        return spellings()

    def __getitem__(self, key: str) -> str:
        return self._spellings[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._spellings)

    def __len__(self) -> int:
        return len(self._spellings)
