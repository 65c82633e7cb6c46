"""RTP time → the peer's one media clock. Pure; arrival times are passed in, in media clock seconds.

A track is anchored where its first packet arrived, moved earlier within the first second if a
packet came with less delay, and from then on follows RTP time exactly, tick by tick, unless it is
asked to `move`: then by at most 5 ms a frame, until it is there. Where RTP
time leaves arrival time by more than 1 s for more than 0.5 s (an incoming phone call, sleep,
another device), a new epoch begins: anchored anew on arrival. Until that is decided the frames
wait, so a lone wrong timestamp never reaches a file. (RFC 3550 section 5.1 for RTP time.)

Invariants: time leaves strictly growing; picture frames are never left out, sound that would
overlap what has left is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

SETTLING_SECONDS = 1.0
TOLERANCE_SECONDS = 1.0
DECISION_SECONDS = 0.5
PATIENCE_SECONDS = 1.5
REPAIR_SECONDS = 3.0
"""By how much a retransmitted packet may come later than an original."""
MOVE_SECONDS = 0.005


class Timed(Protocol):
    """`timestamp` is unwrapped RTP time, `arrival` in media clock seconds."""

    timestamp: int
    arrival: float
    is_repaired: bool


F = TypeVar("F", bound=Timed)


@dataclass(frozen=True, slots=True)
class Placed(Generic[F]):
    """`ticks` is the frame's time on the media clock, in units of the track's clock rate."""

    frame: F
    ticks: int


class Timeline(Generic[F]):
    """`on_epoch(at_seconds, shift_seconds)` is told of every anchoring but the first."""

    def __init__(
        self,
        clock_rate: int,
        on_epoch: Callable[[float, float], None],
        *,
        drops_overlap: bool,
    ) -> None:
        self._clock_rate = clock_rate
        self._on_epoch = on_epoch
        self._drops_overlap = drops_overlap
        self._shift: int | None = None
        self._anchored_at = 0.0
        self._last_ticks: int | None = None
        self._undecided: list[F] = []
        self._to_move = 0

    def move(self, seconds: float) -> None:
        """Place what follows so much later (negative: earlier), at most 5 ms with each frame."""
        self._to_move = round(seconds * self._clock_rate)

    def seconds(self, timestamp: int) -> float | None:
        """Where RTP time lies now; None before the first packet."""
        if self._shift is None:
            return None
        return (timestamp + self._shift) / self._clock_rate

    def observe(self, timestamp: int, arrival: float) -> None:
        """A packet came as first sent: anchors, and in the first second finds the least delay."""
        ticks = round(arrival * self._clock_rate) - timestamp
        if self._shift is None:
            self._shift, self._anchored_at = ticks, arrival
        elif arrival - self._anchored_at < SETTLING_SECONDS:
            early = self._shift - ticks
            if 0 < early < TOLERANCE_SECONDS * self._clock_rate:
                self._to_move = min(self._to_move, -early)

    def place(self, frame: F) -> list[Placed[F]]:
        """The frames whose time is decided with this one; usually it alone."""
        if self._shift is None:
            self.observe(frame.timestamp, frame.arrival)
        if self._is_plausible(frame):
            if frame.is_repaired and self._undecided:
                self._undecided.append(frame)
                return []
            return self._emit([*self._corrected(), frame])
        self._undecided.append(frame)
        if frame.arrival - self._undecided[0].arrival > DECISION_SECONDS:
            return self._begin_epoch()
        return []

    def expire(self, now: float) -> list[Placed[F]]:
        """Decide about frames that nothing came after."""
        if self._undecided and now - self._undecided[0].arrival > PATIENCE_SECONDS:
            return self._begin_epoch()
        return []

    def restart(self) -> list[Placed[F]]:
        """RTP time begins anew with the next packet; what waited is decided about now."""
        placed = self._begin_epoch() if self._undecided else []
        self._shift = None
        return placed

    def _is_plausible(self, frame: F) -> bool:
        late_seconds = TOLERANCE_SECONDS + (REPAIR_SECONDS if frame.is_repaired else 0)
        return -TOLERANCE_SECONDS <= self._lateness(frame) <= late_seconds

    def _lateness(self, frame: F) -> float:
        assert self._shift is not None
        return frame.arrival - (frame.timestamp + self._shift) / self._clock_rate

    def _corrected(self) -> list[F]:
        """Frames held as doubtful, now that time goes on as before: those ahead were mistaken."""
        frames, self._undecided = self._undecided, []
        assert self._shift is not None
        for frame in frames:
            if not frame.is_repaired and self._lateness(frame) < 0:
                frame.timestamp = round(frame.arrival * self._clock_rate) - self._shift
        return frames

    def _begin_epoch(self) -> list[Placed[F]]:
        frames, self._undecided = self._undecided, []
        timely = [frame for frame in frames if not frame.is_repaired] or frames
        least = min(self._lateness(frame) for frame in timely)
        assert self._shift is not None
        self._shift += round(least * self._clock_rate)
        self._anchored_at, self._to_move = frames[0].arrival, 0
        self._on_epoch((frames[0].timestamp + self._shift) / self._clock_rate, least)
        return self._emit(frames)

    def _emit(self, frames: list[F]) -> list[Placed[F]]:
        assert self._shift is not None
        placed = []
        for frame in frames:
            self._move_a_little()
            ticks = frame.timestamp + self._shift
            last = self._last_ticks
            if last is not None and ticks <= last:
                if self._drops_overlap:
                    continue
                ticks = last + 1
            self._last_ticks = ticks
            placed.append(Placed(frame, ticks))
        return placed

    def _move_a_little(self) -> None:
        if self._to_move:
            most = round(MOVE_SECONDS * self._clock_rate)
            step = max(-most, min(self._to_move, most))
            self._to_move -= step
            assert self._shift is not None
            self._shift += step
