"""One received track: packets in, encoded frames on the media clock out, to every sink attached.

The patient reader feeds the recorder; a prompt one exists while somebody watches live. All times
are media clock seconds.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import av

from media.depacketize.opus import duration_samples
from media.errors import Malformed
from media.feedback import KeyFrameRequests, Missing, Reception
from media.ingest import PROMPT_HOLD_SECONDS, Arrival, Frame, FrameReader
from media.level import LevelMeter
from media.lipsync import KEPT_REPORTS
from media.rtp import RtpPacket, Unwrapper
from media.sink import CLOCK_RATES, CodecChanged, Epoch, Gap, NoteTaker, SenderReport, Sink, Track
from media.timing import TOLERANCE_SECONDS, Timeline

REPORT_SECONDS = 2.0


class InboundTrack:
    """`take_note` gets every note of this track; `on_codec(codec)` the codec that really arrives."""

    def __init__(self, track: Track, take_note: NoteTaker, on_codec: Callable[[str], None]) -> None:
        self.track = track
        self.ssrc: int | None = None
        self.size: tuple[int, int] | None = None
        self.frames = 0
        self._reports: list[SenderReport] = []
        self.missing = Missing()
        self.key_frames = KeyFrameRequests()
        self.level = LevelMeter()
        self.reception = Reception(CLOCK_RATES[track])
        self._take_note = take_note
        self._on_codec = on_codec
        self._clock_rate = CLOCK_RATES[track]
        self._time_base = Fraction(1, self._clock_rate)
        self._sequences = Unwrapper(16)
        self._timestamps = Unwrapper(32)
        self._timeline: Timeline[Frame] = Timeline(
            self._clock_rate, self._note_epoch, drops_overlap=track == "audio"
        )
        self._reader = self._new_reader(self._place)
        self._prompt_reader: FrameReader | None = None
        self._sinks: list[Sink] = []
        self._prompt_sinks: list[Sink] = []
        self._awaited: list[tuple[float, asyncio.Event]] = []
        self._codec = ""
        self._end_ticks: int | None = None
        self._prompt_ticks = 0
        self._recent: deque[tuple[float, int]] = deque(maxlen=1000)

    def attach(self, sink: Sink, *, prompt: bool) -> Callable[[], None]:
        sinks = self._prompt_sinks if prompt else self._sinks
        sinks.append(sink)
        if prompt and self._prompt_reader is None:
            self._prompt_reader = self._new_reader(
                self._hand_out_promptly, hold_seconds=PROMPT_HOLD_SECONDS
            )

        def detach() -> None:
            if sink in sinks:
                sinks.remove(sink)
            if not self._prompt_sinks:
                self._prompt_reader = None

        return detach

    async def wait_delivered(self, at: float) -> None:
        """Until a frame of `at` or later was handed out; at once where nothing ever came."""
        if self._end_ticks is None or self._end_ticks / self._clock_rate > at:
            return
        awaited = (at, asyncio.Event())
        self._awaited.append(awaited)
        try:
            await awaited[1].wait()
        finally:
            self._awaited.remove(awaited)

    def _new_reader(
        self, deliver: Callable[[Frame], None], hold_seconds: float | None = None
    ) -> FrameReader:
        limits = {} if hold_seconds is None else {"hold_seconds": hold_seconds}
        return FrameReader(
            deliver, self.key_frames.want, needs_key_frame=self.track == "video", **limits
        )

    @property
    def lost(self) -> int:
        """Packets given up for good."""
        return self._reader.lost

    def receive(
        self, packet: RtpPacket, codec: str, arrival: float, *, is_repaired: bool = False
    ) -> None:
        if packet.ssrc != self.ssrc:
            if is_repaired:
                return
            self._begin(packet.ssrc)
        sequence = self._sequences.unwrap(packet.sequence)
        timestamp = self._timestamps.unwrap(packet.timestamp)
        self.missing.note(sequence, arrival, is_repaired=is_repaired)
        if not is_repaired:
            self.reception.note(sequence, timestamp, arrival)
            if packet.payload:
                self._timeline.observe(timestamp, arrival)
        placed = Arrival(
            sequence, timestamp, packet.marker, packet.payload, codec, arrival, is_repaired
        )
        if self.track == "video" and self._reader.starts_key_frame(placed):
            self.key_frames.satisfy(arrival)
        self._reader.push(placed)
        if self._prompt_reader is not None:
            self._prompt_reader.push(placed)

    def _begin(self, ssrc: int) -> None:
        """The first packet, or the sender put another source in its place."""
        if self.ssrc is not None:
            self._reader.restart()
            if self._prompt_reader is not None:
                self._prompt_reader.restart()
            self.missing.restart()
            self._reports = []
            self.reception = Reception(self._clock_rate)
            for placed in self._timeline.restart():
                self._hand_out(placed.frame, placed.ticks)
            self._sequences, self._timestamps = Unwrapper(16), Unwrapper(32)
        self.ssrc = ssrc

    def expire(self, now: float) -> None:
        """Time passed: give up old holes, decide about doubtful times."""
        self._reader.expire(now)
        if self._prompt_reader is not None:
            self._prompt_reader.expire(now)
        for placed in self._timeline.expire(now):
            self._hand_out(placed.frame, placed.ticks)
        if self.track == "video" and self.missing.became_hopeless(now):
            self.key_frames.want()

    def note_sender_report(self, ntp: int, rtp_time: int, arrival: float) -> None:
        self.reception.note_sender_report(ntp, arrival)
        unwrapped = self._timestamps.peek(rtp_time)
        at = self._timeline.seconds(unwrapped) if unwrapped is not None else None
        if unwrapped is not None and at is not None:
            report = SenderReport(self.track, ntp / (1 << 32), unwrapped, at)
            self._reports = [*self._reports[1 - KEPT_REPORTS :], report]
            self._take_note(report)

    def reports(self) -> list[SenderReport]:
        """The last ones, as the media clock places them now."""
        return [
            replace(report, at=at)
            for report in self._reports
            if (at := self._timeline.seconds(report.rtp_time)) is not None
        ]

    def move(self, seconds: float) -> None:
        """Move what follows on the media clock, gently."""
        self._timeline.move(seconds)

    def rates(self, now: float) -> tuple[float, float]:
        """Frames and bits a second over the last 2 s."""
        recent = self._recent
        while recent and now - recent[0][0] > REPORT_SECONDS:
            recent.popleft()
        return len(recent) / REPORT_SECONDS, 8 * sum(size for _, size in recent) / REPORT_SECONDS

    def _place(self, frame: Frame) -> None:
        for placed in self._timeline.place(frame):
            self._hand_out(placed.frame, placed.ticks)

    def _hand_out(self, frame: Frame, ticks: int) -> None:
        at = ticks / self._clock_rate
        if frame.codec != self._codec:
            self._codec = frame.codec
            self._on_codec(frame.codec)
            self._take_note(CodecChanged(self.track, frame.codec, at))
        if frame.follows_loss and self._end_ticks is not None:
            self._take_note(Gap(self.track, self._end_ticks / self._clock_rate, at))
        duration = self._duration_ticks(frame)
        self._end_ticks = ticks + duration
        self.size = frame.size or self.size
        self.frames += 1
        self._recent.append((frame.arrival, len(frame.data)))
        for sink in tuple(self._sinks):
            sink.write(self._packet(frame, ticks, duration))
        for due, delivered in tuple(self._awaited):
            if at >= due:
                delivered.set()

    def _hand_out_promptly(self, frame: Frame) -> None:
        at = self._timeline.seconds(frame.timestamp)
        if at is None or abs(at - frame.arrival) > TOLERANCE_SECONDS:
            at = frame.arrival
        ticks = max(round(at * self._clock_rate), self._prompt_ticks + 1)
        self._prompt_ticks = ticks
        for sink in tuple(self._prompt_sinks):
            sink.write(self._packet(frame, ticks, self._duration_ticks(frame)))

    def _duration_ticks(self, frame: Frame) -> int:
        """Known for sound only; 0 for pictures."""
        if self.track == "video":
            return 0
        try:
            return duration_samples(frame.data)
        except Malformed:
            return 0

    def _packet(self, frame: Frame, ticks: int, duration: int) -> "av.Packet[Any]":
        packet: av.Packet[Any] = av.Packet(frame.data)
        packet.pts = packet.dts = ticks
        packet.time_base = self._time_base
        packet.is_keyframe = frame.is_keyframe
        packet.duration = duration
        return packet

    def _note_epoch(self, at: float, shift_seconds: float) -> None:
        self._reports = []
        self._take_note(Epoch(self.track, at, shift_seconds))
