"""The line before the one language model: first come, first served, and nobody waits for somebody who has left."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from rag.errors import RagError

MOST = 20  # places, that of whose turn it is among them
_REMEMBERED = 50  # turns whose length is known

FULL = "{most} questions are already being answered or waiting. Please ask again in a few minutes."


class Full(RagError):
    """The line is as long as it may be."""


class Line:
    """A fair line of bounded length. May be shared by threads.

        with line.place() as place:
            while not place.at_front(timeout=0.25):
                yield Waiting(place.ahead)
            ...  # nobody else is here

    Whoever leaves the block, in whatever way (a closed generator and an error too), frees the place at once.
    """

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        """`most` is how many places there are, that of whose turn it is among them; `clock` counts seconds."""
        self._most = most
        self._clock = clock
        self._moved = threading.Condition()
        self._places: list[Place] = []  # the first has its turn
        self._seconds: deque[float] = deque(maxlen=_REMEMBERED)
        self._left = float("-inf")  # when the last place was left

    def __len__(self) -> int:
        """How many places are taken."""
        return len(self._places)

    @property
    def usual_seconds(self) -> float | None:
        """Median length of the last 50 turns that were completed; None before the first."""
        with self._moved:
            return median(self._seconds) if self._seconds else None

    @property
    def idle_seconds(self) -> float:
        """For how long nobody has been here; infinite when nobody ever was."""
        with self._moved:
            return 0.0 if self._places else self._clock() - self._left

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Take the last place, until the block is left.

        A turn counts as completed, and its length is learnt, when the block is left without an exception.

        Raises:
            Full: no place is left.
        """
        place = Place(self)
        with self._moved:
            if len(self._places) >= self._most:
                raise Full(FULL.format(most=self._most))
            self._places.append(place)
        try:
            yield place
            self._learn(place)
        finally:
            with self._moved:
                self._places.remove(place)
                self._left = self._clock()
                self._moved.notify_all()

    def _learn(self, place: Place) -> None:
        if place.since is not None:
            with self._moved:
                self._seconds.append(self._clock() - place.since)

    def _ahead(self, place: Place) -> int:
        with self._moved:
            return self._places.index(place)

    def _is_first(self, place: Place, timeout: float) -> bool:
        with self._moved:
            first = self._moved.wait_for(lambda: self._places.index(place) == 0, timeout)
            if first and place.since is None:
                place.since = self._clock()
            return first


class Place:
    """Where one asker stands in a line. Once it is left, asking it anything is a ValueError."""

    def __init__(self, line: Line) -> None:
        """`Line.place` makes it."""
        self._line = line
        self.since: float | None = None  # when its turn began, by the line's clock

    @property
    def ahead(self) -> int:
        """How many come before, the one whose turn it is among them."""
        return self._line._ahead(self)

    @property
    def wait_seconds(self) -> float | None:
        """How long it will probably be until its turn, in seconds; None while no turn was ever completed."""
        usual = self._line.usual_seconds
        return None if usual is None else self.ahead * usual

    def at_front(self, timeout: float = 0.0) -> bool:
        """Whether it is its turn; if not, wait for it at most `timeout` seconds. Costs nothing while it waits."""
        return self._line._is_first(self, timeout)
