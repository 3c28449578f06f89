"""Definitions in other files: those of the same project, and the stubs that say what libraries do.

A file is read when a name of the linted one leads there, and no sooner. Of a project, only what lies
below its root is read; what a library does is read off `warmlint/stubs`, never off its own source.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from warmlint.discovery import UnreadableError
from warmlint.discovery.decode import decode
from warmlint.discovery.files import Files, Stamp, content
from warmlint.facts.module import Module, module_of
from warmlint.facts.scopes import Binding, BindingKind, Scope
from warmlint.facts.screen import TORCH, Screen, survey
from warmlint.limits import MAX_ASKED, MAX_IMPORTS, MAX_PROJECT_FILES
from warmlint.source import Source

STUBS: Final = Path(__file__).resolve().parent.parent / "stubs"

_MARKERS: Final = (
    ".git",
    ".hg",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements.txt",
    "warmlint.toml",
)


@dataclass(frozen=True, slots=True)
class Definition:
    """What a qualified name leads to: a binding of another file, and the library whose stub holds it."""

    module: Module
    binding: Binding
    qualified: str
    library: str | None


class Project:
    """The files around one linted file, as `files` has them."""

    def __init__(self, path: str, files: Files) -> None:
        file = Path(path)
        self._beside = files
        self.file = file.resolve() if file.exists() or files.is_file(file) else Path.cwd() / "stdin.py"
        self.root = _root(self.file.parent)
        self._known: dict[str, Definition | None] = {}
        self._asked = 0
        self._named: dict[tuple[Path, str], Definition | None] = {}
        self._bases: dict[tuple[Path, str], tuple[Path, ...]] = {}

    def definition(self, qualified: str, user: Module) -> Definition | None:
        """What a qualified name, as `user` spells it (`.utils.make`), is bound to; None if out of sight."""
        home = Path(user.source.path).resolve() if user.source.path else self.file
        key = f"{home}:{qualified}"
        if key not in self._known:
            self._known[key] = None  # what leads back to itself leads nowhere
            self._asked = 0
            self._known[key] = self._find(qualified, home, 0)
        return self._known[key]

    def _find(self, qualified: str, user: Path, depth: int) -> Definition | None:
        if depth > MAX_IMPORTS:
            return None
        for file, rest in self._files(qualified, user):
            if len(rest) != 1 or not self._is_inside(file) or not self._may_hold(file, rest[0]):
                continue
            module = self._module(file)
            if module is None:
                continue
            found = self._in_module(module, rest[0], file, depth)
            if found is not None:
                library = file.relative_to(STUBS).parts[0] if file.is_relative_to(STUBS) else None
                return Definition(
                    found.module,
                    found.binding,
                    qualified,
                    (library or found.library or "").removesuffix(".py") or None,
                )
        return None

    def _in_module(self, module: Module, name: str, file: Path, depth: int) -> Definition | None:
        key = (file, name)
        if key not in self._named:
            self._named[key] = None  # what leads back to itself leads nowhere
            self._named[key] = self._bound(module, name, file, depth)
        return self._named[key]

    def _bound(self, module: Module, name: str, file: Path, depth: int) -> Definition | None:
        bindings = module.exported(name)
        if len(bindings) == 1 and bindings[0].kind is not BindingKind.IMPORT:
            return Definition(module, bindings[0], name, None)
        if len(bindings) > 1:
            return None
        imported = bindings[0].qualified if bindings else module.screen.imports.get(name)
        if imported:
            return self._find(imported, file, depth + 1)
        for star in module.screen.stars:
            joined = f"{star}.{name}" if star.strip(".") else f"{star}{name}"
            found = self._find(joined, file, depth + 1)
            if found is not None:
                return found
        return None

    def _files(self, qualified: str, user: Path) -> Iterator[tuple[Path, list[str]]]:
        """The files that a qualified name may lead to, nearest first, with what is left of the name."""
        level = len(qualified) - len(qualified.lstrip("."))
        parts = qualified[level:].split(".")
        if level:
            base = user.parent
            for _ in range(level - 1):
                base = base.parent
            if base.is_relative_to(self.root) or base.is_relative_to(STUBS):
                yield from _below(base, parts, self._beside)
            return
        for base in (STUBS,) if qualified.startswith(TORCH) else self._holding(user, parts[0]):
            yield from _below(base, parts, self._beside)

    def _holding(self, user: Path, root: str) -> tuple[Path, ...]:
        """The folders from which `user` can import a package or module `root`, nearest first."""
        key = (user.parent, root)
        if key not in self._bases:
            self._bases[key] = tuple(
                each
                for each in self._folders(user)
                if self._beside.is_file(each / f"{root}.py") or (each / root).is_dir()
            )
        return self._bases[key]

    def _folders(self, user: Path) -> Iterator[Path]:
        if not user.is_relative_to(STUBS):
            folder = user.parent
            while folder.is_relative_to(self.root):
                yield folder
                if (folder / "src").is_dir():
                    yield folder / "src"
                if folder == self.root:
                    break
                folder = folder.parent
        yield STUBS

    def _is_inside(self, file: Path) -> bool:
        """Whether a file is the project's own, or a stub, and not a link to something else."""
        real = file.resolve()
        return real.is_relative_to(self.root) or real.is_relative_to(STUBS)

    def _may_hold(self, file: Path, name: str) -> bool:
        """Whether a file's bytes have the name in them, or take names from elsewhere unsaid."""
        self._asked += 1
        if self._asked > MAX_ASKED:
            return False
        stamp = self._beside.stamp(str(file))
        if stamp is None:
            return False
        data = _bytes(str(file), stamp)
        return name.encode() in data or b"import *" in data

    def _module(self, file: Path) -> Module | None:
        if file == self.file:
            return None  # its own names are looked up where they are used
        stamp = self._beside.stamp(str(file))
        if stamp is None:
            return None
        return _load(str(file), stamp, _stubs() if file.is_relative_to(STUBS) else self)

    # A file may lead back to the linted one, and is told apart by it: what is said of a file must not depend
    # on what was linted before, nor on what other files held then.
    def __hash__(self) -> int:
        return hash(self.file)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Project)
            and (self.root, self.file) == (other.root, other.file)
            and self._beside is other._beside
        )


@cache
def _stubs() -> Project:
    """The project of all stubs, which lead nowhere but to each other."""
    return Project(str(STUBS / "README.md"), Files())


def is_stub(scope: Scope) -> bool:
    """Whether a scope stands in what a library's schedules are retold by, and not in the project."""
    return module_of(scope).source.path.startswith(f"{STUBS}/")


@lru_cache(maxsize=MAX_PROJECT_FILES)
def _bytes(path: str, stamp: Stamp) -> bytes:
    return content(path, stamp)


@lru_cache(maxsize=MAX_PROJECT_FILES)
def _load(path: str, stamp: Stamp, project: Project) -> Module | None:
    surveyed = _surveyed(path, stamp)
    return None if surveyed is None else Module(*surveyed, project)


@lru_cache(maxsize=MAX_PROJECT_FILES)
def _surveyed(path: str, stamp: Stamp) -> tuple[Source, Screen] | None:
    try:
        source = decode(path, _bytes(path, stamp))
        return source, survey(source)
    except UnreadableError:
        return None


def _below(base: Path, parts: list[str], files: Files) -> Iterator[tuple[Path, list[str]]]:
    """The module files under `base` that a dotted name may pass through, the longest part of it first."""
    folder = base
    found: list[tuple[Path, list[str]]] = []
    for number, part in enumerate(parts):
        if not part.isidentifier():
            break
        module, package = folder / f"{part}.py", folder / part
        rest = parts[number + 1 :]
        if files.is_file(module):
            found.append((module, rest))
        if not package.is_dir():
            break
        if files.is_file(package / "__init__.py"):
            found.append((package / "__init__.py", rest))
        folder = package
    if parts and files.is_file(base / "__init__.py"):
        found.insert(0, (base / "__init__.py", parts))
    yield from reversed(found)


def _root(folder: Path) -> Path:
    """The project's root: the nearest folder up the tree that says so, else the outermost package."""
    for each in (folder, *folder.parents):
        if any((each / marker).exists() for marker in _MARKERS):
            return each
    working = Path.cwd()
    if folder.is_relative_to(working):
        return working
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    return folder
