"""`--show-settings` and `--show-files`: what a run would go by, and what it would look at."""

from __future__ import annotations

import argparse
import sys

from warmlint.config import SettingsTree
from warmlint.config.show import settings_lines
from warmlint.discovery import Candidate, Searched, discover, shown
from warmlint.report.full import write_problems
from warmlint.rule import all_rules


def show_settings(given: argparse.Namespace, tree: SettingsTree) -> int:
    """Print the settings of each named path, or of the working folder; the answer is the exit code."""
    rules = {rule.code: rule.on for rule in all_rules()}
    paths = [given.stdin_filename if path == "-" else path for path in given.paths]
    for number, path in enumerate(paths or [given.stdin_filename]):
        if number:
            print()
        for line in settings_lines(tree.layers(path), tree.of(path), path if paths else ".", rules):
            print(shown(line))
    return 0


def show_files(given: argparse.Namespace, tree: SettingsTree) -> int:
    """Print the files that would be searched, a line each; the answer is the exit code."""
    own = tree.of(given.stdin_filename)
    found = discover(
        given.paths,
        excluded=tree.excludes,
        stdin_name=given.stdin_filename,
        refused=lambda path: own.force_exclude and tree.of(path).covers(path),
        gitignores=own.respect_gitignore,
        searched=lambda path: print(shown(path)),
    )
    problems = [each for each in found if not isinstance(each, (Candidate, Searched))]
    write_problems(problems, sys.stderr)
    return 2 if any(problem.fails for problem in problems) else 0
