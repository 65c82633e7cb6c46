"""What a receiver tells a sender: what is missing, what arrived, and that a key frame is needed.

RFC 4585 (NACK, PLI), RFC 3550 section 6.4 (reports), draft-holmer-rmcat-transport-wide-cc-01.
All of it is bookkeeping with time passed in; peer.py sends what these classes build.
"""

import math
from dataclasses import dataclass
from struct import Struct

from media import rtcp
from media.rtp import Unwrapper

FIRST_ROUND_TRIP_SECONDS = 0.1
MIN_RETRY_SECONDS = 0.02
MAX_RETRY_SECONDS = 0.25
GIVE_UP_SECONDS = 2.0
HOPELESS_SECONDS = 0.6
MAX_MISSING = 1000
KEY_FRAME_RETRY_SECONDS = 0.3
MAX_KEY_FRAME_RETRY_SECONDS = 1.2


@dataclass(slots=True)
class _Hole:
    since: float
    due: float
    asked_at: float = 0.0
    tries: int = 0
    is_told: bool = False


class Missing:
    """The holes of one track: asked for at once and again after max(20 ms, 1.2 RTT), doubling."""

    def __init__(self) -> None:
        self.repaired = 0
        self.round_trip_seconds: float | None = None
        self._highest: int | None = None
        self._holes: dict[int, _Hole] = {}

    def note(self, sequence: int, now: float, *, is_repaired: bool = False) -> None:
        """An unwrapped sequence number arrived; `is_repaired`: surely because we asked."""
        highest = self._highest
        if highest is None or sequence > highest:
            if highest is not None and sequence - highest > 1:
                self._open(highest + 1, sequence, now)
            self._highest = sequence
        elif (hole := self._holes.pop(sequence, None)) is not None and hole.tries:
            self.repaired += 1
            if is_repaired and hole.tries == 1:
                self._learn_round_trip(now - hole.asked_at)

    def _learn_round_trip(self, seconds: float) -> None:
        known = self.round_trip_seconds
        self.round_trip_seconds = seconds if known is None else 0.875 * known + 0.125 * seconds

    def _open(self, first: int, end: int, now: float) -> None:
        if end - first + len(self._holes) > MAX_MISSING:
            self._holes.clear()
            first = max(first, end - MAX_MISSING)
        for sequence in range(first, end):
            self._holes[sequence] = _Hole(now, now)

    def due(self, now: float, round_trip_seconds: float) -> list[int]:
        """16-bit sequence numbers to ask for now."""
        if not self._holes:
            return []
        asked, over = [], []
        wait = max(MIN_RETRY_SECONDS, 1.2 * round_trip_seconds)
        longest = max(wait, MAX_RETRY_SECONDS)
        for sequence, hole in self._holes.items():
            if now - hole.since > GIVE_UP_SECONDS:
                over.append(sequence)
            elif now >= hole.due:
                hole.due = now + min(wait * (1 << hole.tries), longest)
                hole.tries += 1
                hole.asked_at = now
                asked.append(sequence & 0xFFFF)
        for sequence in over:
            del self._holes[sequence]
        return asked

    def became_hopeless(self, now: float) -> bool:
        """Something is missing for so long that a key frame had better come; told once a hole."""
        late = [
            hole
            for hole in self._holes.values()
            if not hole.is_told and now - hole.since > HOPELESS_SECONDS
        ]
        for hole in late:
            hole.is_told = True
        return bool(late)

    def restart(self) -> None:
        self._highest = None
        self._holes.clear()


class KeyFrameRequests:
    """Whether to ask for a key frame now: at once, then ever more patiently until one comes."""

    def __init__(self) -> None:
        self._is_wanted = False
        self._asked_at = -math.inf
        self._wait_seconds = KEY_FRAME_RETRY_SECONDS

    def want(self) -> None:
        self._is_wanted = True

    def satisfy(self, now: float) -> None:
        """A key frame has begun to arrive; one that is wanted right after it may be in it."""
        self._is_wanted = False
        self._asked_at = now
        self._wait_seconds = KEY_FRAME_RETRY_SECONDS

    def due(self, now: float, round_trip_seconds: float) -> bool:
        wait = max(self._wait_seconds, 1.5 * round_trip_seconds)
        if not self._is_wanted or now - self._asked_at < wait:
            return False
        self._asked_at = now
        self._wait_seconds = min(2 * self._wait_seconds, MAX_KEY_FRAME_RETRY_SECONDS)
        return True


class Reception:
    """The figures of one receiver report block (RFC 3550 sections 6.4.1 and A.8)."""

    def __init__(self, clock_rate: int) -> None:
        self.packets = 0
        self._clock_rate = clock_rate
        self._first: int | None = None
        self._highest = 0
        self._reported_expected = 0
        self._reported_packets = 0
        self._transit: float | None = None
        self._jitter = 0.0
        self._last_report = 0
        self._last_report_at = 0.0

    def note(self, sequence: int, timestamp: int, arrival: float) -> None:
        """An original packet; retransmissions do not count."""
        if self._first is None:
            self._first = self._highest = sequence
        self._highest = max(self._highest, sequence)
        self.packets += 1
        transit = arrival * self._clock_rate - timestamp
        if self._transit is not None:
            self._jitter += (abs(transit - self._transit) - self._jitter) / 16
        self._transit = transit

    def note_sender_report(self, ntp: int, arrival: float) -> None:
        self._last_report = ntp >> 16 & 0xFFFFFFFF
        self._last_report_at = arrival

    def block(self, ssrc: int, now: float) -> rtcp.ReportBlock:
        expected = self._highest - self._first + 1 if self._first is not None else 0
        interval = expected - self._reported_expected
        lost = interval - (self.packets - self._reported_packets)
        self._reported_expected, self._reported_packets = expected, self.packets
        delay = int((now - self._last_report_at) * 65536) if self._last_report else 0
        return rtcp.ReportBlock(
            ssrc=ssrc,
            fraction_lost=min(255, (lost << 8) // interval) if interval > 0 and lost > 0 else 0,
            lost=expected - self.packets,
            highest_sequence=self._highest & 0xFFFFFFFF,
            jitter=min(int(self._jitter), 0xFFFFFFFF),
            last_report=self._last_report,
            delay=min(delay, 0xFFFFFFFF),
        )


_FEEDBACK_HEAD = Struct("!IIHHI")
TRANSPORT_FORMAT = 15
MAX_FEEDBACK_PACKETS = 1000


class TransportFeedback:
    """When each packet of the whole transport arrived, so that the sender can tell its bandwidth.

    Without it Chromium stays near 450 kbit/s; with it, it dares what the line carries.
    """

    def __init__(self) -> None:
        self._unwrapper = Unwrapper(16)
        self._arrivals: dict[int, float] = {}
        self._next: int | None = None
        self._count = 0

    def note(self, sequence: int, arrival: float) -> None:
        unwrapped = self._unwrapper.unwrap(sequence)
        if self._next is None:
            self._next = unwrapped
        if unwrapped >= self._next:
            self._arrivals.setdefault(unwrapped, arrival)

    def build(self, sender_ssrc: int, media_ssrc: int) -> bytes | None:
        """The feedback packet for what arrived since the last one; None when nothing did."""
        if not self._arrivals or self._next is None:
            return None
        end = max(self._arrivals) + 1
        first = max(self._next, end - MAX_FEEDBACK_PACKETS)
        arrivals = [self._arrivals.get(sequence) for sequence in range(first, end)]
        self._arrivals.clear()
        self._next = end
        known = [arrival for arrival in arrivals if arrival is not None]
        reference = int(known[0] / 0.064)
        statuses, deltas = _deltas(arrivals, reference)
        count, self._count = self._count, self._count + 1 & 0xFF
        body = _FEEDBACK_HEAD.pack(
            sender_ssrc,
            media_ssrc,
            first & 0xFFFF,
            len(statuses),
            (reference & 0xFFFFFF) << 8 | count,
        )
        body += _chunks(statuses) + deltas
        body += bytes(-len(body) % 4)
        head = bytes((0x80 | TRANSPORT_FORMAT, rtcp.TRANSPORT_FEEDBACK))
        return head + (len(body) // 4).to_bytes(2, "big") + body


def _deltas(arrivals: list[float | None], reference: int) -> tuple[list[int], bytes]:
    """Status symbol of each packet (0 missing, 1 small delta, 2 large) and deltas in 250 µs."""
    statuses, deltas = [], bytearray()
    last = reference * 256
    for arrival in arrivals:
        if arrival is None:
            statuses.append(0)
            continue
        ticks = round(arrival * 4000)
        delta = max(-0x8000, min(ticks - last, 0x7FFF))
        last += delta
        if 0 <= delta < 256:
            statuses.append(1)
            deltas.append(delta)
        else:
            statuses.append(2)
            deltas += delta.to_bytes(2, "big", signed=True)
    return statuses, bytes(deltas)


def _chunks(statuses: list[int]) -> bytes:
    """Status vector chunks of seven two-bit symbols, or a run length where all are alike."""
    if len(set(statuses)) == 1:
        return (statuses[0] << 13 | len(statuses)).to_bytes(2, "big")
    chunks = bytearray()
    for start in range(0, len(statuses), 7):
        chunk = 0xC000
        for place, status in enumerate(statuses[start : start + 7]):
            chunk |= status << 12 - 2 * place
        chunks += chunk.to_bytes(2, "big")
    return bytes(chunks)
