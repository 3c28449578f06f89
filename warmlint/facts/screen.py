"""The screen: one cheap look with `ast` that decides what libcst gets to see.

It answers whether a schedule is made in a file, where its top-level statements stand and what they
bind, and whether they are safe to parse with libcst, which dies of SIGSEGV on deep nesting. libcst
costs fifteen times `ast`, so only the statements that a schedule reaches are handed on.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from warmlint.discovery import UnreadableError
from warmlint.discovery.syntax import parse
from warmlint.limits import MAX_LITERAL_BITS, MAX_SYNTAX_DEPTH, MAX_SYNTAX_NODES, MAX_SYNTAX_WIDTH
from warmlint.source import Source

TORCH: Final = "torch.optim.lr_scheduler"
LAMBDA_LR: Final = f"{TORCH}.LambdaLR"
BASES: Final = frozenset({f"{TORCH}.LRScheduler", f"{TORCH}._LRScheduler"})
"""The classes of torch that other schedulers derive from."""

CONFIGURED: Final = "deepspeed.initialize"
"""What makes the schedule that a dict asks for."""

FRAMEWORKS: Final = frozenset({"transformers", "sentence_transformers", "trl"})
LENGTHS: Final = frozenset({"warmup_steps", "warmup_ratio"})
"""The two ways of telling such a framework how long the warmup is."""

_NAMED: Final = re.compile(r"(?:^|_)lrs?(?:_|$)|LR(?:$|[A-Z_])|Lr(?:$|[A-Z])")
_SPOKEN: Final = re.compile(r"sched|warm_?up|noam|anneal|learning_?rate", re.IGNORECASE)


DECLARED: Final = frozenset({"field", "Field", "Option", "Argument"})
"""What declares a field or a parameter in the place of its default."""

TORCH_SCHEDULERS: Final = frozenset(
    {"LambdaLR", "MultiplicativeLR", "StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR"}
    | {"PolynomialLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR", "OneCycleLR"}
    | {"SequentialLR", "ChainedScheduler", "ReduceLROnPlateau", "SWALR"}
)
"""The schedulers of torch 2.13; `SWALR` is told where they are, and imported from `swa_utils`."""

_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


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
    whether it is a def or class, whether a schedule is made in it, and the names of what it calls."""

    first: int
    last: int
    binds: frozenset[str]
    is_definition: bool
    has_site: bool
    trees: tuple[ast.stmt, ...]
    calls: frozenset[str] = frozenset()

    @property
    def parsable(self) -> bool:
        """Whether libcst can be trusted with it."""
        return all(
            _depth(tree) <= MAX_SYNTAX_DEPTH and _width(tree) <= MAX_SYNTAX_WIDTH for tree in self.trees
        )


@dataclass(frozen=True, slots=True)
class Screen:
    """What the first look found. `imports` maps every imported name to what it stands for, `stars` are the
    modules all of whose names are imported, `defaults` maps each setting whose default the file gives, by
    its own name (`warmup_steps`, not `args.warmup_steps`), and `calls` each name that is called to what it
    is called with."""

    statements: tuple[Statement, ...]
    imports: dict[str, str]
    stars: tuple[str, ...]
    defaults: dict[str, Default]
    calls: dict[str, list[Passed]]

    @property
    def has_sites(self) -> bool:
        """Whether a schedule is made here at all."""
        return any(statement.has_site for statement in self.statements)


def screen(source: Source) -> Screen:
    """Look at a file. Raises UnreadableError where it is not Python that this Python can read."""
    tree = parse(source.text, source.row_name)
    nodes = _nodes(tree)
    imports = _stand_for(nodes)
    local = frozenset(name for each in tree.body if isinstance(each, _DEFINITIONS) for name in (each.name,))
    sites = [any(_is_site(node, imports, local) for node in each) for each in nodes]
    writers = _writers(nodes)
    if writers:  # what calls them, calls them in a loop
        calls = [{_called(node) for node in each if isinstance(node, ast.Call)} for each in nodes]
        sites = [site or not writers.isdisjoint(called) for site, called in zip(sites, calls, strict=True)]
    return _screen(tree, nodes, imports, sites) if any(sites) else Screen((), imports, (), {}, {})


def survey(source: Source) -> Screen:
    """Look at a file for its definitions alone. Raises UnreadableError likewise."""
    tree = parse(source.text, source.row_name)
    nodes = _nodes(tree)
    imports = _stand_for(nodes)
    return _screen(tree, nodes, imports, [False] * len(nodes))


def _screen(
    tree: ast.Module, nodes: list[list[ast.AST]], imports: dict[str, str], sites: list[bool]
) -> Screen:
    statements: list[Statement] = []
    for each, has_site, below in zip(tree.body, sites, nodes, strict=True):
        first = min((each.lineno, *(decorator.lineno for decorator in getattr(each, "decorator_list", ()))))
        found = Statement(
            first,
            each.end_lineno or first,
            frozenset(_binds(each)),
            isinstance(each, _DEFINITIONS),
            has_site,
            (each,),
            frozenset(_called(node) for node in below if isinstance(node, ast.Call)),
        )
        if statements and statements[-1].last >= first:  # `a = 1; b = 2`
            found = _joined(statements.pop(), found)
        statements.append(found)
    everything = [node for each in nodes for node in each]
    stars = tuple(
        "." * each.level + (each.module or "")
        for each in everything
        if isinstance(each, ast.ImportFrom) and each.names[0].name == "*"
    )
    return Screen(tuple(statements), imports, stars, _defaults(everything), _calls(everything))


def _joined(left: Statement, right: Statement) -> Statement:
    return Statement(
        left.first,
        right.last,
        left.binds | right.binds,
        is_definition=False,
        has_site=left.has_site or right.has_site,
        trees=left.trees + right.trees,
        calls=left.calls | right.calls,
    )


def _nodes(tree: ast.Module) -> list[list[ast.AST]]:
    """All nodes, by top-level statement. Raises UnreadableError where there are too many."""
    nodes: list[list[ast.AST]] = []
    left = MAX_SYNTAX_NODES
    for each in tree.body:
        nodes.append(list(islice(_below(each), left + 1)))
        left -= len(nodes[-1])
        if left < 0:
            raise UnreadableError(f"is too large: its syntax has more than {MAX_SYNTAX_NODES:,} parts")
    return nodes


def _below(root: ast.stmt) -> Iterator[ast.AST]:
    """`root` and all below it, in no order that matters."""
    stack: list[ast.AST] = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(ast.iter_child_nodes(node))


def _stand_for(nodes: list[list[ast.AST]]) -> dict[str, str]:
    """What each name stands for that is imported, or bound once and for all to a class of schedules."""
    found = {name: stands_for for each in nodes for name, stands_for in _imports(each)}
    named = [
        (each.targets[0].id, qualify(dotted, found))
        for nodes_of in nodes
        for each in nodes_of
        if isinstance(each, ast.Assign)
        and isinstance(each.targets[0], ast.Name)
        and (dotted := _dotted(each.value)) is not None
        and is_schedule(qualify(dotted, found))
    ]
    if named:
        stored = [
            each.id
            for nodes_of in nodes
            for each in nodes_of
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        ]
        found |= {name: stands_for for name, stands_for in named if stored.count(name) == 1}
    return found


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
                elif module == TORCH:
                    yield from ((name, f"{TORCH}.{name}") for name in TORCH_SCHEDULERS)


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
    """Whether a qualified name is a class or factory of a library whose results are schedules."""
    module, _, name = qualified.rpartition(".")
    if module == "torch.optim.swa_utils":
        return name == "SWALR"
    return module == TORCH and name in TORCH_SCHEDULERS


def takes_lengths(qualified: str) -> bool:
    """Whether a qualified name is a class of arguments, by which a framework makes its schedule itself."""
    library, _, name = qualified.partition(".")
    return (library in FRAMEWORKS and name.endswith("TrainingArguments")) or (
        library == "trl" and name.endswith("Config")
    )


def _gives_lengths(call: ast.Call) -> bool:
    """Whether a call gives all of `LENGTHS`, or may."""
    given = {each.arg for each in call.keywords}
    return given >= LENGTHS or None in given


def speaks_of_lr(name: str) -> bool:
    """Whether a name may be that of a schedule, or of what makes, applies or computes one."""
    return _NAMED.search(name) is not None or _SPOKEN.search(name) is not None


def names_lr(name: str) -> bool:
    """Whether a name is, by its words, that of LRs: not of another schedule, such as a weight decay's."""
    return bool({"lr", "lrs", "learning"} & set(re.split(r"[._]", name.lower())))


def _takes_optimizer(call: ast.Call) -> bool:
    """Whether a call is given what is, by its name, an optimizer, or arguments that are not spelled out."""
    for value in (*call.args, *(keyword.value for keyword in call.keywords)):
        name = _dotted(value.value if isinstance(value, (ast.Starred, ast.Subscript)) else value) or ""
        if "opt" in name.lower() or isinstance(value, ast.Starred):
            return True
    return any(keyword.arg is None or "opt" in keyword.arg.lower() for keyword in call.keywords) or any(
        isinstance(value, ast.Call) for value in call.args
    )


def _writers(nodes: list[list[ast.AST]]) -> frozenset[str]:
    """The names of the functions and classes in which an LR is written."""
    rows = sorted(
        each.lineno
        for nodes_of in nodes
        for each in nodes_of
        if isinstance(each, ast.Subscript)
        and isinstance(each.ctx, ast.Store)
        and isinstance(each.slice, ast.Constant)
        and each.slice.value == "lr"
    )
    if not rows:
        return frozenset()
    return frozenset(
        each.name
        for nodes_of in nodes
        for each in nodes_of
        if isinstance(each, _DEFINITIONS) and _holds(rows, each.lineno, each.end_lineno or each.lineno)
    )


def _holds(rows: list[int], first: int, last: int) -> bool:
    """Whether one of the ascending `rows` lies between two, both included."""
    place = bisect_left(rows, first)
    return place < len(rows) and rows[place] <= last


def _called(call: ast.Call) -> str:
    return (_dotted(call.func) or "").rpartition(".")[2]


def _is_site(node: ast.AST, imports: dict[str, str], local: frozenset[str]) -> bool:
    """Whether a schedule may be made, applied or defined at a node."""
    match node:
        case ast.Call(func=func):
            name = _dotted(func)
            if name is None:
                return False
            qualified = qualify(name, imports)
            root = name.partition(".")[0]
            return (
                qualified == CONFIGURED
                or is_schedule(qualified)
                or (takes_lengths(qualified) and _gives_lengths(node))
                or (
                    (root in imports or root in local)
                    and (speaks_of_lr(name.rpartition(".")[2]) or speaks_of_lr(qualified.rpartition(".")[2]))
                    and not qualified.startswith(TORCH)
                    and _takes_optimizer(node)
                )
            )
        case ast.Assign(targets=[target], value=ast.Call(func=func)):
            made, kept = _dotted(func), _dotted(target)
            return bool(made and kept and names_lr(kept) and speaks_of_lr(made.rpartition(".")[2]))
        case ast.ClassDef(bases=bases):
            return any(speaks_of_lr((_dotted(base) or "").rpartition(".")[2]) for base in bases)
        case ast.Subscript(ctx=ast.Store(), slice=ast.Constant(value="lr")):
            return True
        case ast.FunctionDef(name=name, args=arguments):
            spoken = [name, *(each.arg for each in (*arguments.args, *arguments.kwonlyargs))]
            return speaks_of_lr(name) and any("warm" in each.lower() for each in spoken)
    return False


def _levels(each: ast.AST) -> int:
    """How deep the parts of one node nest in libcst, which nests `a and b and …` and `for … for …`, where
    `ast` keeps them flat."""
    match each:
        case ast.BoolOp(values=parts):
            return len(parts)
        case ast.ListComp(generators=parts) | ast.SetComp(generators=parts):
            return len(parts)
        case ast.DictComp(generators=parts) | ast.GeneratorExp(generators=parts):
            return len(parts)
    return 1


def _width(statement: ast.stmt) -> int:
    """How many parts stand side by side in a node of a statement, but for the statements of a body."""
    widest = 0
    for each in _below(statement):
        for name, parts in ast.iter_fields(each):
            if isinstance(parts, list) and name not in ("body", "orelse", "finalbody"):
                widest = max(widest, len(parts))
    return widest


def _depth(statement: ast.stmt) -> int:
    """How deep a statement nests in libcst."""
    deepest = 0
    stack: list[tuple[ast.AST, int]] = [(statement, 1)]
    while stack:
        each, depth = stack.pop()
        deepest = max(deepest, depth)
        below = depth + _levels(each)
        stack.extend((child, below) for child in ast.iter_child_nodes(each))
    return deepest


def _binds(statement: ast.stmt) -> Iterator[str]:
    """The names that a top-level statement binds at module level."""
    stack: list[ast.AST] = [statement]
    while stack:
        each = stack.pop()
        if isinstance(each, _DEFINITIONS):
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
        if isinstance(each, ast.Call):
            called = (_dotted(each.func) or "").rpartition(".")[2]
            keywords = {keyword.arg: keyword.value for keyword in each.keywords}
            if called in _OPTIONS and "default" in keywords:
                name = _argument_name(each, keywords.get("dest"))
                if name:
                    add(name, keywords["default"], f"its {_OPTIONS[called]} default", each.lineno)
            elif called.startswith("DEFINE_") and len(each.args) > 1:
                name = _argument_name(each, None)
                if name:
                    add(name, each.args[1], "its absl default", each.lineno)
        elif isinstance(each, ast.ClassDef):
            for item in each.body:
                if (
                    isinstance(item, ast.AnnAssign)
                    and isinstance(item.target, ast.Name)
                    and item.value is not None
                ):
                    value = default_in(item.value)
                    add(item.target.id, value, f"its default in `{each.name}`", item.lineno)
    return {name: default for name, default in found.items() if default is not None}


_OPTIONS: Final = {"add_argument": "argparse", "option": "click", "add_option": "optparse"}
"""The calls that declare a setting, with who declares it so."""


def default_in(value: ast.expr) -> ast.expr:
    """The default in `field(default=5)`, `Field(5)` or `typer.Option(5)`; of all else, itself."""
    if isinstance(value, ast.Call) and (_dotted(value.func) or "").rpartition(".")[2] in DECLARED:
        given = next((each.value for each in value.keywords if each.arg == "default"), None)
        return given or (value.args[0] if value.args else value)
    return value


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
