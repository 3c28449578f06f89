"""Runs fixtures under the real torch, in one process, and tells what became of each schedule.

A script for a subprocess of its own: it patches torch and runs programs. Standard input holds one JSON
array of `{"path": …, "names": {row: [name, …]}}`; standard output gets one JSON object for each, on a
line of its own:

    {"made": [{"row": …, "optimizer": its number, "shared": …, "base_lrs": […], "values": {name: …},
               "updates": [[lr of each group], …]}, …],
     "raised": the exception's name or null, "warned": whether torch complained of the order}

`updates` are those of the schedule's optimizer, from the making of the schedule on; `shared` tells that
another line of the program makes a scheduler of any kind for that optimizer.

`names` are the expressions whose values are wanted, by the row on which a schedule is made; they are
looked up in the frames of the running program, when the schedule is made and at each update after.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
import warnings
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch
from torch.optim.lr_scheduler import LambdaLR, LRScheduler
from torch.optim.optimizer import Optimizer, register_optimizer_step_pre_hook


@dataclass
class Made:
    """One schedule that the running program made."""

    row: int
    optimizer: int
    names: list[str]
    base_lrs: list[float] = field(default_factory=list)
    values: dict[str, object] = field(default_factory=dict)
    updates: list[list[float]] = field(default_factory=list)

    def look_up(self, frame: FrameType | None, path: str) -> None:
        """Find the values that are not known yet, in `frame` or one that called it."""
        while frame is not None:
            if frame.f_code.co_filename == path:
                for name in self.names:
                    if name not in self.values:
                        with contextlib.suppress(Exception):
                            value = eval(name, frame.f_globals, dict(frame.f_locals))
                            if value is None or isinstance(value, (bool, int, float, str)):
                                self.values[name] = value
            frame = frame.f_back


class Recorder:
    """Watches torch while one program runs."""

    def __init__(self, path: str, names: dict[str, list[str]]) -> None:
        self.path = path
        self.names = names
        self.made: list[Made] = []
        self.optimizers: list[Optimizer] = []  # kept, so that no two have one id
        self.writers: set[tuple[int, int]] = set()  # (optimizer's number, row) of every scheduler

    def before_update(self, optimizer: Optimizer, *_: object) -> None:
        rates = [float(group["lr"]) for group in optimizer.param_groups]
        for made in self.made:
            if self.optimizers[made.optimizer] is optimizer:
                made.look_up(sys._getframe(), self.path)
                made.updates.append(rates)

    def making(self, scheduler: LRScheduler, optimizer: Optimizer) -> None:
        frame = sys._getframe()
        while frame.f_code.co_filename != self.path:
            assert frame.f_back is not None
            frame = frame.f_back
        if not any(known is optimizer for known in self.optimizers):
            self.optimizers.append(optimizer)
        number = next(n for n, known in enumerate(self.optimizers) if known is optimizer)
        self.writers.add((number, frame.f_lineno))
        if not isinstance(scheduler, LambdaLR):
            return
        made = Made(frame.f_lineno, number, self.names.get(str(frame.f_lineno), []))
        made.look_up(frame, self.path)
        # As `LRScheduler` will set `initial_lr`.
        made.base_lrs = [float(group.get("initial_lr", group["lr"])) for group in optimizer.param_groups]
        self.made.append(made)

    def told(self, raised: str | None, warned: bool) -> dict[str, object]:
        made = [
            {
                "row": each.row,
                "optimizer": each.optimizer,
                "shared": sum(optimizer == each.optimizer for optimizer, _ in self.writers) > 1,
                "base_lrs": each.base_lrs,
                "values": each.values,
                "updates": each.updates,
            }
            for each in self.made
        ]
        return {"made": made, "raised": raised, "warned": warned}


def record(path: str, names: dict[str, list[str]]) -> dict[str, object]:
    """Run the program at `path` to its end, or to the exception that ends it."""
    recorder = Recorder(path, names)
    init = LRScheduler.__init__

    def watched(self: LRScheduler, optimizer: Optimizer, *args: Any, **kwargs: Any) -> None:
        recorder.making(self, optimizer)
        init(self, optimizer, *args, **kwargs)

    hook = register_optimizer_step_pre_hook(recorder.before_update)
    LRScheduler.__init__ = watched  # type: ignore[method-assign]
    raised = None
    sys.argv = [path]
    torch.manual_seed(0)
    try:
        with (
            warnings.catch_warnings(record=True) as caught,
            contextlib.redirect_stdout(io.StringIO()),
        ):
            warnings.simplefilter("always")
            try:
                runpy.run_path(path, run_name="__main__")
            except Exception as error:
                raised = type(error).__name__
    finally:
        LRScheduler.__init__ = init  # type: ignore[method-assign]
        hook.remove()
    warned = any("before `optimizer.step()`" in str(each.message) for each in caught)
    return recorder.told(raised, warned)


def main() -> None:
    for asked in json.load(sys.stdin):
        print(json.dumps(record(asked["path"], asked["names"])), flush=True)


if __name__ == "__main__":
    main()
