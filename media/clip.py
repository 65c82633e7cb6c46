"""A recruiter's clip as RTP payloads: read and packetised once, shared by all who watch it.

The directory holds `playout.h264.mp4` and `playout.vp8.webm`, each with its own Opus audio; a
viewer gets the one whose codec it negotiated, so nothing is ever encoded for a viewer. The leaving
time of each packet is worked out here too (see smoothing.py): playing is then only looking up what
is due.

Invariants: a Clip never changes; second 0 is the first picture, which is a key frame; times never run
backward; sound begins at most one Opus frame before (encoders do so, to warm up).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import av
from av.bitstream import BitStreamFilterContext

from media.errors import ClipUnreadable
from media.packetize import CLOCK_RATES, payloads
from media.smoothing import leaving_times

FILES: Final = {"h264": "playout.h264.mp4", "vp8": "playout.vp8.webm"}
# WebM rounds times to whole milliseconds; Opus frames in truth follow each other exactly.
ROUNDING_SECONDS: Final = Fraction(3, 2000)
AUDIO_EARLY_SECONDS: Final = Fraction(20, 1000)


@dataclass(frozen=True, slots=True)
class ClipPacket:
    """One RTP payload. `ticks` and `leaves_seconds` count from the clip's beginning."""

    leaves_seconds: float
    ticks: int
    payload: bytes
    is_frame_end: bool


@dataclass(frozen=True, slots=True)
class ClipTrack:
    """All packets of one track. `entries` are the indexes of packets where playing may begin."""

    codec: str
    clock_rate: int
    packets: tuple[ClipPacket, ...] = field(repr=False)
    entries: tuple[int, ...] = field(repr=False)
    frames: int
    end_seconds: float

    def entry_at(self, seconds: float) -> int:
        """The last entry at or before `seconds`; the first one if there is none."""
        ticks = round(seconds * self.clock_rate)
        after = bisect_right(self.entries, ticks, key=lambda index: self.packets[index].ticks)
        return self.entries[max(after - 1, 0)]

    def index_from(self, seconds: float) -> int:
        """The first packet at or after `seconds`; `len(packets)` if there is none.

        From second 0 it is the very first, though it may be a little earlier.
        """
        if seconds <= 0:
            return 0
        return bisect_left(self.packets, seconds * self.clock_rate, key=attrgetter("ticks"))

    @property
    def payload_bytes(self) -> int:
        return sum(len(packet.payload) for packet in self.packets)


@dataclass(frozen=True, slots=True)
class ClipRendition:
    """One file of the clip: a video track and, if the clip has sound, an audio track."""

    video: ClipTrack
    audio: ClipTrack | None
    duration_seconds: float

    def entry_seconds(self, seconds: float) -> float:
        """The time of the key frame with which playing begins if it is to show `seconds`."""
        entry = self.video.entry_at(seconds)
        return self.video.packets[entry].ticks / self.video.clock_rate


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip ready to be played. `renditions` are keyed by video codec, "h264" and "vp8"."""

    renditions: Mapping[str, ClipRendition]

    @staticmethod
    def load(directory: Path, codecs: Sequence[str] = tuple(FILES)) -> "Clip":
        """Read and packetise the files of `codecs`. Blocks (about 13 µs a packet): use a thread.

        Raises ClipUnreadable if a file is missing or is not what it should be.
        """
        return Clip({codec: _load_rendition(directory / FILES[codec], codec) for codec in codecs})

    @property
    def duration_seconds(self) -> float:
        return max(rendition.duration_seconds for rendition in self.renditions.values())

    @property
    def video_frames(self) -> int:
        return max(rendition.video.frames for rendition in self.renditions.values())

    @property
    def payload_bytes(self) -> int:
        """About what the clip takes of memory."""
        tracks = [t for r in self.renditions.values() for t in (r.video, r.audio) if t]
        return sum(track.payload_bytes for track in tracks)


@dataclass(frozen=True, slots=True)
class _Frame:
    seconds: Fraction
    duration: Fraction
    is_key: bool
    payloads: list[bytes]


def _load_rendition(path: Path, codec: str) -> ClipRendition:
    try:
        frames = _read(path, codec)
    except (OSError, ValueError, av.error.FFmpegError) as error:
        raise ClipUnreadable("clip_unreadable", f"{path.name}: {error}") from error
    video, audio = frames[codec], frames["opus"]
    if not video or not video[0].is_key:
        raise ClipUnreadable(
            "clip_unreadable", f"{path.name}: does not begin with a {codec} key frame"
        )
    zero = video[0].seconds
    audio = [frame for frame in audio if frame.seconds - zero >= -AUDIO_EARLY_SECONDS]
    video_track = _track(codec, video, zero)
    audio_track = _track("opus", audio, zero) if audio else None
    duration = max(track.end_seconds for track in (video_track, audio_track) if track)
    return ClipRendition(video_track, audio_track, duration)


def _read(path: Path, codec: str) -> dict[str, list[_Frame]]:
    frames: dict[str, list[_Frame]] = {codec: [], "opus": []}
    with av.open(path) as container:
        tracks = [*container.streams.video[:1], *container.streams.audio[:1]]
        for track in tracks:
            if track.codec_context.name.removeprefix("lib") not in (codec, "vpx", "opus"):
                raise ValueError(f"{track.codec_context.name} where {codec} and opus belong")
        for kind, packet in _annex_b(container, tracks):
            name = codec if kind == "video" else "opus"
            frames[name].append(_frame(name, packet))
    return frames


def _annex_b(
    container: av.container.InputContainer, tracks: Sequence[av.stream.Stream]
) -> Iterator["tuple[str, av.Packet[Any]]"]:
    """The packets of `tracks` with their kind; H264 of an MP4 becomes Annex B, with SPS and PPS."""
    filters = {
        track.index: BitStreamFilterContext("h264_mp4toannexb", track)
        for track in tracks
        if track.codec_context.name == "h264"
    }
    for packet in container.demux(*tracks):
        if packet.pts is None:
            continue
        kind, time_base = packet.stream.type, packet.time_base
        bitstream_filter = filters.get(packet.stream.index)
        for filtered in bitstream_filter.filter(packet) if bitstream_filter else [packet]:
            filtered.time_base = time_base
            yield kind, filtered


def _frame(codec: str, packet: "av.Packet[Any]") -> _Frame:
    if packet.pts is None or (packet.dts is not None and packet.dts > packet.pts):
        raise ValueError("a frame without a time")
    return _Frame(
        seconds=packet.pts * packet.time_base,
        duration=(packet.duration or 0) * packet.time_base,
        is_key=packet.is_keyframe,
        payloads=payloads(codec, packet),
    )


def _track(codec: str, frames: Sequence[_Frame], zero: Fraction) -> ClipTrack:
    clock_rate = CLOCK_RATES[codec]
    seconds = [frame.seconds - zero for frame in frames]
    if codec == "opus":
        seconds = _even(seconds, frames)
    if any(later <= earlier for earlier, later in pairwise(seconds)):
        raise ClipUnreadable(
            "clip_unreadable", f"{codec} frames are not in the order they are shown (B-frames?)"
        )
    leaving = iter(leaving_times([float(at) for at in seconds], [f.payloads for f in frames]))
    packets: list[ClipPacket] = []
    entries: list[int] = []
    for at, frame in zip(seconds, frames, strict=True):
        if frame.is_key:
            entries.append(len(packets))
        ticks = round(at * clock_rate)
        for number, payload in enumerate(frame.payloads, 1):
            is_frame_end = number == len(frame.payloads)
            packets.append(ClipPacket(next(leaving), ticks, payload, is_frame_end))
    last = frames[-1].duration or (seconds[-1] - seconds[-2] if len(seconds) > 1 else Fraction(0))
    end_seconds = float(seconds[-1] + last)
    return ClipTrack(codec, clock_rate, tuple(packets), tuple(entries), len(frames), end_seconds)


def _even(seconds: Sequence[Fraction], frames: Sequence[_Frame]) -> list[Fraction]:
    """Times that follow each other as the durations say, where rounding alone tells them apart."""
    even: list[Fraction] = []
    for number, at in enumerate(seconds):
        follows = even[-1] + frames[number - 1].duration if even else at
        even.append(follows if abs(follows - at) <= ROUNDING_SECONDS else at)
    return even
