"""What was captured of a take, on one time line, before anything is copied or decoded.

A take has parts, a part has capture files. Each part begins where the one before it ended: the
answer clock stood still meanwhile. Within a part all files share its clock.

Invariants: only packets are read; a file that cannot be opened (its writer died at once) counts
as empty; nothing on the time line is before zero.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from recorder import journal
from recorder.bitstream import Size, annex_b, opus_seconds, parameter_sets, picture
from recorder.errors import NothingRecorded, NotMedia
from recorder.source import MAX_PIXELS, open_source
from recorder.spool import part_directories

USUAL_FRAME_SECONDS = 1 / 30
LONGEST_FRAME_SECONDS = 0.2  # a frame lasts no longer than this when nothing comes after it


@dataclass
class Piece:
    """One capture file. `offset_seconds`: its zero on the take's time line.

    `end_seconds` is its end by its own clock; `sizes` tells how long each size was shown,
    `parameter_sets` which ones its H264 key frames carry.
    """

    path: Path
    offset_seconds: float
    video_codec: str | None = None
    has_audio: bool = False
    video_frames: int = 0
    end_seconds: float = 0.0
    sizes: dict[Size, float] = field(default_factory=dict)
    parameter_sets: set[bytes] = field(default_factory=set)


@dataclass(frozen=True)
class Timeline:
    """A take's pieces in order. `gaps` as the server stores them: {start, end, kind}."""

    seconds: float
    pieces: list[Piece]
    parts: int
    gaps: list[dict[str, Any]]

    @property
    def video_codecs(self) -> set[str]:
        return {piece.video_codec for piece in self.pieces if piece.video_codec}

    @property
    def has_audio(self) -> bool:
        return any(piece.has_audio for piece in self.pieces)

    @property
    def sizes(self) -> dict[Size, float]:
        """Seconds for which each picture size was shown; empty when there is no picture."""
        total: dict[Size, float] = {}
        for piece in self.pieces:
            for size, seconds in piece.sizes.items():
                total[size] = total.get(size, 0.0) + seconds
        return total

    @property
    def is_uniform_h264(self) -> bool:
        """Whether every key frame carries one and the same parameter sets."""
        sets = {found for piece in self.pieces for found in piece.parameter_sets}
        return self.video_codecs == {"h264"} and len(sets) == 1 and b"" not in sets


def read_timeline(take_directory: Path) -> Timeline:
    """Raises NothingRecorded for a take without a single frame."""
    seconds = 0.0
    pieces: list[Piece] = []
    gaps: list[dict[str, Any]] = []
    parts = 0
    for directory in part_directories(take_directory):
        record = journal.read_part(directory)
        found = [] if record is None else [*_measured(record, seconds)]
        if record is None or not found:
            continue
        end_seconds = max(piece.offset_seconds + piece.end_seconds for piece in found)
        if parts:
            boundary = round(seconds, 3)
            gaps.append({"start": boundary, "end": boundary, "kind": "part"})
        gaps += _lost(record, seconds, end_seconds)
        parts += 1
        pieces += found
        seconds = end_seconds
    if not pieces:
        raise NothingRecorded("Nothing was recorded of this answer.")
    return Timeline(seconds, pieces, parts, gaps)


def _measured(record: journal.PartRecord, part_offset_seconds: float) -> Iterator[Piece]:
    for capture in record.captures:
        piece = Piece(record.directory / capture.name, part_offset_seconds + capture.from_seconds)
        try:
            _measure(piece)
        except (NotMedia, FileNotFoundError):
            continue
        if piece.end_seconds > 0:
            yield piece


def _measure(piece: Piece) -> None:
    shown = _Shown(piece)
    with open_source(piece.path) as container, suppress(FFmpegError):
        for packet in container.demux():
            if packet.pts is None or packet.time_base is None or not packet.size:
                continue
            at_seconds = float(packet.pts * packet.time_base)
            if packet.stream.type == "video":
                piece.video_codec = packet.stream.codec_context.name
                shown.frame(at_seconds, _key_frame(packet))
            else:
                piece.has_audio = True
                end_seconds = at_seconds + opus_seconds(bytes(packet))
                piece.end_seconds = max(piece.end_seconds, end_seconds)
    shown.finish()


def _key_frame(packet: "av.Packet[Any]") -> bytes | None:
    """H264 as Annex B, however the container keeps it (extradata of version 1: lengths)."""
    if not packet.is_keyframe:
        return None
    context = packet.stream.codec_context
    keeps_lengths = context.name == "h264" and (context.extradata or b"")[:1] == b"\1"
    return annex_b(bytes(packet)) if keeps_lengths else bytes(packet)


class _Shown:
    """Follows the picture of one file: its sizes, parameter sets, frames and end."""

    def __init__(self, piece: Piece) -> None:
        self._piece = piece
        self._size: Size | None = None
        self._last_seconds: float | None = None
        self._frame_seconds = USUAL_FRAME_SECONDS

    def frame(self, at_seconds: float, key_frame: bytes | None) -> None:
        self._pass_to(at_seconds)
        self._piece.video_frames += 1
        seen = picture(key_frame) if key_frame is not None else None
        if key_frame is not None and seen and seen.size.pixels <= MAX_PIXELS:
            self._size = seen.size
            if seen.codec == "h264":
                self._piece.parameter_sets.add(parameter_sets(key_frame) or b"")

    def finish(self) -> None:
        if self._last_seconds is not None:
            self._pass_to(self._last_seconds + self._frame_seconds)
            self._piece.end_seconds = max(self._piece.end_seconds, self._last_seconds)

    def _pass_to(self, at_seconds: float) -> None:
        if self._last_seconds is not None:
            lasted = max(0.0, at_seconds - self._last_seconds)
            if self._size is not None:
                known = self._piece.sizes.get(self._size, 0.0)
                self._piece.sizes[self._size] = known + lasted
            self._frame_seconds = min(lasted, LONGEST_FRAME_SECONDS) or USUAL_FRAME_SECONDS
        self._last_seconds = at_seconds


def _lost(
    record: journal.PartRecord, part_seconds: float, part_end_seconds: float
) -> Iterator[dict[str, Any]]:
    """What the journal says the line lost, on the take's clock."""
    for note in record.notes:
        if note["kind"].lower() != "gap" or note.get("track") not in ("audio", "video"):
            continue
        start, end = (
            min(
                max(part_seconds, note[edge] - record.origin_seconds + part_seconds),
                part_end_seconds,
            )
            for edge in ("start", "end")
        )
        if end > start:
            yield {"start": round(start, 3), "end": round(end, 3), "kind": note["track"]}
