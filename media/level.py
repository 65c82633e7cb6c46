"""Microphone level from the RTP header extension, without decoding (RFC 6464).

The voice bit is not used: Chrome's is always 1.
"""

from collections import deque

WINDOW_SECONDS = 0.5
SILENCE_DBOV = -127.0


class LevelMeter:
    """The loudest packet of the last 500 ms, in dBov: 0 is full scale, −127 is silence."""

    def __init__(self) -> None:
        self._levels: deque[tuple[float, float]] = deque(maxlen=100)

    def note(self, extension: bytes, arrival: float) -> None:
        if extension:
            self._levels.append((arrival, -float(extension[0] & 0x7F)))

    def dbov(self, now: float) -> float | None:
        """None when no level came in the last 500 ms."""
        levels = self._levels
        while levels and now - levels[0][0] > WINDOW_SECONDS:
            levels.popleft()
        return max((level for _, level in levels), default=None)
