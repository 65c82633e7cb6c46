"""Encoded packets of one part of a take → files that survive `kill -9`, without decoding.

`TakeWriter.audio` and `.video` are sinks for the media core. Their packets are put on the part's
clock here, sorted into capture files (captures.py), muxed (capture.py) and written by a thread
(disk.py).

Invariants: `write` never blocks and never raises; frames before `origin_seconds` are dropped;
after `failed` is set nothing more is written, and what was synced stays.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from recorder import journal
from recorder.capture import Frame, Kind
from recorder.captures import Captures
from recorder.disk import Failure, PartDisk

END_SECONDS = 10.0


@dataclass(frozen=True)
class PartReport:
    """What a part holds, all of it synced. `files` are names in the part's folder.

    `failure` tells why the part ended early; the counts are then those of what was whole.
    """

    seconds: float
    video_frames: int
    audio_frames: int
    bytes: int
    files: list[str]
    failure: Failure | None = None


class Sink:
    """One kind's way in: `write(packet)` with pts and time_base on the peer's media clock."""

    def __init__(self, take: Callable[["av.Packet[Any]"], None]) -> None:
        self._take = take

    def write(self, packet: "av.Packet[Any]") -> None:
        self._take(packet)


class TakeWriter:
    """Writes one part. Owned by one task; `finish()` must be awaited, any number of times."""

    def __init__(
        self,
        directory: Path,
        *,
        take_id: str,
        part: int,
        origin_seconds: float,
        audio_codec: str | None,
        video_codec: str | None,
    ) -> None:
        self.directory = directory
        self.failed = asyncio.Event()
        self.audio = Sink(lambda packet: self._write("audio", packet))
        self.video = Sink(lambda packet: self._write("video", packet))
        self._origin_seconds = origin_seconds
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._finishing = asyncio.Lock()
        self._report: PartReport | None = None
        self._failure: Failure | None = None
        self._disk = PartDisk(directory, self._disk_ended)
        opening = {
            "version": journal.VERSION,
            "take_id": take_id,
            "part": part,
            "origin_seconds": origin_seconds,
            "audio_codec": audio_codec,
            "video_codec": video_codec,
        }
        self._disk.line(journal.encode("open", opening))
        self._captures = Captures(
            self._disk,
            expects_audio=audio_codec is not None,
            expects_video=video_codec is not None,
        )

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        take_id: str,
        part: int,
        origin_seconds: float,
        audio_codec: str | None,
        video_codec: str | None,
    ) -> "TakeWriter":
        """Begin a part in `directory`, which must be new.

        `origin_seconds`: media-clock time of the part's zero. A codec of None: that kind is
        not expected; what else a video codec says is only a hint, each key frame tells its own.
        Errors of the disk come through `failed`, not from here.
        """
        return cls(
            directory,
            take_id=take_id,
            part=part,
            origin_seconds=origin_seconds,
            audio_codec=audio_codec,
            video_codec=video_codec,
        )

    @property
    def failure(self) -> Failure | None:
        """Why `failed` is set."""
        return self._failure or self._disk.failure

    @property
    def waits_for_key_frame(self) -> bool:
        """Whether a key frame, asked for now, would let the picture begin."""
        return self._captures.waits_for_key_frame

    @property
    def backlog_bytes(self) -> int:
        """What the disk has yet to take; more than a second's worth tells of a slow disk."""
        return self._disk.backlog_bytes

    def note(self, kind: str, **fields: Any) -> None:
        """Put a line into the journal; its times are media-clock seconds."""
        self._disk.line(journal.encode(kind, fields))

    async def finish(self) -> PartReport:
        """End the part, wait until all of it is synced (at most 10 s), and say what it holds."""
        async with self._finishing:
            if self._report is None:
                self._captures.close()
                if not self.failure:
                    self._disk.line(journal.encode("closed", self._totals()))
                self._disk.close()
                await self._wait_for_disk()
                self._report = self._make_report()
            return self._report

    def _write(self, kind: Kind, packet: "av.Packet[Any]") -> None:
        if self.failure:
            self.failed.set()
        if self._report or self.failure or packet.pts is None or not packet.size:
            return
        unit = packet.time_base
        at_seconds = packet.pts * unit.numerator / unit.denominator - self._origin_seconds
        if at_seconds >= 0:
            self._captures.add(Frame(kind, at_seconds, bytes(packet), packet.is_keyframe))
        if self._captures.has_given_up:
            self._fail(Failure("mux_failed", "The recording could not be written."))
            self._disk.close()

    def _totals(self) -> journal.Line:
        counts = self._captures.counts
        return {
            "seconds": round(counts.seconds, 6),
            "video_frames": counts.video_frames,
            "audio_frames": counts.audio_frames,
        }

    def _fail(self, failure: Failure) -> None:
        self._failure = failure
        self.failed.set()

    # ── the end ──────────────────────────────────────────────────────────────────────────────

    def _disk_ended(self) -> None:
        """Called by the disk's thread."""
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
            self._loop.call_soon_threadsafe(self._take_note_of_end)

    def _take_note_of_end(self) -> None:
        self._ended.set()
        if self.failure:
            self.failed.set()

    async def _wait_for_disk(self) -> None:
        try:
            async with asyncio.timeout(END_SECONDS):
                await self._ended.wait()
        except TimeoutError:
            self._fail(Failure("disk_slow", "The disk did not take the recording in time."))

    def _make_report(self) -> PartReport:
        whole = self._disk.whole_bytes
        held = self._totals()
        if self.failure and (record := journal.read_part(self.directory)):
            held = journal.last_whole(record)
        return PartReport(
            seconds=held["seconds"],
            video_frames=held["video_frames"],
            audio_frames=held["audio_frames"],
            bytes=sum(whole.values()),
            files=[name for name, size in whole.items() if size],
            failure=self.failure,
        )
