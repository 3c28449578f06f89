"""Lists, arrays and dicts that a file changes after it has made them: `xs.append(1)`, `table[3] = 0.5`.

What such a name holds is not what it was assigned. Only where it is changed is looked for, not when: a change
anywhere in the file is enough to leave the value open.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Final

import libcst as cst

from warmlint.facts.module import Module, module_of
from warmlint.facts.scopes import Scope, ScopeKind, dotted_name
from warmlint.facts.walk import names_in, walk, walk_scope

CHANGING: Final = frozenset(
    {"append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "fill", "put", "itemset"}
    | {"update", "setdefault", "popitem", "shuffle"}
)
"""The methods that change their object; `shuffle` changes what it is given."""

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_Owner = int | None  # the row of the function or class that a name belongs to; None for the module


class Changes:
    """The changes in one file, by the scope and the name of what is changed, with its key if one is told."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._found: dict[tuple[_Owner, str], set[object]] = {}
        for statement in module.screen.statements:
            for tree in statement.trees:
                self._look(tree)

    def touch(self, name: str, scope: Scope, key: object = None) -> bool:
        """Whether what `name` holds in `scope` is changed; with a key, whether what stands under it is."""
        owner = scope.enclosing(ScopeKind.CLASS) if name.startswith("self.") else scope
        found = self._found.get((self._row(owner), name))
        return found is not None and (key is None or None in found or key in found)

    def _row(self, scope: Scope | None) -> _Owner:
        match scope.node if scope is not None else None:
            case cst.FunctionDef(name=name) | cst.ClassDef(name=name):
                return self._module.span(name).start.row
        return None

    def _look(self, root: ast.AST) -> None:
        stack: list[tuple[ast.AST, tuple[tuple[int, frozenset[str]], ...]]] = [(root, ())]
        while stack:
            tree, around = stack.pop()
            if isinstance(tree, _FUNCTIONS):
                around = (*around, (tree.lineno, frozenset(_own_names(tree))))
            elif isinstance(tree, ast.ClassDef):
                around = (*around, (tree.lineno, frozenset({"self"})))
            for dotted, key in _changed(tree):
                own = "self" if dotted.startswith("self.") else dotted
                owner = next((row for row, names in reversed(around) if own in names), None)
                self._found.setdefault((owner, dotted), set()).add(key)
            stack.extend((child, around) for child in ast.iter_child_nodes(tree))


def _own_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """The names that are a function's own; `self` is its class's."""
    arguments = function.args
    for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if each.arg != "self":
            yield each.arg
    stack: list[ast.AST] = [*function.body]
    elsewhere: set[str] = set()
    stored: list[str] = []
    while stack:
        node = stack.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                stored.append(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                elsewhere.update(names)
        if not isinstance(node, (*_FUNCTIONS, ast.Lambda, ast.ClassDef)):
            stack.extend(ast.iter_child_nodes(node))
    yield from (each for each in stored if each not in elsewhere)


def _changed(tree: ast.AST) -> Iterator[tuple[str, object]]:
    """What one node changes, and the key of it."""
    match tree:
        case ast.Subscript(value=base, slice=key, ctx=ast.Store() | ast.Del()):
            named = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
            while isinstance(base, ast.Subscript):
                key, base = base.slice, base.value
                named = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
            if (dotted := _dotted(base)) is not None:
                yield dotted, named
        case ast.Call(func=ast.Attribute(value=base, attr=name), args=args) if name in CHANGING:
            for each in (base, *args) if name == "shuffle" else (base,):
                if (dotted := _dotted(each)) is not None:
                    yield dotted, None


def _dotted(tree: ast.AST) -> str | None:
    match tree:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute) if (before := _dotted(value)) is not None:
            return f"{before}.{attribute}"
    return None


def changed_names(root: cst.CSTNode) -> list[str]:
    """The names whose objects `root`, or what is nested in it, changes in place."""
    found: dict[str, None] = {}
    for each in walk_scope(root):
        match each:
            case cst.Call(func=cst.Attribute(value=base, attr=cst.Name(value=name)), args=args) if (
                name in CHANGING
            ):
                for one in (base, *(arg.value for arg in args)) if name == "shuffle" else (base,):
                    if (dotted := dotted_name(_base(one))) is not None:
                        found[dotted] = None
            case (
                cst.AssignTarget(target=cst.Subscript() as target)
                | cst.AugAssign(target=cst.Subscript() as target)
            ):
                if (dotted := dotted_name(_base(target))) is not None:
                    found[dotted] = None
            case cst.Del(target=target):
                found.update(dict.fromkeys(names_in(target)))
    return list(found)


def _base(node: cst.CSTNode) -> cst.CSTNode:
    while isinstance(node, cst.Subscript):
        node = node.value
    return node


def rebound_inside(statements: Sequence[cst.CSTNode]) -> frozenset[str]:
    """The names that a body binds where its statements do not show it: by `:=`, and from a function in it."""
    found: set[str] = set()
    for statement in statements:
        for each in walk(statement):
            match each:
                case cst.NamedExpr(target=cst.Name(value=name)):
                    found.add(name)
                case cst.Nonlocal(names=names):
                    found.update(item.name.value for item in names)
    return frozenset(found)


def changes_of(scope: Scope, known: dict[Module, Changes]) -> Changes:
    """The changes in the module of `scope`, looked for once."""
    module = module_of(scope)
    if module not in known:
        known[module] = Changes(module)
    return known[module]
