"""What observer.js told of one page, across reloads."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Entry = tuple[str, float, Any]  # kind, when, what


@dataclass
class Observed:
    """Times are seconds since the Unix epoch. `errors`: what the page complained about."""

    messages: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    filmed: list[tuple[float, int | None]] = field(default_factory=list)
    received: list[tuple[float, int | None]] = field(default_factory=list)
    sent: list[tuple[float, int, int]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def take_in(self, batch: list[Entry]) -> None:
        for kind, at, value in batch:
            match kind:
                case "message":
                    self.messages.append((at, value))
                case "filmed":
                    self.filmed.append((at, value))
                case "received":
                    self.received.append((at, value))
                case "sent":
                    self.sent.append((at, value["peer"], value["frames"]))

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

    def received_between(self, start: float, end: float) -> list[int | None]:
        return [number for at, number in self.received if start <= at <= end]

    def complaints(self, expected: Callable[[str], bool] = lambda _: False) -> list[str]:
        return [error for error in self.errors if not expected(error)]
