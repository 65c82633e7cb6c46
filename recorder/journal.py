"""The side-car of a part: what happened while it was captured, one JSON object a line.

Kinds written by the recorder:

    open      take_id, part, origin_seconds, audio_codec, video_codec, version
    file      name, from_seconds, audio, video (codec or null): a capture file begins
    size      at, width, height: the picture's size, at the first frame that has it
    whole     name, bytes, seconds, video_frames, audio_frames: up to here the file is complete
    closed    seconds, video_frames, audio_frames, bytes: the writer ended in order
    failed    key, text: the writer ended because it could not go on
    recovered seconds: `recover` ended it for a process that died

Other kinds are notes of the media core (`gap`, `sender_report`, `epoch`, …); their times are
media-clock seconds, as `origin_seconds` is. Times without a note are seconds of the part.

Invariants: the first line is synced before the first media byte; a `whole` line is written
before the bytes it speaks of, so the last one that the file's size bears out tells where a cut
leaves a complete file; a torn last line is ignored.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

JOURNAL_NAME = "journal.jsonl"
VERSION = 1

Ending = Literal["closed", "failed", "recovered"]
Line = Mapping[str, Any]


@dataclass(frozen=True)
class CaptureRecord:
    """One capture file as its journal tells of it. `from_seconds`: the file's zero in the part."""

    name: str
    from_seconds: float
    audio: str | None
    video: str | None


@dataclass(frozen=True)
class PartRecord:
    """A part as its journal tells of it; `ending` is None when its process died."""

    directory: Path
    take_id: str
    part: int
    origin_seconds: float
    captures: list[CaptureRecord] = field(default_factory=list)
    sizes: list[tuple[float, int, int]] = field(default_factory=list)
    wholes: list[Line] = field(default_factory=list)
    notes: list[Line] = field(default_factory=list)
    ending: Ending | None = None
    seconds: float = 0.0


def encode(kind: str, fields: Line) -> bytes:
    """One line, with its end."""
    return json.dumps({"kind": kind, **fields}, separators=(",", ":")).encode() + b"\n"


def read_lines(directory: Path) -> Iterator[Line]:
    """The lines of a part's journal; stops at a torn one, yields nothing when there is none."""
    path = directory / JOURNAL_NAME
    if not path.exists():
        return
    with path.open("rb") as journal:
        for text in journal:
            try:
                line = json.loads(text)
            except ValueError:
                return
            if not text.endswith(b"\n") or not isinstance(line, dict) or "kind" not in line:
                return
            yield line


def last_whole(record: "PartRecord") -> Line:
    """The last `whole` line that the files on disk bear out; zeros when there is none."""
    for line in reversed(record.wholes):
        path = record.directory / line["name"]
        if path.exists() and path.stat().st_size >= line["bytes"]:
            return line
    return {"name": None, "bytes": 0, "seconds": 0.0, "video_frames": 0, "audio_frames": 0}


def read_part(directory: Path) -> PartRecord | None:
    """What a part's journal says; None when not even its first line was written."""
    lines = read_lines(directory)
    opening = next(lines, None)
    if opening is None or opening["kind"] != "open":
        return None
    record = _Collector(opening)
    for line in lines:
        record.add(line)
    return PartRecord(
        directory=directory,
        take_id=opening["take_id"],
        part=opening["part"],
        origin_seconds=opening["origin_seconds"],
        captures=record.captures,
        sizes=record.sizes,
        wholes=record.wholes,
        notes=record.notes,
        ending=record.ending,
        seconds=record.seconds,
    )


class _Collector:
    def __init__(self, opening: Line) -> None:
        self.opening = opening
        self.captures: list[CaptureRecord] = []
        self.sizes: list[tuple[float, int, int]] = []
        self.wholes: list[Line] = []
        self.notes: list[Line] = []
        self.ending: Ending | None = None
        self.seconds = 0.0

    def add(self, line: Line) -> None:
        match line["kind"]:
            case "file":
                self.captures.append(
                    CaptureRecord(line["name"], line["from_seconds"], line["audio"], line["video"])
                )
            case "size":
                self.sizes.append((line["at"], line["width"], line["height"]))
            case "whole":
                self.wholes.append(line)
            case "closed" | "recovered" | "failed" as ending:
                self.ending = ending
                self.seconds = line.get("seconds", self.seconds)
            case _:
                self.notes.append(line)
