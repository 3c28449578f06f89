"""What `--baseline` and its kin ask for: which findings are silent, what has gone, what is written."""

from __future__ import annotations

import argparse
import os
import sys

from warmlint import atomic
from warmlint.baseline import Baseline, Entry, load
from warmlint.cli.fixing import Asked
from warmlint.config import Settings, SettingsTree
from warmlint.discovery.read import shown
from warmlint.outcome import RunError, RunReport, count
from warmlint.rule import all_rules


class KnownFindings:
    """The baseline of a run, and what becomes of it. Raises RunError where it cannot be read, or written."""

    def __init__(self, given: argparse.Namespace, own: Settings, tree: SettingsTree, asked: Asked) -> None:
        self._paths = [given.stdin_filename if path == "-" else path for path in given.paths or ["."]]
        self._tree = tree
        self._prunes = bool(given.prune_baseline)
        self.writes = given.write_baseline is not None
        if self.writes and (asked.fixing or given.diff_base or self._prunes):
            raise RunError(
                "`--write-baseline` takes findings as known: ask for it without fixes, `--add-ignores`, "
                "`--diff-base` and `--prune-baseline`"
            )
        file = given.write_baseline if self.writes else own.baseline
        if file is None:
            raise RunError("`--prune-baseline` wants a baseline: name it by `--baseline FILE`")
        if (self.writes or self._prunes) and (fault := atomic.fault(file)):
            raise RunError(f"the baseline {shown(file)} {fault}")
        is_new = self.writes and not os.path.exists(file)
        self._baseline = Baseline(file) if is_new else load(file)

    def known(self, path: str) -> tuple[str, ...]:
        """The fingerprints of what is to be silent in a file."""
        return () if self.writes else self._baseline.known(path)

    def write(self, report: RunReport) -> None:
        """Take the findings of now as known, beside those that this run did not look at."""
        now = self._baseline.entries_of(report)
        before = self._baseline.entries
        troubled = {self._baseline.place(problem.path) for problem in report.problems}
        kept = [each for each in before if not self._looked_at(each) or each.path in troubled]
        entries = {*kept, *now}
        new, gone = len(entries.difference(before)), len(set(before) - entries)
        self._baseline.write(entries)
        changed = f" ({new} new, {gone} gone)" if before else ""
        print(f"{self._name} knows {count(len(entries), 'finding')}{changed}")

    def tell(self, report: RunReport) -> None:
        """Say what was silent, and what has gone; take that out where it is asked for."""
        seen = [each for each in self._baseline.entries if self._looked_at(each)]
        gone = self._baseline.gone(report, seen)
        if report.known:
            print(f"{count(len(report.known), 'known finding')} not told ({self._name})", file=sys.stderr)
        for each in gone:
            print(shown(f"gone: {each.path}: {each.code} {each.name}: {each.line}"), file=sys.stderr)
        if gone and self._prunes:
            self._baseline.write(set(self._baseline.entries).difference(gone))
            print(f"{count(len(gone), 'finding')} taken out of {self._name}", file=sys.stderr)
        elif gone:
            print(
                f"{count(len(gone), 'known finding')} gone; `--prune-baseline` takes "
                f"{'it' if len(gone) == 1 else 'them'} out of {self._name}",
                file=sys.stderr,
            )

    @property
    def _name(self) -> str:
        return shown(os.path.relpath(self._baseline.file))

    def _looked_at(self, entry: Entry) -> bool:
        """Whether this run would have found it: among its paths, with its rule on."""
        path = self._baseline.path(entry)
        real = os.path.realpath(path)
        named = (os.path.realpath(each) for each in self._paths)
        if not any(real == each or real.startswith(os.path.join(each, "")) for each in named):
            return False
        rules = {rule.code: rule.on for rule in all_rules()}
        return entry.code in self._tree.of(path).codes_for(path, rules)
