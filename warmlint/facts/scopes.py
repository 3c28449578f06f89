"""Scopes and what names are bound to in them, as libcst nodes with their places.

Python's own rules decide where a name is looked up; which of several bindings holds at a place is
decided by position and by the blocks around it. What a binding's value *means* is for
`warmlint.facts.lowering`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

import libcst as cst

from warmlint.facts.positions import Range, ranges
from warmlint.facts.walk import drive, leaves_function
from warmlint.source import Position, Source, Span

if TYPE_CHECKING:
    from warmlint.facts.module import Module


class BindingKind(Enum):
    """How a name comes to have a value."""

    ASSIGN = "assign"
    PARAMETER = "parameter"
    FUNCTION = "function"
    CLASS = "class"
    IMPORT = "import"
    LOOP = "loop"
    OTHER = "other"  # unpacking, `with`, `except`, `del`, augmented assignment: a value, not known which


Tests = tuple[tuple[cst.BaseExpression, bool], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One suite of a compound statement. The suites of one `if` chain share `chain`: one of them runs.
    `loop` tells the body of a loop: what stands late in it may have run before what stands early. `tests` are
    the conditions that hold in a suite of an `if`, each with what it comes to there."""

    chain: int
    number: int
    loop: bool = False
    tests: Tests = field(default=(), compare=False)


Blocks = tuple[Block, ...]
"""The suites around a place inside its scope, outermost first."""


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """One place that gives a name a value; `value` is the right-hand side, default or definition."""

    name: str
    kind: BindingKind
    scope: Scope
    position: Position
    blocks: Blocks
    value: cst.CSTNode | None = field(default=None, repr=False)
    qualified: str | None = None


class ScopeKind(Enum):
    """What opens a scope."""

    MODULE = "module"
    FUNCTION = "function"
    CLASS = "class"


@dataclass(eq=False)
class Scope:
    """A module, class, function or lambda, with its bindings in the order of the source."""

    kind: ScopeKind
    name: str
    parent: Scope | None
    node: cst.CSTNode | None = field(default=None, repr=False)
    blocks: Blocks = ()  # around it, in its parent
    module: Module | None = field(default=None, repr=False)
    bindings: dict[str, list[Binding]] = field(default_factory=dict, repr=False)
    elsewhere: set[str] = field(default_factory=set)  # names declared `global` or `nonlocal` here

    def defining(self, name: str) -> Scope | None:
        """The scope in which `name`, used in this one, is looked up; None for a builtin."""
        scope: Scope | None = self
        first = True
        while scope is not None:
            if (
                (first or scope.kind is not ScopeKind.CLASS)
                and name in scope.bindings
                and name not in scope.elsewhere
            ):
                return scope
            first = False
            scope = scope.parent
        return None

    def enclosing(self, kind: ScopeKind) -> Scope | None:
        """This scope or the nearest one around it of `kind`."""
        scope: Scope | None = self
        while scope is not None and scope.kind is not kind:
            scope = scope.parent
        return scope

    @property
    def path(self) -> str:
        """The dotted name of the scope inside its module."""
        names = []
        scope: Scope | None = self
        while scope is not None and scope.kind is not ScopeKind.MODULE:
            names.append(scope.name)
            scope = scope.parent
        return ".".join(reversed(names))


def reaching(bindings: Iterable[Binding], position: Position | None, blocks: Blocks) -> list[Binding]:
    """The bindings that may hold at a place of the same scope: the last one that surely ran, those after
    it that may have, and those further down in a loop around the place, from the pass before. `position`
    None stands for the end of the scope, where closures look."""
    possible = [each for each in bindings if not _exclusive(each.blocks, blocks)]
    before = [each for each in possible if position is None or each.position < position]
    last_sure = 0
    for index, each in enumerate(before):
        if blocks[: len(each.blocks)] == each.blocks:
            last_sure = index
    held = before[last_sure:]
    if position is None:
        return held
    sure = held[0].blocks if held and blocks[: len(held[0].blocks)] == held[0].blocks else ()
    return held + [
        each for each in possible if each.position >= position and carried(each, blocks) not in {None, *sure}
    ]


def carried(binding: Binding, blocks: Blocks) -> Block | None:
    """The innermost loop that a binding and a place stand in together: its next pass sees the binding."""
    common = [left for left, right in zip(binding.blocks, blocks, strict=False) if left == right]
    return next((each for each in reversed(common) if each.loop), None)


def _counts(source: cst.CSTNode | None) -> bool:
    """Whether a loop over `source` counts its passes."""
    return isinstance(source, cst.Call) and (
        dotted_name(source.func) == "enumerate"
        or any(isinstance(arg.value, cst.Call) and _counts(arg.value) for arg in source.args[:1])
    )


def _exclusive(some: Blocks, other: Blocks) -> bool:
    """Whether two places stand in different branches of one `if`."""
    for left, right in zip(some, other, strict=False):
        if left != right:
            return left.chain == right.chain
    return False


def is_lr(target: cst.CSTNode) -> bool:
    """Whether a target is `group["lr"]`."""
    match target:
        case cst.Subscript(
            slice=[cst.SubscriptElement(slice=cst.Index(value=cst.SimpleString(evaluated_value="lr")))]
        ):
            return True
    return False


def dotted_name(node: cst.CSTNode) -> str | None:
    """`a.b.c` of a name or a chain of attributes, else None."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return None
    return ".".join((node.value, *reversed(parts)))


@dataclass(frozen=True, slots=True, eq=False)
class PlacedCall:
    """A call, the scope it stands in, and the blocks around it there."""

    node: cst.Call
    scope: Scope
    blocks: Blocks


@dataclass(frozen=True, slots=True, eq=False)
class PlacedWrite:
    """An assignment to `group["lr"]`, the scope that it stands in, and the blocks around it there."""

    node: cst.Assign | cst.AugAssign
    scope: Scope
    blocks: Blocks


@dataclass(frozen=True, slots=True, eq=False)
class Escape:
    """An `if` that leaves the function: past it, its test does not hold."""

    test: cst.BaseExpression
    scope: Scope
    blocks: Blocks
    position: Position


class Index:
    """Where the parsed nodes of one file stand, and in which scopes: what the builders fill together."""

    def __init__(self, source: Source) -> None:
        self.scope = Scope(ScopeKind.MODULE, "<module>", None)
        self.calls: list[PlacedCall] = []
        self.writes: list[PlacedWrite] = []
        self.escapes: list[Escape] = []
        self.opened: dict[cst.CSTNode, Scope] = {}
        self.places: dict[cst.CSTNode, tuple[Scope, Blocks]] = {}
        self.inside: dict[cst.CSTNode, Blocks] = {}  # of each suite of a loop
        self._source = source
        self._ranges: dict[cst.CSTNode, Range] = {}
        self._numbers = 0

    def add(self, module: cst.Module, offset: int) -> None:
        """Take in a parsed part of the file that starts `offset` characters into it."""
        self._ranges.update(ranges(module, offset))
        drive(ScopeBuilder(self), module)

    def span(self, node: cst.CSTNode) -> Span:
        """Where `node` stands in the file. Raises KeyError for a node of another one."""
        start, end = self._ranges[node]
        return Span(self._source.position(start), self._source.position(end))

    def number(self) -> int:
        """A number that no block or chain has yet."""
        self._numbers += 1
        return self._numbers


class ScopeBuilder(cst.CSTVisitor):
    """The visitor that fills scopes and remembers every call and lambda with its place."""

    def __init__(self, index: Index) -> None:
        super().__init__()
        self._index = index
        self._scope = index.scope
        self._blocks: list[Block] = []
        self._outer_blocks: list[list[Block]] = []
        self._chains: dict[cst.CSTNode, int] = {}
        self._tests: dict[cst.CSTNode, Tests] = {}
        self._loops: set[cst.CSTNode] = set()

    # --- places -------------------------------------------------------------------------------
    def _bind(
        self,
        name: str,
        kind: BindingKind,
        at: cst.CSTNode,
        value: cst.CSTNode | None = None,
        qualified: str | None = None,
    ) -> None:
        scope = self._scope
        binding = Binding(name, kind, scope, self._index.span(at).end, tuple(self._blocks), value, qualified)
        scope.bindings.setdefault(name, []).append(binding)

    def _bind_targets(
        self, target: cst.CSTNode, kind: BindingKind, at: cst.CSTNode, value: cst.CSTNode | None
    ) -> None:
        if isinstance(target, cst.Name):
            self._bind(target.value, kind, at, value)
        elif isinstance(target, (cst.Tuple, cst.List)):
            values: list[cst.CSTNode | None] = [None] * len(target.elements)
            if isinstance(value, (cst.Tuple, cst.List)) and len(value.elements) == len(target.elements):
                values = [element.value for element in value.elements]
            if kind is BindingKind.LOOP and _counts(value) and values:
                values[0] = value  # `for i, x in enumerate(…)`: the first of them counts
            for element, part in zip(target.elements, values, strict=True):
                known = part is not None or kind is BindingKind.LOOP
                self._bind_targets(element.value, kind if known else BindingKind.OTHER, at, part)
        elif isinstance(target, cst.Attribute):
            name = dotted_name(target)
            if name is not None:
                owner = self._scope.enclosing(ScopeKind.CLASS) if name.startswith("self.") else self._scope
                if owner is not None:
                    binding = Binding(
                        name, kind, self._scope, self._index.span(at).end, tuple(self._blocks), value
                    )
                    owner.bindings.setdefault(name, []).append(binding)

    # --- blocks: what stands in a suite of a compound statement may not happen ----------------------
    def visit_If(self, node: cst.If) -> None:
        """The suites of an `if`, its `elif`s and its `else` exclude each other."""
        chain = self._chains.setdefault(node, self._index.number())
        before = self._tests.get(node, ())
        self._chains[node.body] = chain
        self._tests[node.body] = (*before, (node.test, True))
        if node.orelse is not None:
            other = node.orelse if isinstance(node.orelse, cst.If) else node.orelse.body
            self._chains[other] = chain
            self._tests[other] = (*before, (node.test, False))
        elif leaves_function(node.body):
            position = self._index.span(node).end
            self._index.escapes.append(Escape(node.test, self._scope, tuple(self._blocks), position))

    def _enter_suite(self, node: cst.BaseSuite) -> None:
        number = self._index.number()
        tests = self._tests.get(node, ())
        self._blocks.append(Block(self._chains.get(node, number), number, node in self._loops, tests))
        if node in self._loops:
            self._index.inside[node] = tuple(self._blocks)

    def _leave_suite(self, original_node: cst.BaseSuite) -> None:
        self._blocks.pop()

    visit_IndentedBlock = visit_SimpleStatementSuite = _enter_suite
    leave_IndentedBlock = leave_SimpleStatementSuite = _leave_suite

    # --- scopes -------------------------------------------------------------------------------
    def _open(self, kind: ScopeKind, name: str, node: cst.CSTNode) -> None:
        opened = Scope(kind, name, self._scope, node, tuple(self._blocks), self._scope.module)
        self._scope = self._index.opened[node] = opened
        self._outer_blocks.append(self._blocks)
        self._blocks = []

    def _close(self) -> None:
        assert self._scope.parent is not None
        self._scope = self._scope.parent
        self._blocks = self._outer_blocks.pop()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        """A def binds its name here and opens a scope."""
        self._bind(node.name.value, BindingKind.FUNCTION, node.name, node)
        for decorator in node.decorators:
            drive(self, decorator)
        self._defaults(node.params)
        self._open(ScopeKind.FUNCTION, node.name.value, node)
        self._bind_parameters(node.params)
        # Statement by statement: entering the suite would open a block, and a body is no branch.
        for statement in node.body.body:
            drive(self, statement)
        self._close()
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        """A lambda opens a scope."""
        self._defaults(node.params)
        self._index.places[node] = (self._scope, tuple(self._blocks))
        self._open(ScopeKind.FUNCTION, "<lambda>", node)
        self._bind_parameters(node.params)
        drive(self, node.body)
        self._close()
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        """A class binds its name here and opens a scope."""
        self._bind(node.name.value, BindingKind.CLASS, node.name, node)
        for base in (*node.bases, *node.keywords):
            drive(self, base)
        self._open(ScopeKind.CLASS, node.name.value, node)
        for statement in node.body.body:
            drive(self, statement)
        self._close()
        return False

    def _visit_comprehension(self, node: cst.BaseComp) -> None:
        self._open(ScopeKind.FUNCTION, "<comprehension>", node)

    def _leave_comprehension(self, original_node: cst.BaseComp) -> None:
        self._close()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension
    leave_ListComp = leave_SetComp = leave_DictComp = leave_GeneratorExp = _leave_comprehension

    def _defaults(self, parameters: cst.Parameters) -> None:
        for each in (*parameters.params, *parameters.kwonly_params, *parameters.posonly_params):
            if each.default is not None:
                drive(self, each.default)

    def _bind_parameters(self, parameters: cst.Parameters) -> None:
        for each in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params):
            self._bind(each.name.value, BindingKind.PARAMETER, each.name, each.default)
        for star in (parameters.star_arg, parameters.star_kwarg):
            if isinstance(star, cst.Param):
                self._bind(star.name.value, BindingKind.OTHER, star.name)

    # --- bindings -----------------------------------------------------------------------------
    def leave_Assign(self, original_node: cst.Assign) -> None:
        """`a = b = value`."""
        if any(is_lr(target.target) for target in original_node.targets):
            self._index.writes.append(PlacedWrite(original_node, self._scope, tuple(self._blocks)))
        for target in original_node.targets:
            self._bind_targets(target.target, BindingKind.ASSIGN, original_node, original_node.value)

    def leave_AnnAssign(self, original_node: cst.AnnAssign) -> None:
        """`a: int = value`; without a value nothing is bound."""
        if original_node.value is not None:
            self._bind_targets(original_node.target, BindingKind.ASSIGN, original_node, original_node.value)

    def leave_NamedExpr(self, original_node: cst.NamedExpr) -> None:
        """`(a := value)`."""
        self._bind_targets(original_node.target, BindingKind.ASSIGN, original_node, original_node.value)

    def leave_AugAssign(self, original_node: cst.AugAssign) -> None:
        """`a += value`."""
        if is_lr(original_node.target):
            self._index.writes.append(PlacedWrite(original_node, self._scope, tuple(self._blocks)))
        self._bind_targets(original_node.target, BindingKind.OTHER, original_node, None)

    def visit_For(self, node: cst.For) -> None:
        """`for a in …`."""
        self._loops.add(node.body)
        self._bind_targets(node.target, BindingKind.LOOP, node.target, node.iter)

    def visit_While(self, node: cst.While) -> None:
        """`while …`."""
        self._loops.add(node.body)

    def visit_CompFor(self, node: cst.CompFor) -> None:
        """A comprehension's variable."""
        self._bind_targets(node.target, BindingKind.LOOP, node.target, node.iter)

    def visit_With(self, node: cst.With) -> None:
        """`with … as a`."""
        for item in node.items:
            if item.asname is not None:
                self._bind_targets(item.asname.name, BindingKind.OTHER, item, None)

    def visit_Global(self, node: cst.Global) -> None:
        """`global a`."""
        self._scope.elsewhere.update(item.name.value for item in node.names)

    def visit_Nonlocal(self, node: cst.Nonlocal) -> None:
        """`nonlocal a`."""
        self._scope.elsewhere.update(item.name.value for item in node.names)

    def visit_Import(self, node: cst.Import) -> bool:
        """`import a.b as c`."""
        for alias in node.names:
            qualified = dotted_name(alias.name) or ""
            if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
                self._bind(alias.asname.name.value, BindingKind.IMPORT, alias, qualified=qualified)
            else:
                root = qualified.split(".")[0]
                self._bind(root, BindingKind.IMPORT, alias, qualified=root)
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        """`from a import b as c`; star imports are left to the screen."""
        module = "." * len(node.relative) + (
            dotted_name(node.module) or "" if node.module is not None else ""
        )
        if isinstance(node.names, cst.ImportStar):
            return False
        for alias in node.names:
            name = dotted_name(alias.name) or ""
            local = (
                alias.asname.name.value if alias.asname and isinstance(alias.asname.name, cst.Name) else name
            )
            joined = f"{module}.{name}" if module.strip(".") else module + name
            self._bind(local, BindingKind.IMPORT, alias, qualified=joined)
        return False

    # --- what the rest of facts asks for ---------------------------------------------------------
    def visit_Call(self, node: cst.Call) -> None:
        """Every call, with where it stands."""
        self._index.calls.append(PlacedCall(node, self._scope, tuple(self._blocks)))
        self._index.places[node] = (self._scope, tuple(self._blocks))
