"""Frames at any times → exactly one frame per tick of a constant rate.

The rate is the source's own where it is steady and at most 30, so that each of its frames is kept
once; what comes faster is thinned evenly, what comes unevenly is put on the nearest tick of 30.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor
from typing import Generic, TypeVar

HIGHEST = Fraction(30)
SAME_SHARE = Fraction(1, 1000)
STEADY = [
    Fraction(rate)
    for rate in (5, 8, 10, 12, "12.5", 15, 20, Fraction(24000, 1001), 24, 25, Fraction(30000, 1001), 30)
]  # fmt: skip
EARLY = Fraction(2, 5)  # of a tick: what comes so much before it still belongs to it

Picture = TypeVar("Picture")


def playout_rate(average: Fraction | None, smallest_step: Fraction | None) -> Fraction:
    """Frames a second for a source; 30 where it is not steady.

    `average`: of its frames a second; `smallest_step`: the rate at which all its times are ticks.
    """
    if not average or not smallest_step or not _same(average, smallest_step):
        return HIGHEST
    rate = average
    if rate > HIGHEST and not _same(rate, HIGHEST):
        rate /= ceil(rate / HIGHEST / (1 + SAME_SHARE))
    nearest = min(STEADY, key=lambda steady: abs(steady - rate))
    return nearest if _same(rate, nearest) else HIGHEST


def _same(one: Fraction, other: Fraction) -> bool:
    return abs(one - other) <= other * SAME_SHARE


class Cadence(Generic[Picture]):
    """Gives out (tick, frame) in order; a frame is given out once the next one is known."""

    def __init__(self, rate: Fraction) -> None:
        self.rate = rate
        self._next_tick = 0
        self._held: Picture | None = None
        self._held_tick = 0

    @property
    def end_tick(self) -> int:
        """How many ticks there are up to the frame that is held."""
        return self._next_tick if self._held is None else self._held_tick + 1

    def add(self, frame: Picture, at_seconds: float) -> Iterator[tuple[int, Picture]]:
        """`frame` is shown from `at_seconds` on; two on one tick: the later one is kept."""
        tick = max(floor(at_seconds * self.rate + EARLY), self._next_tick)
        if self._held is None:
            self._held = frame
        elif tick > self._held_tick:
            yield from self._give_until(tick)
        self._held, self._held_tick = frame, tick

    def finish(self, ticks: int) -> Iterator[tuple[int, Picture]]:
        """The last frame, shown until there are `ticks` in all."""
        if self._held is not None:
            yield from self._give_until(max(ticks, self._held_tick + 1))
            self._held = None

    def _give_until(self, tick: int) -> Iterator[tuple[int, Picture]]:
        held = self._held
        while held is not None and self._next_tick < tick:
            self._next_tick += 1
            yield self._next_tick - 1, held
