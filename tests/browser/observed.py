"""What observer.js told of one page, across reloads."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Entry = tuple[str, float, Any]  # kind, when, what


@dataclass
class Observed:
    """Times are seconds since the Unix epoch. `errors`: what the page complained about.

    `filmed`: when it was told, the camera's own time, and the number.
    """

    messages: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    filmed: list[tuple[float, float, int | None]] = field(default_factory=list)
    received: list[tuple[float, int | None]] = field(default_factory=list)
    sent: list[tuple[float, int, int]] = field(default_factory=list)
    arrived: list[tuple[float, dict[str, int]]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def take_in(self, batch: list[Entry]) -> None:
        for kind, at, value in batch:
            match kind:
                case "message":
                    self.messages.append((at, value))
                case "filmed":
                    self.filmed.append((at, *value))
                case "received":
                    self.received.append((at, value[1]))
                case "sent":
                    self.sent.append((value["at"], value["peer"], value["frames"]))
                case "arrived":
                    self.arrived.append((at, value))

    def filmed_numbers(self) -> list[tuple[float, int | None]]:
        """Every number with the moment at which the camera gave it.

        A busy page hears of a frame late, never early: the shortest delay is the true one, and
        with the camera's own clock it is the delay of all frames. Each camera has its own clock.
        """
        moments: list[tuple[float, int | None]] = []
        for camera in self._cameras():
            delay = min(at - own for at, own, _ in camera)
            moments += [(own + delay, number) for _, own, number in camera]
        return moments

    def _cameras(self) -> list[list[tuple[float, float, int | None]]]:
        """What was filmed, apart for each opening of the camera: its clock starts anew."""
        cameras: list[list[tuple[float, float, int | None]]] = []
        last = float("inf")
        for entry in self.filmed:
            if entry[1] < last:
                cameras.append([])
            cameras[-1].append(entry)
            last = entry[1]
        return cameras

    def stages(self, kind: str) -> list[tuple[float, dict[str, Any]]]:
        """Every time the server said that this stage begins or has changed."""
        return [
            (at, message["state"]["stage"])
            for at, message in self.messages
            if message["type"] == "state" and message["state"]["stage"]["kind"] == kind
        ]

    def frames_sent(self, start: float, end: float) -> float:
        """How many frames the browser says it sent between two moments, on all connections."""
        total = 0.0
        for peer in {peer for _, peer, _ in self.sent}:
            counts = [(at, frames) for at, of, frames in self.sent if of == peer]
            times, frames = zip(*counts, strict=True)
            total += float(np.interp(end, times, frames) - np.interp(start, times, frames))
        return total

    def decoded_between(self, start: float, end: float) -> int:
        """How many frames the browser says it decoded of what the server sent."""
        counts = [(at, told["decoded"]) for at, told in self.arrived]
        before = [count for at, count in counts if at <= start]
        return max(count for at, count in counts if at <= end) - max(before, default=0)

    def received_between(self, start: float, end: float) -> list[int | None]:
        return [number for at, number in self.received if start <= at <= end]

    def first_received_after(self, start: float) -> float:
        """When the first picture from the server was shown; raises StopIteration when none was."""
        return next(at for at, _ in self.received if at >= start)

    def complaints(self, expected: Callable[[str], bool] = lambda _: False) -> list[str]:
        return [error for error in self.errors if not expected(error)]
