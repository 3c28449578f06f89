"""Where libcst nodes stand in the text they were parsed from.

What libcst's own `PositionProvider` tells (a test holds the two together), at a sixth of its cost: it
splits every token in search of newlines, while here tokens are only counted.
"""

from __future__ import annotations

from types import TracebackType

import libcst as cst

Range = tuple[int, int]
"""The offsets of a node's first character and of the one after its last."""


def ranges(module: cst.Module, start: int = 0) -> dict[cst.CSTNode, Range]:
    """The range of every node, white space around it left out, in a text in which the module begins at
    `start`."""
    state = _Counter(module.default_indent, module.default_newline, start)
    module._codegen(state)  # type: ignore[arg-type]  # it is asked for nothing but what stands below
    return state.found


class _Counter:
    """Stands in for the state with which libcst writes a tree out, and writes nothing."""

    def __init__(self, indent: str, newline: str, start: int) -> None:
        self.default_indent = indent
        self.default_newline = newline
        self.provider = None
        self.tokens = ("",)  # libcst looks whether anything was written
        self.found: dict[cst.CSTNode, Range] = {}
        self.at = start
        self._indents: list[str] = []
        self._starts: list[int] = []

    def increase_indent(self, value: str) -> None:
        self._indents.append(value)

    def decrease_indent(self) -> None:
        self._indents.pop()

    def add_indent_tokens(self) -> None:
        for indent in self._indents:
            self.at += len(indent)

    def add_token(self, value: str) -> None:
        self.at += len(value)

    def pop_trailing_newline(self) -> None:
        """Where the text has no newline at its end, the last one counts for nothing."""

    def before_codegen(self, node: cst.CSTNode) -> None:
        self._starts.append(self.at)

    def after_codegen(self, node: cst.CSTNode) -> None:
        self.found.setdefault(node, (self._starts.pop(), self.at))

    def record_syntactic_position(
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> _Recorder:
        return _Recorder(self, node, start_node, end_node)


class _Recorder:
    """Records a node without the white space that it owns."""

    def __init__(
        self, counter: _Counter, node: cst.CSTNode, start: cst.CSTNode | None, end: cst.CSTNode | None
    ) -> None:
        self._counter = counter
        self._node = node
        self._start_node = start
        self._end_node = end
        self._start = 0

    def __enter__(self) -> None:
        self._start = self._counter.at

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        found = self._counter.found
        start = self._start if self._start_node is None else found[self._start_node][0]
        end = self._counter.at if self._end_node is None else found[self._end_node][1]
        found[self._node] = (start, end)
