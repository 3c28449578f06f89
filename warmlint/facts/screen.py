"""The screen: one cheap look with `ast` that decides what libcst gets to see.

It answers whether a schedule is made in a file, where its top-level statements stand and what they
bind, and whether they are safe to parse with libcst, which dies of SIGSEGV on deep nesting. libcst
costs fifteen times `ast`, so only the statements that a schedule reaches are handed on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from warmlint.discovery.syntax import parse
from warmlint.limits import MAX_LITERAL_BITS, MAX_SYNTAX_DEPTH
from warmlint.source import Source

LAMBDA_LR: Final = "torch.optim.lr_scheduler.LambdaLR"
_SCHEDULERS: Final = "torch.optim.lr_scheduler"


@dataclass(frozen=True, slots=True)
class Default:
    """A value that the source gives to a setting: an argparse default or a dataclass field."""

    value: int | float | bool | str | None
    origin: str
    row: int


@dataclass(frozen=True, slots=True)
class Passed:
    """The arguments of one call, as literals; `NOT_LITERAL` for those that are none."""

    positional: tuple[object, ...]
    keywords: dict[str, object]
    complete: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """A top-level statement, or several that share a row: its rows (from 1, inclusive), what it binds,
    whether it is a def or class, and whether a schedule is made in it."""

    first: int
    last: int
    binds: frozenset[str]
    is_definition: bool
    has_site: bool
    trees: tuple[ast.stmt, ...]

    @property
    def parsable(self) -> bool:
        """Whether libcst can be trusted with it."""
        return all(_depth(tree) <= MAX_SYNTAX_DEPTH for tree in self.trees)


@dataclass(frozen=True, slots=True)
class Screen:
    """What the first look found. `imports` maps every imported name to what it stands for, `defaults`
    each setting whose default the file gives, by its own name (`warmup_steps`, not `args.warmup_steps`),
    and `calls` each name that is called to what it is called with."""

    statements: tuple[Statement, ...]
    imports: dict[str, str]
    defaults: dict[str, Default]
    calls: dict[str, list[Passed]]

    @property
    def has_sites(self) -> bool:
        """Whether a schedule is made here at all."""
        return any(statement.has_site for statement in self.statements)


def screen(source: Source) -> Screen:
    """Look at a file. Raises UnreadableError where it is not Python that this Python can read."""
    tree = parse(source.text)
    nodes = [list(_below(each)) for each in tree.body]
    imports = {name: stands_for for each in nodes for name, stands_for in _imports(each)}
    sites = [any(_makes_schedule(node, imports) for node in each) for each in nodes]
    if not any(sites):
        return Screen((), imports, {}, {})
    statements: list[Statement] = []
    for each, has_site in zip(tree.body, sites, strict=True):
        first = min((each.lineno, *(decorator.lineno for decorator in getattr(each, "decorator_list", ()))))
        is_definition = isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        found = Statement(
            first, each.end_lineno or first, frozenset(_binds(each)), is_definition, has_site, (each,)
        )
        if statements and statements[-1].last >= first:  # `a = 1; b = 2`
            found = _joined(statements.pop(), found)
        statements.append(found)
    everything = [node for each in nodes for node in each]
    return Screen(tuple(statements), imports, _defaults(everything), _calls(everything))


def _joined(left: Statement, right: Statement) -> Statement:
    return Statement(
        left.first,
        right.last,
        left.binds | right.binds,
        is_definition=False,
        has_site=left.has_site or right.has_site,
        trees=left.trees + right.trees,
    )


def _below(root: ast.stmt) -> Iterator[ast.AST]:
    """`root` and all below it, in no order that matters."""
    stack: list[ast.AST] = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(ast.iter_child_nodes(node))


def _imports(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    for each in nodes:
        if isinstance(each, ast.Import):
            for alias in each.names:
                root = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (root, root)
        elif isinstance(each, ast.ImportFrom):
            module = "." * each.level + (each.module or "")
            for alias in each.names:
                if alias.name != "*":
                    joined = f"{module}.{alias.name}" if each.module else module + alias.name
                    yield alias.asname or alias.name, joined
                elif module == _SCHEDULERS:
                    yield "LambdaLR", LAMBDA_LR


def _dotted(each: ast.expr) -> str | None:
    parts = []
    while isinstance(each, ast.Attribute):
        parts.append(each.attr)
        each = each.value
    if not isinstance(each, ast.Name):
        return None
    return ".".join((each.id, *reversed(parts)))


def qualify(dotted: str, imports: dict[str, str]) -> str:
    """What a dotted name stands for, its first part followed through the imports."""
    root, dot, rest = dotted.partition(".")
    return imports.get(root, root) + dot + rest


def is_schedule(qualified: str) -> bool:
    """Whether a qualified name is a class whose instances are schedules."""
    return qualified == LAMBDA_LR


def _makes_schedule(node: ast.AST, imports: dict[str, str]) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = _dotted(node.func)
    return name is not None and is_schedule(qualify(name, imports))


def _depth(statement: ast.stmt) -> int:
    """How deep a statement nests in libcst, where `a and b and …` nests though `ast` keeps it flat."""
    deepest = 0
    stack: list[tuple[ast.AST, int]] = [(statement, 1)]
    while stack:
        each, depth = stack.pop()
        deepest = max(deepest, depth)
        below = depth + (len(each.values) if isinstance(each, ast.BoolOp) else 1)
        stack.extend((child, below) for child in ast.iter_child_nodes(each))
    return deepest


def _binds(statement: ast.stmt) -> Iterator[str]:
    """The names that a top-level statement binds at module level."""
    stack: list[ast.AST] = [statement]
    while stack:
        each = stack.pop()
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield each.name
            continue
        if isinstance(each, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id
        stack.extend(ast.iter_child_nodes(each))


def _defaults(nodes: Iterable[ast.AST]) -> dict[str, Default]:
    """Defaults of settings by name: `add_argument("--x", default=…)` and annotated class fields.

    A name with two different defaults has none: which of them holds is not for us to guess.
    """
    found: dict[str, Default | None] = {}

    def add(name: str, value: ast.expr | None, origin: str, row: int) -> None:
        literal = _literal(value)
        if literal is NOT_LITERAL:
            return
        default = Default(literal, origin, row)  # type: ignore[arg-type]  # the sentinel is excluded above
        known = found.get(name, default)
        found[name] = default if known is not None and known.value == default.value else None

    for each in nodes:
        if (
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Attribute)
            and each.func.attr == "add_argument"
        ):
            keywords = {keyword.arg: keyword.value for keyword in each.keywords}
            name = _argument_name(each, keywords.get("dest"))
            if name and "default" in keywords:
                add(name, keywords["default"], "its argparse default", each.lineno)
        elif isinstance(each, ast.ClassDef):
            for item in each.body:
                if (
                    isinstance(item, ast.AnnAssign)
                    and isinstance(item.target, ast.Name)
                    and item.value is not None
                ):
                    add(item.target.id, item.value, f"its default in `{each.name}`", item.lineno)
    return {name: default for name, default in found.items() if default is not None}


def _calls(nodes: Iterable[ast.AST]) -> dict[str, list[Passed]]:
    found: dict[str, list[Passed]] = {}
    for each in nodes:
        if isinstance(each, ast.Call):
            name = _dotted(each.func)
            if name is not None:
                starred = any(isinstance(arg, ast.Starred) for arg in each.args)
                passed = Passed(
                    tuple(_literal(arg) for arg in each.args),
                    {keyword.arg: _literal(keyword.value) for keyword in each.keywords if keyword.arg},
                    not starred and all(keyword.arg for keyword in each.keywords),
                )
                found.setdefault(name.rpartition(".")[2], []).append(passed)
    return found


def _argument_name(call: ast.Call, dest: ast.expr | None) -> str | None:
    if isinstance(dest, ast.Constant) and isinstance(dest.value, str):
        return dest.value
    flags = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    long = [flag for flag in flags if flag.startswith("--")] or flags
    return long[0].lstrip("-").replace("-", "_") if long else None


NOT_LITERAL: Final = object()
"""Stands for an argument whose value the source does not spell out."""


def _literal(value: ast.expr | None) -> object:
    negative = isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub)
    inner = value.operand if negative and isinstance(value, ast.UnaryOp) else value
    if not isinstance(inner, ast.Constant) or not isinstance(inner.value, (int, float, str, type(None))):
        return NOT_LITERAL
    if isinstance(inner.value, int) and inner.value.bit_length() > MAX_LITERAL_BITS:
        return NOT_LITERAL
    if negative:
        return -inner.value if isinstance(inner.value, (int, float)) else NOT_LITERAL
    return inner.value
