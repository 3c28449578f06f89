"""The parent's side: files handed to children, as many at a time as there may be, answers in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Condition, Thread
from types import TracebackType
from typing import Final

from warmlint.workers.process import Child, Failed

Said = dict[str, object] | Failed
"""What comes of a request: the data that a child answers with, or why there are none."""

_WORTH_A_CHILD: Final = 3
"""Files that wait before another child is started: starting one takes as long as linting about so many."""

_MOST_WAITING: Final = 16
"""Files that wait at most, for each child: their bytes are in memory."""

_PATIENCE: Final = 1.0  # seconds; on Windows a wait without end cannot be interrupted


class Pool:
    """Up to `jobs` children: one at once, others when there is something to do for them.

    A run submits many requests and takes all answers; `done` hears the number of each that is answered, in
    the thread that submits. What runs for longer asks, and is told of each by itself; it may not want that
    `worth_a_child` files wait before another child is started. A context manager:
    leaving it ends the children, whatever has happened; what is not answered then is cancelled.
    """

    def __init__(
        self,
        jobs: int,
        done: Callable[[int], None] = lambda number: None,
        worth_a_child: int = _WORTH_A_CHILD,
    ) -> None:
        self._jobs = jobs
        self._worth_a_child = worth_a_child
        self._done = done
        self._news: list[int] = []
        self._changed = Condition()
        self._waiting: deque[tuple[Future[Said], bytes]] = deque()
        self._submitted: list[Future[Said]] = []
        self._open = 0
        self._idle = 0
        self._closed = False
        self._error: BaseException | None = None
        self._lanes: list[Thread] = []
        self._children: set[Child] = set()

    def __enter__(self) -> Pool:
        self._start_lane()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._closed = True
            for child in self._children:
                child.kill()
            self._changed.notify_all()
        for lane in self._lanes:
            lane.join()
        for asked, _ in self._waiting:
            asked.cancel()

    def ask(self, request: bytes) -> Future[Said]:
        """Have a request answered, without waiting; one that is cancelled before its turn is left out."""
        asked: Future[Said] = Future()
        with self._changed:
            self._waiting.append((asked, request))
            backlog = len(self._waiting) >= self._worth_a_child and not self._idle
            if backlog and len(self._lanes) < self._jobs:
                self._start_lane()
            self._changed.notify_all()
        return asked

    def submit(self, request: bytes) -> None:
        """Have a request answered; waits while many others do."""
        with self._changed:
            number = len(self._submitted)
            self._open += 1
            self._submitted.append(self.ask(request))
            self._submitted[-1].add_done_callback(lambda asked: self._answered(number))
            self._wait(lambda: len(self._waiting) <= _MOST_WAITING * len(self._lanes))

    def answers(self) -> list[Said]:
        """What came of the requests, in the order in which they were submitted."""
        with self._changed:
            self._wait(lambda: not self._open)
            return [asked.result() for asked in self._submitted]

    def _answered(self, number: int) -> None:
        with self._changed:
            self._open -= 1
            self._news.append(number)
            self._changed.notify_all()

    def _wait(self, until: Callable[[], bool]) -> None:
        while True:
            while self._news:
                self._done(self._news.pop(0))
            if self._error is not None:
                raise self._error
            if until():
                return
            self._changed.wait(_PATIENCE)

    def _start_lane(self) -> None:
        self._lanes.append(Thread(target=self._work, daemon=True))
        self._lanes[-1].start()

    # --- in the thread that a child belongs to ----------------------------------------------------

    def _work(self) -> None:
        child: Child | None = None
        try:
            with suppress(Failed):  # told when it is asked
                child = self._start()
            while (taken := self._take()) is not None:
                asked, request = taken
                try:
                    child, said = self._ask(child, request)
                except BaseException as error:
                    asked.set_exception(error)
                    raise
                asked.set_result(said)
        except BaseException as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()
        finally:
            self._leave(child)

    def _take(self) -> tuple[Future[Said], bytes] | None:
        with self._changed:
            self._idle += 1
            try:
                while not self._closed:
                    if not self._waiting:
                        self._changed.wait(_PATIENCE)
                        continue
                    taken = self._waiting.popleft()
                    self._changed.notify_all()
                    if taken[0].set_running_or_notify_cancel():
                        return taken
                return None
            finally:
                self._idle -= 1

    def _ask(self, child: Child | None, request: bytes) -> tuple[Child | None, Said]:
        """What comes of a request, and the child that is left to be asked on.

        A failure for which the file itself may not be to blame is tried once more, in a child of its own.
        """
        child, said = self._try(child, request)
        if isinstance(said, Failed) and said.again and not self._closed:
            return self._try(None, request)
        return child, said

    def _try(self, child: Child | None, request: bytes) -> tuple[Child | None, Said]:
        try:
            child = child or self._start()
            return child, child.ask(request)
        except Failed as failed:
            self._leave(child)
            return None, failed

    def _start(self) -> Child:
        child = Child()
        with self._changed:
            self._children.add(child)
            if self._closed:
                child.kill()
        return child

    def _leave(self, child: Child | None) -> None:
        if child is not None:
            with self._changed:
                self._children.discard(child)
            child.close()
