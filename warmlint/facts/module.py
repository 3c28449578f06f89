"""One file under analysis: its top-level statements, parsed by libcst one by one and only on demand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from warmlint.facts.scopes import (
    Binding,
    BindingKind,
    Blocks,
    Index,
    PlacedCall,
    Scope,
    ScopeKind,
    dotted_name,
    reaching,
)
from warmlint.facts.screen import Screen, qualify
from warmlint.facts.walk import walk
from warmlint.source import Position, Source, Span

if TYPE_CHECKING:
    from warmlint.facts.project import Project


class Module:
    """The parsed parts of one file.

    A top-level statement is parsed when a site stands in it or a name that it binds is looked up; the
    tree that libcst builds of a whole file costs more than all else that warmlint does with it.
    """

    def __init__(self, source: Source, screen: Screen, project: Project) -> None:
        self.source = source
        self.screen = screen
        self.project = project
        self.index = Index(source)
        self.index.scope.module = self
        self.unparsable: list[int] = []
        self._parsed: dict[int, cst.Module | None] = {}
        self._binding: dict[str, list[int]] = {}
        for number, statement in enumerate(screen.statements):
            for name in statement.binds:
                self._binding.setdefault(name, []).append(number)
        at_module_level = any(each.has_site and not each.is_definition for each in screen.statements)
        for number, statement in enumerate(screen.statements):
            # A schedule that is made at module level is ticked there: then all that runs there is parsed.
            if statement.has_site or (at_module_level and not statement.is_definition):
                self._parse(number)

    def _parse(self, number: int) -> None:
        if number in self._parsed:
            return
        self._parsed[number] = None
        statement = self.screen.statements[number]
        if not statement.parsable:
            self.unparsable.append(statement.first)
            return
        start, end = (self.source.offset(Position(row, 1)) for row in (statement.first, statement.last + 1))
        text = self.source.text[start:end]
        try:
            parsed = cst.parse_module(text)
        except (cst.ParserSyntaxError, RecursionError):
            self.unparsable.append(statement.first)
            return
        self._parsed[number] = parsed
        self.index.add(parsed, start)

    @property
    def script(self) -> list[cst.BaseStatement]:
        """The parsed statements that run at module level, in order."""
        return [
            statement
            for number, parsed in sorted(self._parsed.items())
            if parsed is not None and not self.screen.statements[number].is_definition
            for statement in parsed.body
        ]

    def span(self, node: cst.CSTNode) -> Span:
        """Where a parsed node stands in the file."""
        return self.index.span(node)

    def text(self, node: cst.CSTNode) -> str:
        """The source of a parsed node."""
        return self.source.slice(self.span(node))

    def qualified(self, node: cst.CSTNode, scope: Scope) -> str | None:
        """What a dotted name stands for, through imports; None where a local name is in the way."""
        dotted = dotted_name(node)
        if dotted is None:
            return None
        root = dotted.partition(".")[0]
        defining = scope.defining(root)
        if defining is not None and defining.kind is not ScopeKind.MODULE:
            imported = [each.qualified for each in defining.bindings[root] if each.kind is BindingKind.IMPORT]
            if len(imported) != len(defining.bindings[root]):
                return None
            return qualify(dotted, {root: imported[-1] or root})
        if root not in self.screen.imports and any(root in each.binds for each in self.screen.statements):
            return None
        return qualify(dotted, self.screen.imports)

    def look_up(
        self, name: str, scope: Scope, position: Position | None, blocks: Blocks
    ) -> tuple[Binding, ...]:
        """The bindings that `name` may have where it is used; empty for a builtin or an import.

        `position` and `blocks` place the use in its own scope; a name of an enclosing scope is looked up
        at that scope's end, for a closure sees what is bound last.
        """
        self._need(name)
        defining = scope.defining(name)
        if defining is None:
            return ()
        if defining is not scope:
            while scope.parent is not None and scope.parent is not defining:
                scope = scope.parent
            position, blocks = None, scope.blocks
        if defining.name == "<comprehension>":
            position = None  # its element stands before the variable that it is made of
        return tuple(reaching(defining.bindings[name], position, blocks))

    def _need(self, name: str) -> None:
        for number in self._binding.get(name, ()):
            self._parse(number)

    def calls_of(self, name: str) -> list[PlacedCall]:
        """The calls in this file of what is called `name`, wherever they stand."""
        for number, statement in enumerate(self.screen.statements):
            if name in statement.calls:
                self._parse(number)
        return [
            each
            for each in self.index.calls
            if (dotted_name(each.node.func) or "").rpartition(".")[2] == name
        ]

    def parse_all(self) -> None:
        """Parse what is left of the file: what is to be seen nowhere must be looked for everywhere."""
        for number in range(len(self.screen.statements)):
            self._parse(number)

    def spoken(self) -> Iterator[str]:
        """Every name and every string of the file."""
        self.parse_all()
        for parsed in self._parsed.values():
            for each in walk(parsed) if parsed is not None else ():
                match each:
                    case cst.Name(value=name):
                        yield name
                    case cst.SimpleString(evaluated_value=str(text)):
                        yield text

    def exported(self, name: str) -> tuple[Binding, ...]:
        """What `name` is bound to when the module has run."""
        self._need(name)
        return tuple(reaching(self.index.scope.bindings.get(name, ()), None, ()))

    def attribute_bindings(self, dotted: str, scope: Scope) -> tuple[Binding, ...]:
        """What an attribute such as `self.x` is assigned: anywhere in the class, or in the scope itself."""
        owner = scope.enclosing(ScopeKind.CLASS) if dotted.startswith("self.") else scope.defining(dotted)
        return tuple(owner.bindings.get(dotted, ())) if owner is not None else ()


def module_of(scope: Scope) -> Module:
    """The module that a scope stands in."""
    assert scope.module is not None
    return scope.module
