"""Live watching: one publisher's encoded frames, packetised anew for one watcher.

Nothing is decoded or encoded. The watcher's picture begins with a key frame, for which the
publisher is asked; apart from such requests (at most one a second) the publisher is never touched:
in its receive path a watcher costs one append to a bounded queue.

Invariants: a watcher gets no video before a key frame, and none after a frame had to be dropped
until the next one (a freeze, never a smear); audio and video keep the publisher's distance from
each other; what waits here is bounded in bytes.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import av

from media.downlink import Downlink
from media.pacer import Pacer
from media.packetize import payloads
from media.sink import Sink, Track

WAITING_BYTES: Final = 2_000_000
KEY_FRAME_REQUEST_SECONDS: Final = 1.0
# A big frame leaves over about four beats of the pacer, that is 40 ms, not in one burst.
SPREAD_BEATS: Final = 4
LEAST_PACKETS_A_BEAT: Final = 4


class Publisher(Protocol):
    """What a forward needs of the publisher's Inbound."""

    @property
    def codecs(self) -> Mapping[str, str]: ...
    def now(self) -> float: ...
    def attach(self, kind: Track, sink: Sink, *, prompt: bool = False) -> Callable[[], None]: ...
    def request_key_frame(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Outgoing:
    codec: str
    ticks: int
    payload: bytes
    marker: bool


class _Lane:
    """One track on its way: frames in from the publisher, packets out to the watcher."""

    def __init__(self, kind: Track, publisher: Publisher, downlink: Downlink) -> None:
        self.kind = kind
        self.downlink = downlink
        self.needs_key_frame = kind == "video"
        self.waiting: deque[_Outgoing] = deque()
        self._publisher = publisher
        self._frames: deque[tuple[str, av.Packet[Any]]] = deque()
        self._frame_bytes = 0
        self._is_first = True

    def write(self, packet: "av.Packet[Any]") -> None:
        """Called in the publisher's receive path: only put it aside."""
        codec = self._publisher.codecs.get(self.kind, "")
        self._frames.append((codec, packet))
        self._frame_bytes += packet.size
        if self._frame_bytes > WAITING_BYTES:
            self.drop_frames()

    @property
    def can_send(self) -> bool:
        """Whether the watcher takes what the publisher sends now; if not, its lane stays empty."""
        return self._publisher.codecs.get(self.kind) in self.downlink.codecs

    def drop_frames(self) -> None:
        self._frames.clear()
        self._frame_bytes = 0
        self.needs_key_frame = self.kind == "video"

    def packetize(self, ticks_of: Callable[["_Lane", float], int]) -> None:
        while self._frames:
            codec, packet = self._frames.popleft()
            self._frame_bytes -= packet.size
            if packet.pts is None or packet.time_base is None:
                continue
            if self.needs_key_frame and not packet.is_keyframe:
                continue
            try:
                packed = self._packed(codec, packet)
            except ValueError:
                self.needs_key_frame = self.kind == "video"
                continue
            self.needs_key_frame = False
            self._queue(codec, ticks_of(self, float(packet.pts * packet.time_base)), packed)

    def _packed(self, codec: str, packet: "av.Packet[Any]") -> list[bytes]:
        if codec not in self.downlink.codecs:
            raise ValueError(f"the watcher did not negotiate {codec}")
        return payloads(codec, packet)

    def _queue(self, codec: str, ticks: int, packed: list[bytes]) -> None:
        is_video = self.kind == "video"
        for number, payload in enumerate(packed, 1):
            marker = number == len(packed) if is_video else self._is_first
            self.waiting.append(_Outgoing(codec, ticks, payload, marker))
            self._is_first = False

    @property
    def last_ticks(self) -> int:
        return self.waiting[-1].ticks if self.waiting else self.downlink.last_ticks

    def send_some(self) -> None:
        share = -(-len(self.waiting) // SPREAD_BEATS)
        for _ in range(min(max(share, LEAST_PACKETS_A_BEAT), len(self.waiting))):
            out = self.waiting.popleft()
            self.downlink.send_packet(out.codec, out.ticks, out.payload, marker=out.marker)
        self.downlink.report_when_due()


class Forward:
    """Sends what `publisher` receives to the watcher whose downlinks are `outbound`, by kind."""

    def __init__(
        self,
        publisher: Publisher,
        outbound: Mapping[str, Downlink],
        pacer: Pacer | None = None,
    ) -> None:
        self._publisher = publisher
        self._pacer = pacer or Pacer.of_running_loop()
        self._lanes = [
            _Lane(kind, publisher, outbound[kind])
            for kind in ("video", "audio")
            if kind in outbound
        ]
        self._ahead_seconds = self._pacer.now() - publisher.now()
        self._asked_at = float("-inf")
        self._detach = [publisher.attach(lane.kind, lane, prompt=True) for lane in self._lanes]
        for lane in self._lanes:
            if lane.kind == "video":
                lane.downlink.key_frame_wanted = self._on_key_frame_wanted
        self._pacer.join(self)

    def close(self) -> None:
        """Stop watching; the publisher does not notice. May be called again."""
        while self._detach:
            self._detach.pop()()
        for lane in self._lanes:
            lane.drop_frames()
            lane.waiting.clear()
            if lane.downlink.key_frame_wanted == self._on_key_frame_wanted:
                lane.downlink.key_frame_wanted = None
        self._pacer.leave(self)

    def beat(self, now: float) -> None:
        for lane in self._lanes:
            lane.packetize(self._ticks_of)
            lane.send_some()
            if lane.needs_key_frame and lane.can_send:
                self._ask_for_key_frame(now)

    def _on_key_frame_wanted(self) -> None:
        self._ask_for_key_frame(self._pacer.now())

    def _ask_for_key_frame(self, now: float) -> None:
        if now - self._asked_at >= KEY_FRAME_REQUEST_SECONDS:
            self._asked_at = now
            self._publisher.request_key_frame()

    def _ticks_of(self, lane: _Lane, seconds: float) -> int:
        """The watcher's RTP ticks of a media clock second.

        Where that would run backward (the publisher's clock was anchored anew, or another
        publisher was forwarded before) both tracks are moved on together, so lips stay in step.
        """
        ticks = lane.downlink.ticks_at(seconds + self._ahead_seconds)
        behind = lane.last_ticks - ticks
        if behind >= 0:
            self._ahead_seconds += (behind + 1) / lane.downlink.clock_rate
            ticks = lane.last_ticks + 1
        return ticks
