"""The parent's side: files handed to children, as many at a time as there may be, answers in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
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

    `done` hears the number of each request that is answered, in the thread that submits. A context manager:
    leaving it ends the children, whatever has happened.
    """

    def __init__(self, jobs: int, done: Callable[[int], None] = lambda number: None) -> None:
        self._jobs = jobs
        self._done = done
        self._news: list[int] = []
        self._changed = Condition()
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._said: dict[int, Said] = {}
        self._submitted = 0
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

    def submit(self, request: bytes) -> None:
        """Have a request answered; waits while many others do."""
        with self._changed:
            self._waiting.append((self._submitted, request))
            self._submitted += 1
            backlog = len(self._waiting) >= _WORTH_A_CHILD and not self._idle
            if backlog and len(self._lanes) < self._jobs:
                self._start_lane()
            self._changed.notify_all()
            self._wait(lambda: len(self._waiting) <= _MOST_WAITING * len(self._lanes))

    def answers(self) -> list[Said]:
        """What came of the requests, in the order in which they were submitted."""
        with self._changed:
            self._wait(lambda: len(self._said) == self._submitted)
            return [self._said[number] for number in range(self._submitted)]

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
                number, request = taken
                child, said = self._ask(child, request)
                with self._changed:
                    self._said[number] = said
                    self._news.append(number)
                    self._changed.notify_all()
        except BaseException as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()
        finally:
            self._leave(child)

    def _take(self) -> tuple[int, bytes] | None:
        with self._changed:
            self._idle += 1
            while not (self._waiting or self._closed):
                self._changed.wait(_PATIENCE)
            self._idle -= 1
            if self._closed:
                return None
            self._changed.notify_all()
            return self._waiting.popleft()

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
