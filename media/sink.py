"""What travels out of the media core: encoded packets into a Sink, notes to whoever keeps a journal.

A sink gets whole encoded frames in order: VP8 frames, H264 access units as Annex B, Opus packets.
`pts` is on the peer's one media clock, in 1/90000 s (picture) or 1/48000 s (sound), and grows
strictly within a track. Each sink gets an `av.Packet` of its own and may change it. A sink never
blocks and never raises: it is called on the event loop, inside the receive path.

Times in notes (`at`, `start`, `end`) are media clock seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import av

Track = Literal["audio", "video"]
CLOCK_RATES: dict[Track, int] = {"audio": 48_000, "video": 90_000}


class Sink(Protocol):
    def write(self, packet: "av.Packet[Any]") -> None: ...


@dataclass(frozen=True, slots=True)
class SenderReport:
    """RFC 3550 section 6.4.1: the sender's wall clock (seconds since 1900) and our time of one RTP instant.

    `at` is where the media clock puts `rtp_time` (unwrapped), so two tracks' reports together tell
    how far their pictures and sounds lie apart.
    """

    track: Track
    ntp_seconds: float
    rtp_time: int
    at: float


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing whole was received from `start` to `end`: lost and not repaired, or frozen after it."""

    track: Track
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Epoch:
    """RTP time was anchored anew: it had left arrival time by `shift_seconds` (phone call, sleep)."""

    track: Track
    at: float
    shift_seconds: float


@dataclass(frozen=True, slots=True)
class CodecChanged:
    """From `at` on, packets of the track are of this codec; also told for the first packet."""

    track: Track
    codec: str
    at: float


Note = SenderReport | Gap | Epoch | CodecChanged
NoteTaker = Callable[[Note], None]
