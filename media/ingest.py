"""Packets → encoded frames: put in order, hold, give up, wait for a key frame. Pure; time is passed in.

A reader holds what came behind a hole for at most `hold_seconds` while the hole may be repaired.
Then it gives the hole up, and for pictures nothing leaves until a key frame is whole: a freeze,
never a smear. Several readers may read one track with different patience.

Invariants: frames leave in sequence order, each once, whole; what is held is bounded in packets
and bytes (when full, the oldest hole is given up at once).
"""

from collections.abc import Callable
from dataclasses import dataclass

from media.depacketize import Depacketizer, depacketizer
from media.errors import Malformed

HOLD_SECONDS = 2.0
PROMPT_HOLD_SECONDS = 0.3
MAX_HELD_PACKETS = 4096
MAX_HELD_BYTES = 8 * 1024 * 1024
MAX_FRAME_BYTES = 4 * 1024 * 1024


@dataclass(slots=True)
class Arrival:
    """One packet in its place; `sequence` and `timestamp` are unwrapped, `arrival` in seconds.

    `is_repaired`: it came by retransmission, so that its arrival tells nothing of its time.
    """

    sequence: int
    timestamp: int
    marker: bool
    payload: bytes
    codec: str
    arrival: float
    is_repaired: bool = False


@dataclass(slots=True)
class Frame:
    """`follows_loss`: something between the frame before and this one was lost for good."""

    codec: str
    timestamp: int
    data: bytes
    is_keyframe: bool
    size: tuple[int, int] | None
    arrival: float
    is_repaired: bool
    follows_loss: bool


class FrameReader:
    """`deliver(frame)` gets each frame; `want_key_frame()` is called whenever one is missed."""

    def __init__(
        self,
        deliver: Callable[[Frame], None],
        want_key_frame: Callable[[], None],
        *,
        needs_key_frame: bool,
        hold_seconds: float = HOLD_SECONDS,
    ) -> None:
        self.lost = 0
        self._deliver = deliver
        self._want_key_frame = want_key_frame
        self._needs_key_frame = needs_key_frame
        self._hold_seconds = hold_seconds
        self._next: int | None = None
        self._held: dict[int, Arrival] = {}
        self._held_bytes = 0
        self._parts: list[Arrival] = []
        self._parts_bytes = 0
        self._is_frozen = needs_key_frame
        self._follows_loss = False
        self._depacketizers: dict[str, Depacketizer] = {}

    def push(self, packet: Arrival) -> None:
        expected = self._next
        if expected is None or (packet.sequence == expected and not self._held):
            self._next = packet.sequence + 1
            self._take(packet)
            return
        if packet.sequence < expected or packet.sequence in self._held:
            return
        self._held[packet.sequence] = packet
        self._held_bytes += len(packet.payload)
        self._release()
        while len(self._held) > MAX_HELD_PACKETS or self._held_bytes > MAX_HELD_BYTES:
            self._give_up()

    def starts_key_frame(self, packet: Arrival) -> bool:
        payload = packet.payload
        return bool(payload) and self._depacketizer(packet.codec).starts_key_frame(payload)

    def expire(self, now: float) -> None:
        """Give up the holes that are older than the hold."""
        while self._held:
            oldest = next(iter(self._held.values()))
            if now - oldest.arrival <= self._hold_seconds:
                return
            self._give_up()

    def restart(self) -> None:
        """The packets that follow are numbered anew; what is held leaves first."""
        while self._held:
            self._give_up()
        self._next = None
        self._lose()

    def _release(self) -> None:
        assert self._next is not None
        while (packet := self._held.pop(self._next, None)) is not None:
            self._held_bytes -= len(packet.payload)
            self._next += 1
            self._take(packet)

    def _give_up(self) -> None:
        first = min(self._held)
        assert self._next is not None
        self.lost += first - self._next
        self._next = first
        self._lose()
        self._release()

    def _lose(self) -> None:
        self._parts = []
        self._follows_loss = True
        if self._needs_key_frame:
            self._is_frozen = True
            self._want_key_frame()

    def _take(self, packet: Arrival) -> None:
        if not packet.payload:
            return
        if self._parts and packet.timestamp != self._parts[0].timestamp:
            self._finish()
        codec = self._depacketizer(packet.codec)
        if not self._parts:
            self._parts_bytes = 0
            if not codec.starts_frame(packet.payload):
                if not self._is_frozen:
                    self._lose()
                return
        self._parts.append(packet)
        self._parts_bytes += len(packet.payload)
        if self._parts_bytes > MAX_FRAME_BYTES:
            self._lose()
        elif packet.marker or codec.one_packet_frames:
            self._finish()

    def _finish(self) -> None:
        parts, self._parts = self._parts, []
        first = parts[0]
        try:
            encoded = self._depacketizer(first.codec).assemble([part.payload for part in parts])
        except Malformed:
            self._lose()
            return
        if self._is_frozen and not encoded.is_keyframe:
            self._want_key_frame()
            return
        self._is_frozen = False
        follows_loss, self._follows_loss = self._follows_loss, False
        self._deliver(
            Frame(
                codec=first.codec,
                timestamp=first.timestamp,
                data=encoded.data,
                is_keyframe=encoded.is_keyframe,
                size=encoded.size,
                arrival=first.arrival,
                is_repaired=first.is_repaired,
                follows_loss=follows_loss,
            )
        )

    def _depacketizer(self, codec: str) -> Depacketizer:
        known = self._depacketizers.get(codec)
        if known is None:
            known = self._depacketizers[codec] = depacketizer(codec)
        return known
