"""Whether a text is Python: parsed into `ast` nodes by the running Python, never compiled, never run."""

from __future__ import annotations

import gc
import re
import warnings
from typing import TYPE_CHECKING, Final, cast

from warmlint.discovery.read import UnreadableError
from warmlint.limits import MAX_NAME_PARTS, MAX_PLAIN_BYTES, MAX_PLAIN_LINE

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

_ONLY_AST: Final = 0x400  # `ast.PyCF_ONLY_AST`; importing `ast` for it would cost more than most files

# What may stand in a dotted name behind `import` or `from`; a line may be continued within it.
_MODULE: Final = re.compile(r"\b(?:import|from)\b((?:[\w.,]|[^\S\n]|\\\r?\n)+)")


def is_plain(data: bytes) -> bool:
    """Whether parsing `data` is sure to cost little: it is small, and so are its lines."""
    if len(data) > MAX_PLAIN_BYTES or data.count(b"\\\n") > MAX_PLAIN_LINE // 10:
        return False
    return max(map(len, data.splitlines()), default=0) <= MAX_PLAIN_LINE


def parse(text: str, row_name: Callable[[int], str] = "line {}".format) -> ast.Module:
    """The syntax tree of `text`. Raises UnreadableError with a sentence where there is none; `row_name` says
    how it calls a row.

    CPython's parser is not proof against all sources: what is not `is_plain` is parsed in a process that
    may be lost.
    """
    if text.count(".") > MAX_NAME_PARTS:
        for found in _MODULE.finditer(text):
            if found[1].count(".") > MAX_NAME_PARTS:
                raise UnreadableError(f"imports a name of more than {MAX_NAME_PARTS:,} parts")
    collecting = gc.isenabled()
    gc.disable()  # halves the time of a parse: a tree is all allocation and no garbage
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the linted file's invalid escapes are not ours to report
            # Without a name: where Python tells an error, it reads the line from the file of that name.
            return cast("ast.Module", compile(text, "", "exec", _ONLY_AST, dont_inherit=True))
    except SyntaxError as error:
        where = f"{row_name(error.lineno)}: " if error.lineno else ""
        raise UnreadableError(f"is not Python: {where}{error.msg}") from None
    except ValueError as error:
        raise UnreadableError(f"is not Python: {error}") from None
    except (RecursionError, MemoryError):
        raise UnreadableError("is nested too deeply to be parsed") from None
    finally:
        if collecting:
            gc.enable()
