"""A recruiter's upload → what is needed to play it: task "clip".

    playout.h264.mp4, playout.vp8.webm   for sending live: the same frames, a key frame each
                                         second, Opus sound that begins at zero
    file.mp4                             for watching over HTTP: H264 + AAC, index in front
    poster.jpg                           a still from its first second

Invariants: all three show the same pictures at the same times, at one constant rate of at most
30 a second and at most 720p, upright; sound keeps its place beside them and is as long as they
are; a clip without sound gets silence, one without picture a slate.
"""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.stream import Stream
from av.video.frame import VideoFrame

from recorder.assemble import write_recording
from recorder.cadence import Cadence, playout_rate
from recorder.clip_files import ClipFiles
from recorder.errors import NotMedia, TooLong
from recorder.fitting import Fitting
from recorder.look import Look, look_at
from recorder.poster import SLATE_SIZE, slate, write_poster
from recorder.sound import Samples, SoundLine
from recorder.source import decoded, open_source, picture_track, sound_track
from recorder.timeline import read_timeline

LONGEST_SECONDS = 600.0
TOO_LONG_TEXT = "This is longer than 10 minutes. Shorten it and try again."
SLATE_RATE = Fraction(10)
POSTER_SECONDS = 1.0
UNHEARD_SECONDS = 0.1  # sound may outlast the picture by this before the last one is held for it

OnProgress = Callable[[float], None]


def prepare_clip(source: Path, directory: Path, on_progress: OnProgress) -> dict[str, Any]:
    """Write the four files into `directory`; returns what task "clip" answers.

    `source`: a file, or the folder of a take that was captured in the browser.
    Raises NotMedia, TooLong, TooBig, NothingRecorded.
    """
    if source.is_dir():
        with TemporaryDirectory(dir=directory) as folder:
            recording = write_recording(read_timeline(source), Path(folder))
            return _prepare(recording.path, directory, on_progress)
    return _prepare(source, directory, on_progress)


def _prepare(source: Path, directory: Path, on_progress: OnProgress) -> dict[str, Any]:
    look = look_at(source)
    _require_short(look.guessed_seconds or 0)
    size = look.size or SLATE_SIZE
    rate = playout_rate(look.average_rate, look.smallest_step) if look.size else SLATE_RATE
    with ClipFiles(directory, size, rate) as files:
        clip = _Clip(look, files, on_progress)
        with open_source(source) as container:
            clip.run(container)
    write_poster(clip.poster, directory / "poster.jpg")
    return {
        "duration_seconds": files.seconds,
        "width": size.width,
        "height": size.height,
        "video_frames": files.frames,
    }


class _Clip:
    """One pass through the source: pictures onto the cadence, sound onto its line."""

    def __init__(self, look: Look, files: ClipFiles, on_progress: OnProgress) -> None:
        self.poster = slate()
        self._look = look
        self._files = files
        self._on_progress = on_progress
        self._fitting = Fitting(files.size, look.pixel_shape)
        self._cadence: Cadence[VideoFrame] = Cadence(files.rate)
        self._sound = SoundLine(zero_seconds=look.zero_seconds)
        self._picture_seconds = 0.0
        self._told = 0.0

    def run(self, container: InputContainer) -> None:
        tracks: list[Stream] = []
        if self._look.size and (picture := picture_track(container)):
            tracks.append(picture)
        if self._look.has_sound and (sound := sound_track(container)):
            tracks.append(sound)
        for frame in decoded(container, tracks):
            if isinstance(frame, AudioFrame):
                self._hear(frame)
            else:
                self._see(frame)
        self._finish()

    def _see(self, frame: VideoFrame) -> None:
        at_seconds = self._picture_seconds
        if frame.time is not None:
            at_seconds = max(0.0, frame.time - self._look.zero_seconds)
        self._picture_seconds = at_seconds + float(1 / self._files.rate)
        _require_short(at_seconds)
        if fitted := self._fitting.fit(frame):
            for _, picture in self._cadence.add(fitted, at_seconds):
                self._show(picture)
        if not self._look.has_sound:
            self._write(list(self._sound.silence_until(at_seconds)))
        self._tell(at_seconds)

    def _hear(self, frame: AudioFrame) -> None:
        _require_short((frame.time or 0.0) - self._look.zero_seconds)
        self._write(list(self._sound.add(frame)))
        _require_short(self._sound.end_seconds)
        if not self._look.size:
            self._show_slate()
            self._tell(self._sound.end_seconds)

    def _show_slate(self) -> None:
        while self._files.frames < self._sound.end_seconds * self._files.rate:
            self._show(self.poster)

    def _show(self, picture: VideoFrame) -> None:
        self._files.picture(picture)
        if self._files.frames == 1 or self._files.frames == round(
            POSTER_SECONDS * self._files.rate
        ):
            self.poster = picture

    def _write(self, chunks: list[Samples]) -> None:
        for chunk in chunks:
            self._files.sound(chunk)

    def _finish(self) -> None:
        self._write(list(self._sound.finish()))
        if self._look.size:
            ticks = self._cadence.end_tick
            if self._sound.end_seconds > ticks / self._files.rate + Fraction(UNHEARD_SECONDS):
                ticks = round(self._sound.end_seconds * self._files.rate)
            for _, picture in self._cadence.finish(ticks):
                self._show(picture)
        else:
            self._show_slate()
        if not self._files.frames:
            raise NotMedia
        self._write(list(self._sound.silence_until(self._files.seconds)))

    def _tell(self, at_seconds: float) -> None:
        share = at_seconds / self._look.guessed_seconds if self._look.guessed_seconds else 0.0
        if share >= self._told + 0.01:
            self._told = min(share, 0.99)
            self._on_progress(self._told)


def _require_short(seconds: float) -> None:
    if seconds > LONGEST_SECONDS + 1:
        raise TooLong(TOO_LONG_TEXT)
