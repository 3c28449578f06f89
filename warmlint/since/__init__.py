"""What has changed since a commit: which rows of which files, by git's own account.

The linted repository may be hostile, and its `.git/config` can name programs for git to start: filters,
external diffs, text converters, pagers, hooks, fetchers, file-system monitors. So git is asked for objects
alone, which starts none of them (`git.py`), and lines are compared outside of every repository (`lines.py`).
"""

from __future__ import annotations

Rows = frozenset[int]
"""The rows of a file that are new, from 1."""
