"""Runs fixtures under the real torch, in one process, and tells what became of each schedule.

A script for a subprocess of its own: it traces programs while they run. Standard input holds one JSON array
of `{"path": …, "sites": [{"row": …, "construct": …, "names": [name, …]}, …]}`; standard output gets one
JSON object for each, on a line of its own:

    {"made": [{"row": …, "written": …, "optimizer": its number or null, "part": …, "shared": …,
               "base_lrs": […], "values": {name: …}, "updates": [[lr of each group], …]}, …],
     "raised": the exception's name or null, "missing": the library that is not installed or null,
     "warned": whether torch complained of the order}

There are three kinds of schedules, and `row` is where the fixture's own text

- makes an `LRScheduler` of whatever class, itself or through a library's function: all are told;
- makes an object of another class, where a site of that row has the class for its construct;
- writes the LR, where a site of that row has the construct `param_groups`: `written`.

`updates` are those of the schedule's optimizer: from its making on, or for what is `written` all there are.
`base_lrs` are the LRs of then. The optimizer is the one that the schedule is given, else the only one of the
program; null where there are several. `part` tells that the schedule was given to another one, or made by it,
and `shared` that another row makes or is a schedule of that optimizer, parts aside.

`names` are the expressions whose values are wanted; they are looked up in the frames of the running program,
when the row is reached and at each update after.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.optimizer import Optimizer, register_optimizer_step_pre_hook

WRITTEN = "param_groups"


@dataclass
class Known:
    """One optimizer of the running program: the LRs that it was made with, and those of its updates."""

    optimizer: Optimizer
    base_lrs: list[float]
    updates: list[list[float]] = field(default_factory=list)


@dataclass
class Made:
    """One schedule of the running program.

    `given` is the number of the optimizer that it was given; `since` and `base_lrs` say, by the number of
    each optimizer, how many updates came before the schedule and at what LRs it found the param groups.
    """

    row: int
    names: list[str]
    scheduler: object = None
    given: int | None = None
    part: bool = False
    since: dict[int, int] = field(default_factory=dict)
    base_lrs: dict[int, list[float]] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)

    @property
    def written(self) -> bool:
        """Whether it is no object."""
        return self.scheduler is None

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
    """Watches one program while it runs."""

    def __init__(self, path: str, sites: list[dict[str, Any]]) -> None:
        self.path = path
        self.names: dict[int, list[str]] = {}
        self.wanted: set[tuple[int, str]] = set()
        for site in sites:
            self.names.setdefault(site["row"], []).extend(site["names"])
            self.wanted.add((site["row"], site["construct"]))
        self.made: list[Made] = []
        self.known: list[Known] = []  # kept, so that no two have one id

    # --- optimizers -------------------------------------------------------------------------------
    def before_update(self, optimizer: Optimizer, *_: object) -> None:
        if any(isinstance(group["lr"], complex) for group in optimizer.param_groups):
            return  # the update itself will raise
        number = self.number(optimizer)
        self.known[number].updates.append(_rates(optimizer))
        for made in self.made:
            if made.given in (number, None):
                made.look_up(sys._getframe(), self.path)

    def number(self, optimizer: Optimizer) -> int:
        while isinstance(wrapped := getattr(optimizer, "optimizer", None), Optimizer):
            optimizer = wrapped  # accelerate's is one around another
        for number, known in enumerate(self.known):
            if known.optimizer is optimizer:
                return number
        self.known.append(Known(optimizer, _rates(optimizer)))
        return len(self.known) - 1

    # --- what the program does ----------------------------------------------------------------------
    def trace(self, frame: FrameType, event: str, _: object) -> Any:
        """What Python asks at every call: whether its lines, and its return, are to be told."""
        if frame.f_code.co_name == "__init__":
            made = _self_of(frame)
            if isinstance(made, Optimizer):
                frame.f_trace_lines = False
                return self.returning
            self.making(frame, made)
        return self.line if frame.f_code.co_filename == self.path else None

    def returning(self, frame: FrameType, event: str, _: object) -> Any:
        """An optimizer's constructor has run; that of its base class before it, with all groups made."""
        optimizer = _self_of(frame)
        if event == "return" and isinstance(optimizer, Optimizer):
            self.number(optimizer)
        return self.returning

    def line(self, frame: FrameType, event: str, _: object) -> Any:
        """A line of the fixture is about to run."""
        row = frame.f_lineno
        if event == "line" and (row, WRITTEN) in self.wanted:
            written = next((each for each in self.made if each.written and each.row == row), None)
            if written is None:
                written = Made(row, self.names[row])
                self.made.append(written)
            written.look_up(frame, self.path)
        return self.line

    def making(self, frame: FrameType, made: object) -> None:
        """A constructor is called; of several of one object, the outermost comes first."""
        if any(each.scheduler is made for each in self.made):
            return
        caller, part = self._maker(frame, made)
        if caller is None:
            return
        row = caller.f_lineno
        if not isinstance(made, LRScheduler) and (row, type(made).__name__) not in self.wanted:
            return
        schedule = Made(row, self.names.get(row, []), made, part=part)
        for value in _given(frame):
            if isinstance(value, Optimizer):
                schedule.given = self.number(value)
            for each in self.made:
                if each.scheduler is value and value is not made:
                    each.part = True
                    schedule.given = each.given if schedule.given is None else schedule.given
        for number, known in enumerate(self.known):
            schedule.since[number] = len(known.updates)
            schedule.base_lrs[number] = _rates(known.optimizer, initial=True)
        schedule.look_up(caller, self.path)
        self.made.append(schedule)

    def _maker(self, frame: FrameType, made: object) -> tuple[FrameType | None, bool]:
        """The frame of the fixture that makes an object, and whether another schedule's constructor does."""
        maker: FrameType | None = None
        part = False
        at: FrameType | None = frame
        while at is not None:
            own = _self_of(at) if at.f_code.co_name == "__init__" else None
            part = part or (own is not None and any(own is each.scheduler for each in self.made))
            if maker is None and at.f_code.co_filename == self.path and own is not made:
                maker = at
            at = at.f_back
        return maker, part

    # --- what is told ---------------------------------------------------------------------------------
    def told(self) -> list[dict[str, object]]:
        numbers = [self._optimizer_of(each) for each in self.made]
        rows = {(number, each.row) for number, each in zip(numbers, self.made, strict=True) if not each.part}
        made: list[dict[str, object]] = []
        for number, each in zip(numbers, self.made, strict=True):
            base_lrs: list[float] = []
            updates: list[list[float]] = []
            if number is not None:
                base_lrs = each.base_lrs.get(number, self.known[number].base_lrs)
                updates = self.known[number].updates[each.since.get(number, 0) :]
            made.append(
                {
                    "row": each.row,
                    "written": each.written,
                    "optimizer": number,
                    "part": each.part,
                    "shared": any(other == number and row != each.row for other, row in rows),
                    "base_lrs": base_lrs,
                    "values": each.values,
                    "updates": updates,
                }
            )
        return made

    def _optimizer_of(self, made: Made) -> int | None:
        """The number of a schedule's optimizer."""
        if made.given is not None:
            return made.given
        if isinstance(optimizer := getattr(made.scheduler, "optimizer", None), Optimizer):
            return self.number(optimizer)
        return 0 if len(self.known) == 1 else None


def _self_of(frame: FrameType) -> object:
    """The object that a method is called on."""
    code = frame.f_code
    return frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None


def _given(frame: FrameType) -> Iterator[object]:
    """What a constructor is called with, by itself or in a list, tuple or dict."""
    for value in list(frame.f_locals.values()):
        yield value
        if isinstance(value, (list, tuple)):
            yield from value
        elif isinstance(value, dict):
            yield from value.values()


def _rates(optimizer: Optimizer, *, initial: bool = False) -> list[float]:
    """The LRs of the param groups; with `initial`, those that `LRScheduler` takes for its base LRs."""
    groups = optimizer.param_groups
    return [float(group.get("initial_lr", group["lr"]) if initial else group["lr"]) for group in groups]


def record(path: str, sites: list[dict[str, Any]]) -> dict[str, object]:
    """Run the program at `path` to its end, or to the exception that ends it."""
    recorder = Recorder(path, sites)
    hook = register_optimizer_step_pre_hook(recorder.before_update)
    raised = missing = None
    sys.argv = [path]
    torch.manual_seed(0)
    try:
        with (
            warnings.catch_warnings(record=True) as caught,
            contextlib.redirect_stdout(io.StringIO()),
        ):
            warnings.simplefilter("always")
            sys.settrace(recorder.trace)
            try:
                runpy.run_path(path, run_name="__main__")
            except Exception as error:
                raised = type(error).__name__
                missing = (error.name or "a library") if isinstance(error, ImportError) else None
            finally:
                sys.settrace(None)
    finally:
        hook.remove()
    warned = any("before `optimizer.step()`" in str(each.message) for each in caught)
    return {"made": recorder.told(), "raised": raised, "missing": missing, "warned": warned}


def main() -> None:
    for asked in json.load(sys.stdin):
        print(json.dumps(record(asked["path"], asked["sites"])), flush=True)


if __name__ == "__main__":
    main()
