"""What users read: findings as a page for people, or as lines and JSON for programs.

A format is one module here with a `render` of its own, imported when it is asked for. Nothing in this
room judges, and all it knows of warmlint are the types of findings. A closed pipe is not caught here:
`BrokenPipeError` reaches the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, TextIO, cast

from warmlint.outcome import RunReport

if TYPE_CHECKING:
    from warmlint.report.rules import RulePage

FORMATS: Final = {
    "full": "full",
    "concise": "concise",
    "json": "json",
    "json-lines": "json_lines",
    "sarif": "sarif",
    "github": "github",
    "gitlab": "gitlab",
    "junit": "junit",
    "rdjson": "rdjson",
    "azure": "azure",
    "markdown": "summary",
}
"""The module of each format."""

_IN_FILES: Final = frozenset({"sarif", "github", "gitlab", "junit", "rdjson", "azure"})
"""Those whose readers know rows of files, and not cells of notebooks."""


def _no_url(code: str, name: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What the user asked of the report.

    `width` and `colour` are those of the stream unless given; `url_for` tells where a rule's page
    stands, from its code and name, and `rules` gives the pages themselves, in the order of their codes.
    `unsafe_fixes` says whether they are made, None that nothing was said.
    """

    show_unknown: bool = False
    unsafe_fixes: bool | None = None
    width: int | None = None
    colour: bool | None = None
    url_for: Callable[[str, str], str | None] = _no_url
    rules: Callable[[], Sequence[RulePage]] = tuple


class _Format(Protocol):
    def render(self, report: RunReport, stream: TextIO, options: RenderOptions) -> None: ...


def render(name: str, report: RunReport, stream: TextIO, options: RenderOptions | None = None) -> None:
    """Write `report` to `stream` in the format called `name`, one of `FORMATS`."""
    if name not in FORMATS:
        raise ValueError(f"no report format is called {name!r}; there are {', '.join(FORMATS)}")
    module = cast(_Format, import_module(f"warmlint.report.{FORMATS[name]}"))
    if report.cells and name != "full":  # which quotes lines, and so tells cells by itself
        from warmlint.report.places import in_cells, in_files

        report = in_files(report) if name in _IN_FILES else in_cells(report)
    module.render(report, stream, options or RenderOptions())
