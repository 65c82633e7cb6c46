"""What a candidate is sent now: a clip, or nothing.

A playout owns no task and no timer of its own: the process's pacer calls it, it looks up what is
due and hands it to the downlinks. The clip's clock is the downlinks' clock, so audio and video
leave in step and the sender reports say so.

Invariants: playing begins at a key frame; at most one clip is played at a time, beginning another
stops the first; a clip ends exactly once, and its end is only told when it must have been *shown*:
the last packet is known to have arrived (or we waited 2 s for word of it) and the receiver had time
to play out what it holds back.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from media.clip import Clip, ClipPacket, ClipRendition, ClipTrack
from media.downlink import Downlink
from media.errors import ClipUnreadable
from media.pacer import Pacer

ARRIVAL_LIMIT_SECONDS: Final = 2.0
# A receiver holds frames back before it shows them: longer where packets come unevenly.
HOLD_SECONDS: Final = 0.4
HOLD_JITTERS: Final = 4
HOLD_LIMIT_SECONDS: Final = 1.0
# Nothing follows a clip's last packets, so the receiver would not notice that it misses them.
TAIL_RESENDS_SECONDS: Final = (0.06, 0.2, 0.6)
TAIL_PACKETS: Final = 8
# Where sound just ceases, a receiver makes up some more of it. So silence follows: 20 ms a packet
# (RFC 6716 section 3.1: CELT, full band, mono, one frame).
SILENCE: Final = b"\xf8\xff\xfe"
SILENT_PACKETS: Final = 5
SILENCE_TICKS: Final = 960
# After a longer pause of the whole process the clip goes on where it was, not in one burst.
STALL_SECONDS: Final = 1.0


class Ending(Enum):
    """How a clip ended. UNCONFIRMED: all was sent, but the receiver did not say it has it."""

    ARRIVED = "arrived"
    UNCONFIRMED = "unconfirmed"
    STOPPED = "stopped"


@dataclass(slots=True)
class _Leg:
    """One track of the clip on its downlink. `index` is the next packet to send."""

    downlink: Downlink
    track: ClipTrack
    first_index: int
    first_sent: int
    index: int
    zero_ticks: int = 0
    is_between_frames: bool = True
    is_silent: bool = False

    def send_due(self, zero_instant: float, now: float) -> None:
        packets, clip_seconds = self.track.packets, now - zero_instant
        while self.index < len(packets) and packets[self.index].leaves_seconds <= clip_seconds:
            self._send(packets[self.index], zero_instant)
        if self.is_sent:
            self.fall_silent()
        self.downlink.report_when_due()

    def _send(self, packet: ClipPacket, zero_instant: float) -> None:
        """A frame's packets share one RTP time, even if the clip is shifted between them."""
        if self.is_between_frames:
            self.zero_ticks = self.downlink.ticks_at(zero_instant)
        is_first = self.index == self.first_index
        self.downlink.send_packet(
            self.track.codec,
            self.zero_ticks + packet.ticks,
            packet.payload,
            marker=packet.is_frame_end if self.downlink.kind == "video" else is_first,
        )
        self.is_between_frames = packet.is_frame_end
        self.index += 1

    def fall_silent(self) -> None:
        """End the sound of this leg, if it has any and it has not ended yet."""
        if self.downlink.kind == "audio" and self.index > self.first_index and not self.is_silent:
            self.is_silent = True
            for _ in range(SILENT_PACKETS):
                ticks = self.downlink.last_ticks + SILENCE_TICKS
                self.downlink.send_packet(self.track.codec, ticks, SILENCE, marker=False)

    @property
    def is_sent(self) -> bool:
        return self.index == len(self.track.packets)

    @property
    def arrived(self) -> int:
        """How many of this leg's packets are known to have been reached by the receiver."""
        return max(self.downlink.packets_arrived - self.first_sent, 0)

    @property
    def has_arrived(self) -> bool:
        return self.is_sent and self.arrived >= self.index - self.first_index


@dataclass(slots=True)
class _Run:
    """One playing of one clip. `zero_instant` is when the clip's second 0 is, or would be, shown."""

    legs: list[_Leg]
    zero_instant: float
    from_seconds: float
    duration_seconds: float
    beaten_at: float
    tail_resends: list[float] = field(default_factory=lambda: list(TAIL_RESENDS_SECONDS))
    rest_seconds: float = 0.0
    ending: Ending | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def position(self, now: float) -> float:
        if self.ending is not None:
            return self.rest_seconds
        return min(max(now - self.zero_instant, self.from_seconds), self.duration_seconds)

    @property
    def telling_leg(self) -> _Leg:
        """The leg whose arrival counts. Browsers report video each second, audio each five."""
        return self.legs[0]


class Playout:
    """Plays clips to one peer. `outbound` are its downlinks by kind, "audio" and "video"."""

    def __init__(self, outbound: Mapping[str, Downlink], pacer: Pacer | None = None) -> None:
        self._video = outbound.get("video")
        self._audio = outbound.get("audio")
        self._pacer = pacer or Pacer.of_running_loop()
        self._run: _Run | None = None

    @property
    def video_codec(self) -> str | None:
        """The codec in which clips should be loaded for this peer; None if it takes no video."""
        return self._video.codecs[0] if self._video and self._video.codecs else None

    def play(self, clip: Clip, from_seconds: float = 0.0) -> None:
        """Play `clip` from the last key frame at or before `from_seconds`.

        Raises ClipUnreadable if the clip has no rendition that this peer can decode.
        """
        rendition = self._rendition(clip)
        self.stop()
        now = self._pacer.now()
        entry_seconds = rendition.entry_seconds(from_seconds)
        entry = rendition.video.packets[rendition.video.entry_at(entry_seconds)]
        lead_seconds = max(entry_seconds - entry.leaves_seconds, 0.0)
        begins = max([now + lead_seconds, *self._earliest_instants()])
        self._run = _Run(
            legs=self._legs(rendition, entry_seconds),
            zero_instant=begins - entry_seconds,
            from_seconds=entry_seconds,
            duration_seconds=rendition.duration_seconds,
            beaten_at=now,
        )
        self._pacer.join(self)

    async def wait_finished(self) -> Ending:
        """Wait until the clip was shown to its end, or was stopped. At once if nothing plays."""
        run = self._run
        if run is None:
            return Ending.STOPPED
        await run.ended.wait()
        return run.ending or Ending.STOPPED

    def stop(self) -> None:
        """Send no more of the clip. What the receiver already holds it will still show."""
        if self._run is not None:
            self._end(self._run, Ending.STOPPED)

    def close(self) -> None:
        self.stop()

    @property
    def position_seconds(self) -> float:
        """The clip second that is due to be shown now; it rests when the clip has ended."""
        return self._run.position(self._pacer.now()) if self._run else 0.0

    @property
    def arrived_seconds(self) -> float:
        """The clip second up to which the receiver has reported packets.

        After a lost connection this is where to go on: `position_seconds` ran on unseen.
        """
        if self._run is None:
            return 0.0
        leg = self._run.telling_leg
        if leg.arrived == 0:
            return self._run.from_seconds
        last = min(leg.first_index + leg.arrived, leg.index) - 1
        return leg.track.packets[last].ticks / leg.track.clock_rate

    def beat(self, now: float) -> None:
        run = self._run
        if run is None:
            return
        stalled = now - run.beaten_at
        if stalled > STALL_SECONDS:
            run.zero_instant += stalled
        run.beaten_at = now
        for leg in run.legs:
            leg.send_due(run.zero_instant, now)
        if all(leg.is_sent for leg in run.legs):
            self._see_to_the_end(run, now)

    def _see_to_the_end(self, run: _Run, now: float) -> None:
        leg = run.telling_leg
        over_seconds = now - run.zero_instant - run.duration_seconds
        if leg.has_arrived:
            if over_seconds >= _hold_seconds(leg.downlink):
                self._end(run, Ending.ARRIVED)
        elif over_seconds >= ARRIVAL_LIMIT_SECONDS:
            self._end(run, Ending.UNCONFIRMED)
        elif run.tail_resends and over_seconds >= run.tail_resends[0]:
            del run.tail_resends[0]
            leg.downlink.resend_last(min(TAIL_PACKETS, leg.index - leg.first_index))

    def _end(self, run: _Run, ending: Ending) -> None:
        if run.ending is None:
            run.rest_seconds = run.position(self._pacer.now())
            run.ending = ending
            run.ended.set()
            self._pacer.leave(self)
            for leg in run.legs:
                leg.fall_silent()

    def _rendition(self, clip: Clip) -> ClipRendition:
        if self._video is None:
            return next(iter(clip.renditions.values()))
        for codec in self._video.codecs:
            if codec in clip.renditions:
                return clip.renditions[codec]
        raise ClipUnreadable("no_common_codec", "The clip has no rendition this peer can decode.")

    def _earliest_instants(self) -> list[float]:
        return [each.earliest_instant for each in (self._video, self._audio) if each is not None]

    def _legs(self, rendition: ClipRendition, entry_seconds: float) -> list[_Leg]:
        legs: list[_Leg] = []
        if self._video is not None:
            legs.append(_leg(self._video, rendition.video, rendition.video.entry_at(entry_seconds)))
        if self._audio is not None and rendition.audio is not None:
            index = rendition.audio.index_from(entry_seconds)
            legs.append(_leg(self._audio, rendition.audio, index))
        if not legs:
            raise ClipUnreadable("nothing_to_send", "The clip has no track this peer takes.")
        return legs


def _leg(downlink: Downlink, track: ClipTrack, index: int) -> _Leg:
    return _Leg(downlink, track, index, downlink.packets_sent, index)


def _hold_seconds(downlink: Downlink) -> float:
    """How long after the end the receiver may still be showing."""
    report = downlink.report()
    network = HOLD_JITTERS * report.jitter_seconds + (report.round_trip_seconds or 0.0) / 2
    return min(HOLD_SECONDS + network, HOLD_LIMIT_SECONDS)
