"""Every bound that keeps hostile or absurd source from costing more than its share.

All of them stand here, so that they can be read, tested at the edge and changed in one place.
A bound that is passed is an outcome ("too large to judge"), never a crash.
"""

from __future__ import annotations

from typing import Final

# --- files and parsing -------------------------------------------------------------------------
MAX_FILE_BYTES: Final = 2_000_000
"""A larger file is reported as such: hand-written training code is far smaller."""

MAX_SYNTAX_DEPTH: Final = 150
"""Nesting of syntax, chains of operators and of `elif` counted as nesting: libcst recurses over them
and dies of SIGSEGV in the thousands."""

# --- the expression form -----------------------------------------------------------------------
MAX_NODES: Final = 2_000
"""Nodes of one expression, shared ones counted once."""

MAX_DEPTH: Final = 120
"""Nesting of one expression."""

MAX_PATHS: Final = 64
"""Paths through the body of one function; beyond that its value is unknown."""

MAX_INLINE: Final = 8
"""How deep names and functions are followed from a schedule."""

MAX_UNROLL: Final = 64
"""Iterations of a `for` over literals that are unrolled."""

MAX_LITERAL_BITS: Final = 63
"""Integers written in the source; larger ones are unknown."""

# --- evaluation --------------------------------------------------------------------------------
MAX_INTEGER_BITS: Final = 128
"""Integers met while evaluating; checked before `**` and `*` can build one."""

MAX_SEQUENCE: Final = 256
"""Elements of a literal list or tuple."""

MAX_ROUND_DIGITS: Final = 64
"""`round(x, digits)`: beyond that CPython itself hangs on integers."""

# --- simulation --------------------------------------------------------------------------------
MAX_EVENTS: Final = 20_000
"""Loop passes, updates and ticks that one simulation may take."""

MAX_CURVE_POINTS: Final = 120
"""Points of a curve that is kept for drawing."""

# --- the project around a file -----------------------------------------------------------------
MAX_IMPORTS: Final = 8
"""Re-exports that are followed from one name."""

MAX_PROJECT_FILES: Final = 128
"""Other files whose definitions are kept at hand."""

MAX_ASKED: Final = 40
"""Files that are asked for one name: a package that star-imports hundreds is not searched whole."""

# --- fixes -------------------------------------------------------------------------------------
MAX_FIX_ROUNDS: Final = 64
"""How often one file is fixed and linted again; what is left then waits for the next run."""
