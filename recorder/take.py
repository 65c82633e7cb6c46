"""Encoded packets of one part of a take → files that survive `kill -9`, without decoding.

`TakeWriter.audio` and `.video` are sinks for the media core. Sound waits for the first key
frame at most 0.6 s, so that a capture has both; sound alone is written after that, and a new
capture file begins with the key frame when it comes. So does one when the codec changes.

Invariants: `write` never blocks and never raises; what is held in memory is bounded in time and
bytes; frames before `origin_seconds` are dropped, video starts with a key frame that carries
its parameter sets; after `failed` is set nothing more is written, and what was synced stays.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from recorder import bitstream, journal
from recorder.bitstream import Picture, opus_seconds
from recorder.capture import Capture, Counts, Frame
from recorder.disk import Failure, PartDisk

HOLD_SECONDS = 0.6
HOLD_BYTES = 4 * 1024 * 1024
END_SECONDS = 10.0
REOPEN_LIMIT = 50
USUAL_FRAME_SECONDS = 1 / 30


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

    def __init__(self, take: "Callable[[av.Packet[Any]], None]") -> None:
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
        self.audio = Sink(self._write_audio)
        self.video = Sink(self._write_video)
        self._origin_seconds = origin_seconds
        self._expects_audio = audio_codec is not None
        self._expects_video = video_codec is not None
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._finishing = asyncio.Lock()
        self._report: PartReport | None = None
        self._failure: Failure | None = None
        self._held: list[Frame] = []
        self._held_bytes = 0
        self._capture: Capture | None = None
        self._capture_count = 0
        self._counts = Counts()
        self._audio_end_seconds = 0.0
        self._video_seconds = 0.0
        self._size: bitstream.Size | None = None
        self._parameter_sets = b""
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
        return self._expects_video and (self._capture is None or not self._capture.video_codec)

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
                self._flush_held()
                self._close_capture()
                if not self.failure:
                    self._disk.line(journal.encode("closed", self._totals()))
                self._disk.close()
                self._report = await self._wait_for_disk()
            return self._report

    # ── frames in ────────────────────────────────────────────────────────────────────────────

    def _write_audio(self, packet: "av.Packet[Any]") -> None:
        if not self._expects_audio or (frame := self._frame("audio", packet)) is None:
            return
        if not (seconds := opus_seconds(frame.data)):
            return
        self._audio_end_seconds = max(self._audio_end_seconds, frame.at_seconds + seconds)
        if self._capture is not None and self._capture.has_audio:
            self._mux(frame)
            return
        self._held.append(frame)
        self._held_bytes += len(frame.data)
        held_seconds = frame.at_seconds - self._held[0].at_seconds
        if self._capture is None and (
            not self._expects_video or held_seconds >= HOLD_SECONDS or self._held_bytes > HOLD_BYTES
        ):
            self._open_capture(None, self._held[0].at_seconds)

    def _write_video(self, packet: "av.Packet[Any]") -> None:
        if (frame := self._frame("video", packet)) is None:
            return
        if frame.is_key_frame and (frame := self._self_contained(frame)) is None:
            return
        if frame.is_key_frame:
            self._begin_picture(frame)
        if self._capture is not None and self._capture.video_codec:
            self._video_seconds = frame.at_seconds
            self._mux(frame)

    def _frame(self, kind: Any, packet: "av.Packet[Any]") -> Frame | None:
        if self.failure:
            self.failed.set()
        if self._report or self.failure or packet.pts is None or not packet.size:
            return None
        at_seconds = float(packet.pts * packet.time_base) - self._origin_seconds
        if at_seconds < 0:
            return None
        return Frame(kind, at_seconds, bytes(packet), packet.is_keyframe)

    def _self_contained(self, frame: Frame) -> Frame | None:
        """The key frame with its parameter sets, which H264 allows to be sent just once."""
        if not bitstream.is_annex_b(frame.data):
            return frame
        if found := bitstream.parameter_sets(frame.data):
            self._parameter_sets = found
            return frame
        if not self._parameter_sets:
            return None
        return Frame("video", frame.at_seconds, self._parameter_sets + frame.data, True)

    def _begin_picture(self, frame: Frame) -> None:
        picture = bitstream.picture(frame.data)
        if picture is None:
            return
        if picture.size != self._size:
            self._size = picture.size
            size = {"at": round(frame.at_seconds, 6), **picture.size._asdict()}
            self._disk.line(journal.encode("size", size))
        if self._capture is None or self._capture.video_codec != picture.codec:
            self._open_capture(picture, min(frame.at_seconds, self._audio_end_seconds))

    # ── files out ────────────────────────────────────────────────────────────────────────────

    def _open_capture(self, picture: Picture | None, from_seconds: float) -> None:
        """The first file begins with the part, a later one with its first frame."""
        self._close_capture()
        self._capture_count += 1
        self._capture = Capture(
            self._disk,
            self._capture_count,
            from_seconds=from_seconds if self._capture_count > 1 else 0.0,
            picture=picture,
            with_audio=self._expects_audio,
            counts=self._counts,
        )
        self._flush_held()

    def _flush_held(self) -> None:
        if self._held and self._capture is None:
            self._open_capture(None, self._held[0].at_seconds)
        held, self._held, self._held_bytes = self._held, [], 0
        for frame in held:
            self._mux(frame)

    def _mux(self, frame: Frame) -> None:
        if self._capture is None:
            return
        self._count(frame)
        try:
            self._capture.write(frame)
        except FFmpegError as error:
            self.note("mux_error", text=str(error), at=frame.at_seconds)
            self._give_up_capture()

    def _count(self, frame: Frame) -> None:
        if frame.kind == "audio":
            self._counts.audio_frames += 1
        else:
            self._counts.video_frames += 1
        self._counts.seconds = max(
            self._audio_end_seconds, self._video_seconds + USUAL_FRAME_SECONDS
        )

    def _give_up_capture(self) -> None:
        """The muxer is stuck: end this file; the next key frame or sound begins another."""
        self._close_capture()
        if self._capture_count >= REOPEN_LIMIT:
            self._failure = Failure("mux_failed", "The recording could not be written.")
            self._disk.close()
            self.failed.set()

    def _close_capture(self) -> None:
        if self._capture is not None:
            capture, self._capture = self._capture, None
            try:
                capture.close()
            except FFmpegError as error:
                self.note("mux_error", text=str(error))

    def _totals(self) -> journal.Line:
        return {
            "seconds": round(self._counts.seconds, 6),
            "video_frames": self._counts.video_frames,
            "audio_frames": self._counts.audio_frames,
        }

    # ── the end ──────────────────────────────────────────────────────────────────────────────

    def _disk_ended(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
            self._loop.call_soon_threadsafe(self._take_note_of_end)

    def _take_note_of_end(self) -> None:
        self._ended.set()
        if self.failure:
            self.failed.set()

    async def _wait_for_disk(self) -> PartReport:
        try:
            async with asyncio.timeout(END_SECONDS):
                await self._ended.wait()
        except TimeoutError:
            self._failure = Failure("disk_slow", "The disk did not take the recording in time.")
            self.failed.set()
        return self._make_report()

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
