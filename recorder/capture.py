"""One capture file: encoded packets of at most one audio and one video codec, muxed as they come.

H264 goes to fragmented MP4, VP8 and sound alone to WebM. A fragment spans 0.3 s and a packet
waits at most 0.3 s for the other kind, so that under a second is in memory at any moment.

The MP4 muxer writes nothing before every track has begun: where sound is expected and late, the
picture waits 0.3 s for it, then a silent packet takes its place.

Invariants: nothing is decoded; times in the file start at `from_seconds` of the part and never
run backwards; the file is complete after each hand-over.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import av
from av.container import OutputContainer
from av.stream import Stream

from recorder import journal
from recorder.bitstream import OPUS_SILENCE, Picture
from recorder.disk import CaptureFile, PartDisk
from recorder.opus import add_opus_track

Kind = Literal["audio", "video"]

FRAGMENT_MICROSECONDS = 300_000
EARLY_SECONDS = 0.3
CLOCK_RATES_HZ: dict[Kind, int] = {"audio": 48000, "video": 90000}
TIME_BASES = {kind: Fraction(1, rate_hz) for kind, rate_hz in CLOCK_RATES_HZ.items()}
COMMON_OPTIONS = {"flush_packets": "1", "max_interleave_delta": str(FRAGMENT_MICROSECONDS)}
MP4_OPTIONS = {
    **COMMON_OPTIONS,
    "movflags": "hybrid_fragmented+delay_moov",
    "frag_duration": str(FRAGMENT_MICROSECONDS),
}
WEBM_OPTIONS = {**COMMON_OPTIONS, "cluster_time_limit": str(FRAGMENT_MICROSECONDS // 1000)}


@dataclass(frozen=True)
class Frame:
    """An encoded frame on the part's clock."""

    kind: Kind
    at_seconds: float
    data: bytes
    is_key_frame: bool


@dataclass
class Counts:
    """What a capture has been given so far; `seconds` is the end of it in the part."""

    audio_frames: int = 0
    video_frames: int = 0
    seconds: float = 0.0


class Capture:
    """A capture file being written. `picture` None: sound alone."""

    def __init__(
        self,
        disk: PartDisk,
        number: int,
        *,
        from_seconds: float,
        picture: Picture | None,
        with_audio: bool,
        counts: Counts,
    ) -> None:
        self.from_seconds = from_seconds
        self.video_codec = picture.codec if picture else None
        is_mp4 = self.video_codec == "h264"
        self.name = f"capture-{number}.{'mp4' if is_mp4 else 'webm'}"
        self._disk = disk
        self._counts = counts
        self._last_ticks: dict[Kind, int] = {}
        self._early: list[Frame] = []
        self._file = CaptureFile(disk, self.name)
        self._container: OutputContainer = av.open(
            self._file,
            "w",
            format="mp4" if is_mp4 else "webm",
            options=MP4_OPTIONS if is_mp4 else WEBM_OPTIONS,
        )
        self._tracks = self._add_tracks(picture, with_audio)
        self._announce(with_audio)

    def write(self, frame: Frame) -> None:
        """Mux one frame; raises FFmpegError when the muxer refuses it."""
        if frame.kind == "video" and "audio" in self._tracks and "audio" not in self._last_ticks:
            self._early.append(frame)
            if frame.at_seconds - self._early[0].at_seconds >= EARLY_SECONDS:
                self._begin_without_sound()
            return
        self._mux(frame)
        if self._early:
            self._flush_early()
        if self._file.has_news:
            self._hand_over()

    def close(self) -> None:
        """Write the container's end; raises FFmpegError when the muxer cannot."""
        try:
            if self._early:
                self._begin_without_sound()
            self._container.close()
        finally:
            if self._file.has_news:
                self._hand_over()

    def _add_tracks(self, picture: Picture | None, with_audio: bool) -> dict[Kind, Stream]:
        tracks: dict[Kind, Stream] = {}
        if picture:
            tracks["video"] = self._container.add_mux_stream(
                picture.codec,
                width=picture.size.width,
                height=picture.size.height,
                time_base=TIME_BASES["video"],
            )
        if with_audio:
            tracks["audio"] = add_opus_track(self._container)
        return tracks

    def _announce(self, with_audio: bool) -> None:
        fields = {
            "name": self.name,
            "from_seconds": round(self.from_seconds, 6),
            "audio": "opus" if with_audio else None,
            "video": self.video_codec,
        }
        self._disk.line(journal.encode("file", fields))

    def _begin_without_sound(self) -> None:
        self._mux(Frame("audio", self.from_seconds, OPUS_SILENCE, is_key_frame=True))
        self._flush_early()

    def _flush_early(self) -> None:
        early, self._early = self._early, []
        for frame in early:
            self._mux(frame)

    def _mux(self, frame: Frame) -> None:
        rate_hz = CLOCK_RATES_HZ[frame.kind]
        ticks = round((frame.at_seconds - self.from_seconds) * rate_hz)
        ticks = max(ticks, self._last_ticks.get(frame.kind, -1) + 1)
        packet: av.Packet[Stream] = av.Packet(frame.data)
        packet.stream = self._tracks[frame.kind]
        packet.time_base = TIME_BASES[frame.kind]
        packet.pts = packet.dts = ticks
        packet.is_keyframe = frame.is_key_frame
        self._container.mux(packet)
        self._last_ticks[frame.kind] = ticks

    def _hand_over(self) -> None:
        fields = {
            "name": self.name,
            "bytes": self._file.size,
            "seconds": round(self._counts.seconds, 3),
            "video_frames": self._counts.video_frames,
            "audio_frames": self._counts.audio_frames,
        }
        self._file.hand_over(journal.encode("whole", fields))
