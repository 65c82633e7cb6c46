"""A finished file being written: MP4 with its index in front, or WebM.

Unlike a capture it may seek and needs no journal: it lies in a job's own folder and counts only
once the job has ended.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Stream

from recorder.bitstream import Size
from recorder.encoders import Coded, sound_frame
from recorder.opus import add_opus_track
from recorder.sound import RATE_HZ, Blocks, Samples

AAC_BLOCK = 1024
AAC_BITRATE_BPS = 96_000
FORMATS: Mapping[str, tuple[str, dict[str, str]]] = {
    ".mp4": ("mp4", {"movflags": "faststart"}),
    ".webm": ("webm", {}),
    ".mkv": ("matroska", {}),
}


class MediaFile:
    """Use as a context; the file is complete when that ends without an error."""

    def __init__(self, path: Path) -> None:
        name, options = FORMATS[path.suffix]
        self._container: OutputContainer = av.open(str(path), "w", format=name, options=options)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._container.close()

    def add_picture(self, codec: str, size: Size, time_base: Fraction) -> Stream:
        """A track for packets of `codec`; H264 as Annex B, its parameter sets in the first one."""
        track: Stream = self._container.add_mux_stream(
            codec, width=size.width, height=size.height, time_base=time_base
        )
        return track

    def add_opus(self, channels: int = 1) -> Stream:
        return add_opus_track(self._container, channels)

    def add_copy(self, track: Stream) -> Stream:
        """A track that takes packets as they come out of another file's track."""
        copy: Stream = self._container.add_stream_from_template(track, opaque=True)
        return copy

    def add_aac(self) -> "AacTrack":
        return AacTrack(self._container)

    def write(self, track: Stream, frames: Iterable[Coded]) -> None:
        for frame in frames:
            packet: av.Packet[Stream] = av.Packet(frame.data)
            packet.stream = track
            packet.time_base = frame.time_base
            packet.pts = packet.dts = frame.at
            packet.duration = frame.duration
            packet.is_keyframe = frame.is_key_frame
            self._container.mux(packet)

    def write_packet(self, packet: "av.Packet[Any]") -> None:
        """A packet whose track is one of `add_copy`."""
        self._container.mux(packet)


class AacTrack:
    """Mono AAC, encoded as it is given samples; its priming is told to players by the file."""

    def __init__(self, container: OutputContainer) -> None:
        self._container = container
        self._track: AudioStream = container.add_stream("aac", rate=RATE_HZ)
        self._track.codec_context.layout = "mono"
        self._track.codec_context.bit_rate = AAC_BITRATE_BPS
        self._blocks = Blocks(AAC_BLOCK)
        self._samples = 0

    def encode(self, chunk: Samples) -> None:
        for block in self._blocks.add(chunk):
            self._encode(block)

    def finish(self) -> None:
        for block in self._blocks.finish():
            self._encode(block)
        self._container.mux(self._track.encode(None))

    def _encode(self, block: Samples) -> None:
        frame = sound_frame(block, self._samples)
        self._samples += len(block)
        self._container.mux(self._track.encode(frame))
