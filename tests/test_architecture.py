"""The house: which room may import which, and what is loaded where."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent
STUBS = TOP / "warmlint" / "stubs"
FOUNDATION = {
    *("expr", "functions", "limits", "program", "source", "suggest", "finding", "outcome", "term"),
    *("recipe", "release", "identity"),
}
ALLOWED = {
    "discovery": FOUNDATION,
    "facts": FOUNDATION | {"discovery"},
    "schedule": FOUNDATION,
    "trace": FOUNDATION | {"schedule"},
    "witness": FOUNDATION | {"schedule", "walls"},
    "report": {"finding", "outcome", "source", "identity"},
    "fixes": FOUNDATION | {"discovery", "facts", "schedule", "trace", "site", "judge"},
    "walls": {"limits"},
    "config": FOUNDATION | {"discovery", "rule"},
    "since": FOUNDATION | {"discovery", "linted"},
    "workers": FOUNDATION
    | {"imports", "plugins", "discovery", "config", "linted", "release", "candidate", "walls"}
    | {"rule", "facts", "witness", "report"},
    "server": {"finding", "source", "linted", "config", "discovery", "fixes", "report", "workers"},
}
"""What each room may import of warmlint, itself aside: nothing of what is to its right."""

HEAVY = {
    "libcst": {"facts"},
    "rich": {"report"},
    "torch": {"witness"},
    "pygls": {"server"},
    "lsprotocol": {"server"},
}
"""Who may import what is slow to load."""


def imports(file: Path, *, everywhere: bool) -> set[str]:
    """The modules that a file imports: everywhere, or when it is itself imported."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = set()
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if not everywhere and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            stack.extend(node.orelse)
            continue
        stack.extend(ast.iter_child_nodes(node))
    return found


def modules() -> list[Path]:
    """The files of warmlint that are imported; stubs are text that it reads."""
    return [file for file in sorted((TOP / "warmlint").rglob("*.py")) if STUBS not in file.parents]


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_a_room_knows_nothing_to_its_right(room: str):
    for file in sorted((TOP / "warmlint" / room).glob("*.py")):
        used = {name.split(".")[1] for name in imports(file, everywhere=True) if name.startswith("warmlint.")}
        assert used <= ALLOWED[room] | {room}, file.name


@pytest.mark.parametrize("library", sorted(HEAVY))
def test_what_is_heavy_is_imported_in_its_room_alone(library: str):
    for file in modules():
        names = {name.partition(".")[0] for name in imports(file, everywhere=True)}
        if library in names:
            assert file.relative_to(TOP / "warmlint").parts[0] in HEAVY[library], file


def test_torch_is_imported_by_one_file_of_the_worker():
    users = [
        file.name
        for file in modules()
        if any(name.partition(".")[0] == "torch" for name in imports(file, everywhere=True))
    ]
    assert users == ["full.py"]


def test_stubs_are_read_and_never_imported():
    for file in [*modules(), *sorted((TOP / "rules").glob("*.py"))]:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {
            f"{node.module}.{alias.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        names |= imports(file, everywhere=True)
        assert not any(f"{name}.".startswith("warmlint.stubs.") for name in names), file


def test_stubs_are_python():
    stubs = sorted(STUBS.rglob("*.py"))
    assert stubs
    for stub in stubs:
        ast.parse(stub.read_text(encoding="utf-8"), filename=str(stub))


def test_no_rule_imports_another():
    for file in sorted((TOP / "rules").glob("*.py")):
        assert not any("rules" in name.split(".") for name in imports(file, everywhere=True)), file.name


def test_a_rule_fits_on_a_screen():
    for file in sorted((TOP / "rules").glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        docstring = tree.body[0]
        code = len(file.read_text(encoding="utf-8").splitlines()) - (docstring.end_lineno or 0)
        assert code <= 70, file.name
