"""A take's pieces → one recording: exactly the packets that were captured, on one time line.

Nothing is encoded anew. H264 goes to MP4, VP8 and sound alone to WebM; where a take changed its
codec on the way, both are kept as they came, as two tracks of one Matroska file.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream

from recorder.capture import TIME_BASES
from recorder.mediafile import MediaFile
from recorder.source import open_source
from recorder.timeline import Piece, Timeline


class Recording(NamedTuple):
    """Where the joined recording is, and what to call it over HTTP."""

    path: Path
    media_type: str


def write_recording(timeline: Timeline, directory: Path) -> Recording:
    """Join the pieces into `directory`/recording.*"""
    recording = _named(timeline, directory)
    with MediaFile(recording.path) as file:
        joining = _Joining(file)
        for piece in timeline.pieces:
            joining.declare(piece)
        for piece in timeline.pieces:
            joining.copy(piece)
    return recording


def _named(timeline: Timeline, directory: Path) -> Recording:
    if timeline.video_codecs == {"h264"}:
        return Recording(directory / "recording.mp4", "video/mp4")
    if len(timeline.video_codecs) > 1:
        return Recording(directory / "recording.mkv", "video/x-matroska")
    kind = "video" if timeline.video_codecs else "audio"
    return Recording(directory / "recording.webm", f"{kind}/webm")


class _Joining:
    """Copies piece after piece; one track per codec, its times growing."""

    def __init__(self, file: MediaFile) -> None:
        self._file = file
        self._tracks: dict[str, Stream] = {}
        self._last_ticks: dict[str, int] = {}

    def declare(self, piece: Piece) -> None:
        """Tracks must be known before the first packet is written."""
        with open_source(piece.path) as container:
            for track in _tracks(container):
                name = track.codec_context.name
                if name not in self._tracks:
                    self._tracks[name] = self._file.add_copy(track)

    def copy(self, piece: Piece) -> None:
        with open_source(piece.path) as container:
            for packet in _packets(container):
                self._write(packet, piece.offset_seconds)

    def _write(self, packet: "av.Packet[Any]", offset_seconds: float) -> None:
        name = packet.stream.codec_context.name
        clock = TIME_BASES["audio" if packet.stream.type == "audio" else "video"]
        ticks = round(((packet.pts or 0) * packet.time_base + Fraction(offset_seconds)) / clock)
        ticks = max(ticks, self._last_ticks.get(name, -1) + 1)
        self._last_ticks[name] = ticks
        packet.duration = round((packet.duration or 0) * packet.time_base / clock)
        packet.time_base = clock
        packet.pts = packet.dts = ticks
        packet.stream = self._tracks[name]
        self._file.write_packet(packet)


def _tracks(container: InputContainer) -> list[Stream]:
    return [*container.streams.video, *container.streams.audio]


def _packets(container: InputContainer) -> "Iterator[av.Packet[Any]]":
    try:
        for packet in container.demux(*_tracks(container)):
            if packet.pts is not None and packet.size:
                yield packet
    except FFmpegError:
        return  # cut short: what came before it counts
