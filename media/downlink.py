"""One outgoing RTP stream to one peer: continuous sequence, continuous time, resending, reports.

Sources come and go (a clip, the next clip, a publisher being watched) and the receiver must not
notice: to it this is one unbroken RTP stream. So the stream's RTP time is nothing but the
process's monotonic clock, in ticks from a random start. A source says at which *instant* (seconds
of that clock) a frame is to be seen or heard; audio and video of one peer share the clock, and a
sender report may be taken from it at any moment: that is the whole of lip-sync.

Invariants: sequence numbers never skip; RTP time never runs backward; what is kept for resending
is bounded in packets and bytes; what a stranger's NACKs can make us send is bounded in bytes a
second; `send` gets whole RTP or RTCP packets (RFC 5761 tells them apart), not yet encrypted.
"""

import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from media import rtcp, rtp

HISTORY_PACKETS: Final = 2048
HISTORY_BYTES: Final = 2_000_000
RESEND_BYTES_PER_SECOND: Final = 250_000
RESEND_BURST_BYTES: Final = 125_000
RESEND_SPACING_SECONDS: Final = 0.01
# Chrome needs two reports before it can align audio and video, so the second one comes soon.
REPORT_SECONDS: Final = 1.0
SECOND_REPORT_SECONDS: Final = 0.2

SWITCH_SECONDS: Final = 0.04
LONGEST_ROUND_TRIP_SECONDS: Final = 10.0

NTP_UNIX_SECONDS: Final = 2_208_988_800
UNIX_OFFSET_SECONDS: Final = time.time() - time.monotonic()


@dataclass(frozen=True, slots=True)
class DownlinkReport:
    """What the receiver last told us. `lost_share` is 0 to 1 of its last reporting interval."""

    packets_sent: int
    packets_resent: int
    packets_arrived: int
    lost_share: float
    jitter_seconds: float
    round_trip_seconds: float | None


@dataclass(slots=True)
class _Kept:
    packet: rtp.RtpPacket
    resent_at: float = float("-inf")


class Downlink:
    """One outgoing stream of `kind` "audio" or "video" with the given `ssrc`.

    The peer creates it, configures it after negotiation, and passes on what the receiver reports.
    `now` is the process's monotonic clock in seconds.
    """

    def __init__(
        self,
        kind: str,
        ssrc: int,
        send: Callable[[bytes], None],
        *,
        now: Callable[[], float] = time.monotonic,
        first_sequence: int | None = None,
        first_ticks: int | None = None,
    ) -> None:
        self.kind = kind
        self.ssrc = ssrc
        self.codecs: tuple[str, ...] = ()
        self.clock_rate = 48000 if kind == "audio" else 90000
        self.key_frame_wanted: Callable[[], None] | None = None
        self._send = send
        self._now = now
        self._cname = ""
        self._payload_types: dict[str, int] = {}
        self._rtx_payload_types: dict[int, int] = {}
        self._rtx_ssrc: int | None = None
        self._rtx_sequence = random.getrandbits(15)
        self._first_sequence = random.getrandbits(15) if first_sequence is None else first_sequence
        self._first_ticks = random.getrandbits(31) if first_ticks is None else first_ticks
        self.last_ticks = -1
        self._sent = 0
        self._sent_bytes = 0
        self._arrived = 0
        self._resent = 0
        self._lost_share = 0.0
        self._jitter_seconds = 0.0
        self._round_trip_seconds: float | None = None
        self._history: dict[int, _Kept] = {}
        self._history_bytes = 0
        self._resend_allowance = float(RESEND_BURST_BYTES)
        self._resend_refilled_at = now()
        self._report_due_at = 0.0
        self._reports = 0

    # What the peer calls.

    def configure(
        self,
        payload_types: Mapping[str, int],
        clock_rate: int,
        *,
        rtx_payload_types: Mapping[str, int] | None = None,
        rtx_ssrc: int | None = None,
        cname: str = "",
    ) -> None:
        """Set what was negotiated; once, before anything is sent.

        `payload_types` maps codec names ("opus", "h264", "vp8") to RTP payload types, best first.
        `rtx_payload_types` maps the same names to their RTX payload types (RFC 4588); where it
        has none, lost packets are sent again as they were. `cname` is the same for all streams
        of a peer.
        """
        self.clock_rate = clock_rate
        self.codecs = tuple(payload_types)
        self._payload_types = dict(payload_types)
        rtx = rtx_payload_types or {}
        self._rtx_payload_types = {payload_types[codec]: rtx[codec] for codec in rtx}
        self._rtx_ssrc = rtx_ssrc
        self._cname = cname

    def on_nack(self, sequences: Iterable[int]) -> None:
        """Send again what the receiver misses and we still have (RFC 4585 section 6.2.1)."""
        now = self._now()
        for sequence in sequences:
            kept = self._history.get(sequence)
            if kept is not None and now - kept.resent_at >= RESEND_SPACING_SECONDS:
                self._resend(kept, now)

    def on_receiver_report(self, block: rtcp.ReportBlock) -> None:
        """Take in a report block about this stream (RFC 3550 section 6.4.1)."""
        last_sequence = self._first_sequence + self._sent - 1
        behind = (last_sequence - block.highest_sequence) & 0xFFFF
        if behind < min(self._sent, 0x8000):
            self._arrived = max(self._arrived, self._sent - behind)
        self._lost_share = block.fraction_lost / 256
        self._jitter_seconds = block.jitter / self.clock_rate
        if block.last_report:
            middle = _ntp(self._now()) >> 16
            round_trip = ((middle - block.last_report - block.delay) & 0xFFFFFFFF) / 65536
            if round_trip < LONGEST_ROUND_TRIP_SECONDS:
                self._round_trip_seconds = round_trip

    def on_key_frame_request(self) -> None:
        """The receiver cannot go on without a key frame; whoever feeds us may have one."""
        if self.key_frame_wanted is not None:
            self.key_frame_wanted()

    # What a source calls.

    @property
    def packets_sent(self) -> int:
        return self._sent

    @property
    def packets_arrived(self) -> int:
        """So many of the packets sent, counted from the first, are known to have been reached."""
        return self._arrived

    @property
    def earliest_instant(self) -> float:
        """A new source must not begin before this, or RTP time would run backward."""
        return self.last_ticks / self.clock_rate + SWITCH_SECONDS

    def ticks_at(self, instant: float) -> int:
        """RTP ticks, not wrapped and without the random start, of an instant in seconds."""
        return round(instant * self.clock_rate)

    def send_packet(self, codec: str, ticks: int, payload: bytes, *, marker: bool) -> None:
        """Send one packet. `ticks` as from `ticks_at`; raises ValueError if they run backward."""
        if ticks < self.last_ticks:
            raise ValueError(
                f"{self.kind} RTP time would run backward by {self.last_ticks - ticks}"
            )
        self.last_ticks = ticks
        packet = rtp.RtpPacket(
            payload_type=self._payload_types[codec],
            marker=marker,
            sequence=(self._first_sequence + self._sent) & 0xFFFF,
            timestamp=(self._first_ticks + ticks) & 0xFFFFFFFF,
            ssrc=self.ssrc,
            payload=payload,
        )
        self._keep(packet)
        self._sent += 1
        self._sent_bytes += len(payload)
        self._send(rtp.build(packet))

    def resend_last(self, packets: int) -> None:
        """Send the last packets once more: a receiver cannot miss what nothing comes after."""
        now = self._now()
        last = self._first_sequence + self._sent
        for sequence in range(last - packets, last):
            kept = self._history.get(sequence & 0xFFFF)
            if kept is not None:
                self._resend(kept, now)

    def report_when_due(self) -> None:
        """Send a sender report (RFC 3550 section 6.4.1) if it is time and something was sent."""
        now = self._now()
        if self._sent and now >= self._report_due_at:
            self._reports += 1
            wait = SECOND_REPORT_SECONDS if self._reports == 1 else REPORT_SECONDS
            self._report_due_at = now + wait
            self._send(self._sender_report(now))

    def report(self) -> DownlinkReport:
        return DownlinkReport(
            packets_sent=self._sent,
            packets_resent=self._resent,
            packets_arrived=self._arrived,
            lost_share=self._lost_share,
            jitter_seconds=self._jitter_seconds,
            round_trip_seconds=self._round_trip_seconds,
        )

    def _keep(self, packet: rtp.RtpPacket) -> None:
        self._history[packet.sequence] = _Kept(packet)
        self._history_bytes += len(packet.payload)
        while len(self._history) > HISTORY_PACKETS or self._history_bytes > HISTORY_BYTES:
            oldest = next(iter(self._history))
            self._history_bytes -= len(self._history.pop(oldest).packet.payload)

    def _resend(self, kept: _Kept, now: float) -> None:
        size = len(kept.packet.payload)
        refill = (now - self._resend_refilled_at) * RESEND_BYTES_PER_SECOND
        self._resend_refilled_at = now
        self._resend_allowance = min(self._resend_allowance + refill, RESEND_BURST_BYTES)
        if self._resend_allowance < size:
            return
        self._resend_allowance -= size
        kept.resent_at = now
        self._resent += 1
        self._send(rtp.build(self._retransmission(kept.packet)))

    def _retransmission(self, packet: rtp.RtpPacket) -> rtp.RtpPacket:
        rtx_payload_type = self._rtx_payload_types.get(packet.payload_type)
        if rtx_payload_type is None or self._rtx_ssrc is None:
            return packet
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        return rtp.pack_retransmission(packet, rtx_payload_type, self._rtx_ssrc, self._rtx_sequence)

    def _sender_report(self, now: float) -> bytes:
        report = rtcp.SenderReport(
            ssrc=self.ssrc,
            ntp=_ntp(now),
            rtp_time=(self._first_ticks + self.ticks_at(now)) & 0xFFFFFFFF,
            packets=self._sent & 0xFFFFFFFF,
            octets=self._sent_bytes & 0xFFFFFFFF,
        )
        return rtcp.build_sender_report(report) + rtcp.build_description(self.ssrc, self._cname)


def _ntp(now: float) -> int:
    """Monotonic seconds → 64-bit NTP time (RFC 3550 section 4)."""
    return int((now + UNIX_OFFSET_SECONDS + NTP_UNIX_SECONDS) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
