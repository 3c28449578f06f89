"""Whether a text is Python: parsed into `ast` nodes by the running Python, never compiled, never run."""

from __future__ import annotations

import gc
import warnings
from typing import TYPE_CHECKING, Final, cast

from warmlint.discovery.read import UnreadableError

if TYPE_CHECKING:
    import ast

_ONLY_AST: Final = 0x400  # `ast.PyCF_ONLY_AST`; importing `ast` for it would cost more than most files


def parse(text: str) -> ast.Module:
    """The syntax tree of `text`. Raises UnreadableError with a sentence where there is none."""
    collecting = gc.isenabled()
    gc.disable()  # halves the time of a parse: a tree is all allocation and no garbage
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the linted file's invalid escapes are not ours to report
            return cast("ast.Module", compile(text, "<linted>", "exec", _ONLY_AST, dont_inherit=True))
    except SyntaxError as error:
        where = f"line {error.lineno}: " if error.lineno else ""
        raise UnreadableError(f"is not Python: {where}{error.msg}") from None
    except ValueError as error:
        raise UnreadableError(f"is not Python: {error}") from None
    except (RecursionError, MemoryError):
        raise UnreadableError("is nested too deeply to be parsed") from None
    finally:
        if collecting:
            gc.enable()
