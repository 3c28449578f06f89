"""Every bound that keeps hostile or absurd source from costing more than its share.

All of them stand here, so that they can be read, tested at the edge and changed in one place.
A bound that is passed is an outcome ("too large to judge"), never a crash.
"""

from __future__ import annotations

from typing import Final

# --- files and parsing -------------------------------------------------------------------------
MAX_FILE_BYTES: Final = 2_000_000
"""A larger file is reported as such: hand-written training code is far smaller."""

MAX_NOTEBOOK_BYTES: Final = 32_000_000
"""The same for a notebook, most of which is pictures: its code may be no longer than a file."""

MAX_PLAIN_BYTES: Final = 64_000
"""A file that is named by hand and holds no schedule's word is only looked at for whether it is Python:
a small one at once, a larger one where a crash of Python's own parser can be survived."""

MAX_PLAIN_LINE: Final = 2_000
"""Bytes of the longest line of such a small file."""

MAX_NAME_PARTS: Final = 1_000
"""Parts of the dotted name of a module: CPython's parser takes their square in time and memory."""

MAX_SYNTAX_NODES: Final = 200_000
"""Nodes of the syntax tree of one file; the largest files of torch have 160,000."""

MAX_SYNTAX_WIDTH: Final = 4_000
"""Parts of one expression or statement side by side, bodies aside: libcst takes their square in time."""

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

MAX_SCHEDULES: Final = 256
"""Schedules of one file, and param groups of one schedule; those beyond are unknown."""

MAX_LOOP_STATEMENTS: Final = 10_000
"""Statements that are read, over and over, in search of the loops of one file's schedules."""

# --- evaluation --------------------------------------------------------------------------------
MAX_INTEGER_BITS: Final = 128
"""Integers met while evaluating; checked before `**` and `*` can build one."""

MAX_SEQUENCE: Final = 256
"""Elements of a literal list or tuple."""

MAX_ROUND_DIGITS: Final = 64
"""`round(x, digits)`: beyond that CPython itself hangs on integers."""

# --- proofs ---------------------------------------------------------------------------------------
MAX_CASES: Final = 64
"""Case splits of one proof."""

MAX_QUESTIONS: Final = 200
"""Signs that one proof asks a cone for."""

MAX_TERMS: Final = 200
"""Terms of one polynomial."""

MAX_DEGREE: Final = 12
"""Degree of one polynomial."""

MAX_SPLITS: Final = 2
"""How often one question is split in two over which of two quantities is the larger."""

MAX_POINTS: Final = 4_096
"""Valuations of a region that is small enough to look at each of them."""

MAX_PROOF_WORK: Final = 150_000
"""Operations, over all valuations, that looking at each of them may take."""

# --- simulation --------------------------------------------------------------------------------
MAX_EVENTS: Final = 20_000
"""Loop passes, updates and ticks that one simulation may take."""

MAX_ORDERS: Final = 64
"""Orders in which the statements of a program may come; those beyond are not looked at."""

MAX_ORDER_LENGTH: Final = 2_000
"""Statements of one such order, each loop gone through twice."""

MAX_JUDGING_EVENTS: Final = 3_000
"""Events of a simulation that only judges; the one that is shown may cost more."""

MAX_CURVE_POINTS: Final = 120
"""Points of a curve that is kept for drawing."""

# --- the project around a file -----------------------------------------------------------------
MAX_IMPORTS: Final = 8
"""Re-exports that are followed from one name."""

MAX_PROJECT_FILES: Final = 128
"""Other files whose definitions are kept at hand."""

MAX_ASKED: Final = 40
"""Files that are asked for one name: a package that star-imports hundreds is not searched whole."""

# --- the processes of warmlint's own -------------------------------------------------------------
MAX_MEMORY: Final = 1 << 30
"""Bytes that a process which lints may grow by once it has started; on Linux alone."""

MAX_SECONDS: Final = 20
"""Seconds of computing that one file may cost; that many files of real code take by far less is what
keeps the answer from depending on the machine."""

MAX_WAIT: Final = 60.0
"""Seconds by the clock that one file may cost: for what waits instead of computing, and for systems that
do not count the computing."""

MAX_JOBS: Final = 256
"""Processes that lint at a time."""

MAX_MENTIONS: Final = 1_000
"""Places where a file speaks of one schedule; those beyond are not shown in editors."""

MAX_REPORT: Final = 64_000_000
"""Bytes of what is said of one file."""

# --- the torch witness ------------------------------------------------------------------------------
MAX_SCHEDULERS: Final = 32
"""Schedulers of one replay: a composition with all that it is made of."""

MAX_RATES: Final = 100_000
"""LRs that one replay may ask for: wanted ticks times param groups."""

MAX_REPLAY_WORK: Final = 5_000_000
"""Operations that one replay may cost: some seconds. Counted, so that no verdict rests on a clock."""

MAX_TEXT: Final = 10_000
"""Characters of one name or literal string."""

MAX_LINE: Final = 4_000_000
"""Bytes of one request or answer."""

MAX_WITNESS_SECONDS: Final = 60.0
"""Seconds for the worker's whole life; one or two of them go to importing torch."""

MAX_BATCH_WORK: Final = 20_000_000
"""Operations that all replays of a run may cost together, so that they end in time."""

MAX_OUTPUT: Final = 64_000_000
"""Bytes that are read from the worker: more than a batch within its bounds can answer."""

MAX_MESSAGE: Final = 500
"""Characters that are kept of an exception's text."""

MAX_WITNESS_MEMORY: Final = 256 * 1024 * 1024
"""Bytes that the torch worker may grow by once everything is imported; on Linux alone."""

# --- fixes -------------------------------------------------------------------------------------
MAX_PROOF_SITES: Final = 150
"""Schedules that are judged again, all edited files of one file together, to prove its fixes; the fixes that
come then are told in words."""

MAX_REMOVALS: Final = 20
"""Unused suppressions of one file whose removal is proven, one by one; the next run proves those that come
then."""

MAX_FIX_ROUNDS: Final = 64
"""How often one file is fixed and linted again; what is left then waits for the next run."""

MAX_FILE_ROUNDS: Final = 8
"""How often the files of a run are gone through, where fixes of one change what is said of another."""

# --- settings ----------------------------------------------------------------------------------
MAX_EXTENDS: Final = 32
"""Settings files in one chain of `extend`."""

# --- git ---------------------------------------------------------------------------------------
MAX_GIT_SECONDS: Final = 60
"""Seconds for each thing that git is asked."""

MAX_VANISHED: Final = 5_000
"""Files of a commit that are no longer there, among which the old names of renamed ones are looked for."""
