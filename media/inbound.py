"""What one peer sends us: its audio and its video track on one media clock, and our feedback on them.

The media clock counts seconds from the peer's creation. `receive` runs inside the datagram's own
callback, from decrypted bytes to the sinks, without a task or a queue; `settle` after each batch
and `beat` every 10 ms send what feedback is due.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

from media import rtcp, rtp
from media.errors import Malformed
from media.feedback import FIRST_ROUND_TRIP_SECONDS, TransportFeedback
from media.ingest import HOLD_SECONDS
from media.lipsync import lips_apart
from media.sdp_answer import AUDIO_LEVEL, TRANSPORT_SEQUENCE, Section
from media.sink import Note, NoteTaker, Sink, Track
from media.track import InboundTrack

REPORT_SECONDS = 1.0
TRANSPORT_FEEDBACK_SECONDS = 0.05
EXPIRY_SECONDS = 0.05
DELIVERY_SECONDS = HOLD_SECONDS + 0.2


@dataclass(frozen=True, slots=True)
class InboundReport:
    """`audio_dbov`: −127 is silence, None when no level arrives. `lost`: packets given up for good."""

    audio_dbov: float | None
    frames_per_second: float
    width: int | None
    height: int | None
    packets: int
    lost: int
    repaired: int
    frames: int
    bitrate_bps: float


@dataclass(frozen=True, slots=True)
class _Route:
    """`original_payload_type` is set for retransmissions (RFC 4588)."""

    track: InboundTrack
    codec: str
    original_payload_type: int | None = None


class Inbound:
    """`send(rtcp_bytes)` carries feedback; `clock()` is `time.monotonic`, in seconds."""

    def __init__(
        self, send: Callable[[bytes], None], ssrc: int, clock: Callable[[], float]
    ) -> None:
        self.codecs: dict[str, str] = {}
        self.round_trip_seconds: float | None = None
        self._send = send
        self._ssrc = ssrc
        self._clock = clock
        self._origin = clock()
        self._note_takers: list[NoteTaker] = []
        self._tracks: dict[Track, InboundTrack] = {
            "audio": self._new_track("audio"),
            "video": self._new_track("video"),
        }
        self._routes: dict[int, _Route] = {}
        self._level_id = 0
        self._transport_id = 0
        self._reduced_size = False
        self._nackable: set[Track] = set()
        self._transport = TransportFeedback()
        self._report_due = self._transport_due = self._expiry_due = 0.0

    def _new_track(self, track: Track) -> InboundTrack:
        def on_codec(codec: str) -> None:
            self.codecs[track] = codec

        return InboundTrack(track, self._take_note, on_codec)

    def configure(self, sections: Iterable[Section]) -> None:
        """Take in what was negotiated; once, before the first packet."""
        received = [section for section in sections if section.receive]
        self._reduced_size = all(section.offer.reduced_size for section in received)
        for section in received:
            kind = cast(Track, section.offer.kind)
            self.codecs[kind] = section.codecs[0].name
            for codec in section.codecs:
                self._routes[codec.payload_type] = _Route(self._tracks[kind], codec.name)
                if codec.rtx_payload_type is not None:
                    self._routes[codec.rtx_payload_type] = _Route(
                        self._tracks[kind], codec.name, codec.payload_type
                    )
                if "nack" in codec.feedback:
                    self._nackable.add(kind)
            self._level_id = section.extensions.get(AUDIO_LEVEL, self._level_id)
            self._transport_id = section.extensions.get(TRANSPORT_SEQUENCE, self._transport_id)

    # What the product asks.

    def now(self) -> float:
        """Media clock seconds."""
        return self._clock() - self._origin

    def attach(self, kind: Track, sink: Sink, *, prompt: bool = False) -> Callable[[], None]:
        """Hand the track's frames to `sink` until the returned function is called.

        Frames come whole and in order, at most 2 s after they arrived; `prompt` waits 0.3 s at
        most for what is lost and freezes sooner, for live watching.
        """
        return self._tracks[kind].attach(sink, prompt=prompt)

    def attach_notes(self, take_note: NoteTaker) -> Callable[[], None]:
        """Tell every note until the returned function is called."""
        self._note_takers.append(take_note)

        def detach() -> None:
            if take_note in self._note_takers:
                self._note_takers.remove(take_note)

        return detach

    async def wait_delivered(self, at: float, limit_seconds: float = DELIVERY_SECONDS) -> None:
        """Until everything up to `at` (media clock) was handed to the sinks, or given up.

        What is on its way when a take is stopped still belongs to it. Returns after the limit in
        any case, by default just after the longest hold.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_seconds):
                for track in self._tracks.values():
                    await track.wait_delivered(at)

    def request_key_frame(self) -> None:
        """Ask at once, and again until one begins to arrive."""
        self._tracks["video"].key_frames.want()
        self._send_requests(self.now())

    def report(self) -> InboundReport:
        now = self.now()
        audio, video = self._tracks["audio"], self._tracks["video"]
        frames_per_second, video_bps = video.rates(now)
        width, height = video.size or (None, None)
        return InboundReport(
            audio_dbov=audio.level.dbov(now),
            frames_per_second=frames_per_second,
            width=width,
            height=height,
            packets=audio.reception.packets + video.reception.packets,
            lost=audio.lost + video.lost,
            repaired=audio.missing.repaired + video.missing.repaired,
            frames=video.frames,
            bitrate_bps=video_bps + audio.rates(now)[1],
        )

    # What the peer calls.

    def receive(self, data: bytes, arrival: float) -> None:
        """One decrypted RTP packet; `arrival` on the clock. What does not parse is left out."""
        try:
            packet = rtp.parse(data)
            route = self._routes.get(packet.payload_type)
            if route is None:
                return
            if self._transport_id and (value := packet.extensions.get(self._transport_id)):
                self._transport.note(int.from_bytes(value[:2], "big"), arrival)
            self._dispatch(packet, route, arrival - self._origin)
        except Malformed:
            return

    def _dispatch(self, packet: rtp.RtpPacket, route: _Route, arrival: float) -> None:
        track = route.track
        if route.original_payload_type is None:
            if self._level_id and (value := packet.extensions.get(self._level_id)):
                track.level.note(value, arrival)
            track.receive(packet, route.codec, arrival)
        elif track.ssrc is not None:
            original = rtp.unpack_retransmission(packet, route.original_payload_type, track.ssrc)
            if original is not None:
                track.receive(original, route.codec, arrival, is_repaired=True)

    def receive_sender_report(self, report: rtcp.SenderReport, arrival: float) -> None:
        for track in self._tracks.values():
            if track.ssrc == report.ssrc:
                track.note_sender_report(report.ntp, report.rtp_time, arrival - self._origin)
                self._keep_lips_in_sync()

    def _keep_lips_in_sync(self) -> None:
        """The picture is moved to the sound, which is never bent."""
        audio, video = self._tracks["audio"], self._tracks["video"]
        late_seconds = lips_apart(audio.reports(), video.reports())
        if late_seconds is not None:
            video.move(-late_seconds)

    def settle(self, now: float) -> None:
        """A batch of packets is through: ask for what is missing."""
        self._send_requests(now - self._origin)

    def beat(self, now: float) -> None:
        now -= self._origin
        self._send_requests(now)
        if now >= self._transport_due:
            self._transport_due = now + TRANSPORT_FEEDBACK_SECONDS
            self._send_transport_feedback()
        if now >= self._expiry_due:
            self._expiry_due = now + EXPIRY_SECONDS
            for track in self._tracks.values():
                track.expire(now)
        if now >= self._report_due:
            self._report_due = now + REPORT_SECONDS
            if self._routes:
                self._send(self._receiver_report(now))

    def _send_requests(self, now: float) -> None:
        round_trip = self._round_trip()
        for kind, track in self._tracks.items():
            if track.ssrc is None:
                continue
            asked = track.missing.due(now, round_trip) if kind in self._nackable else []
            if asked:
                self._send_feedback(rtcp.build_nack(self._ssrc, track.ssrc, asked))
            if kind == "video" and track.key_frames.due(now, round_trip):
                self._send_feedback(rtcp.build_picture_loss(self._ssrc, track.ssrc))

    def _round_trip(self) -> float:
        """As the page's reports tell, else as repairs took, else a guess."""
        repairs = self._tracks["video"].missing.round_trip_seconds
        return self.round_trip_seconds or repairs or FIRST_ROUND_TRIP_SECONDS

    def _send_transport_feedback(self) -> None:
        ssrcs = [track.ssrc for track in self._tracks.values() if track.ssrc is not None]
        if ssrcs:
            feedback = self._transport.build(self._ssrc, ssrcs[-1])
            if feedback is not None:
                self._send_feedback(feedback)

    def _send_feedback(self, feedback: bytes) -> None:
        """Alone where the other end takes that (RFC 5506), else behind an empty report."""
        prefix = (
            b""
            if self._reduced_size
            else rtcp.build_receiver_report(rtcp.ReceiverReport(self._ssrc))
        )
        self._send(prefix + feedback)

    def _receiver_report(self, now: float) -> bytes:
        blocks = tuple(
            track.reception.block(track.ssrc, now)
            for track in self._tracks.values()
            if track.ssrc is not None
        )
        return rtcp.build_receiver_report(rtcp.ReceiverReport(self._ssrc, blocks))

    def _take_note(self, note: Note) -> None:
        for take_note in tuple(self._note_takers):
            take_note(note)
