"""A take, once its parts are closed → everything that is shown of it: task "answer".

    recording.mp4 | .webm | .mkv   what was captured, packet for packet, its parts joined
    rendition.mp4                  what people watch
    poster.jpg                     a still from its beginning; none where there is no picture

and in the result the waveform and the edit decision list. The captures in the spool are read
and left as they are.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from recorder.assemble import write_recording
from recorder.edl import PRESETS, Edl, make_edl
from recorder.errors import BadTask
from recorder.poster import waveform, write_poster
from recorder.render import write_rendition
from recorder.sound import Samples, SoundLine
from recorder.source import decoded, open_source, picture_track, sound_track
from recorder.timeline import Timeline, read_timeline
from recorder.vad import RATE_HZ, listen, new_silero

RENDERING_SHARE = 0.7  # of the whole work, for progress
POSTER_SECONDS = 1.5

OnProgress = Callable[[float], None]


def process_answer(
    take_directory: Path, directory: Path, preset: str, on_progress: OnProgress
) -> dict[str, Any]:
    """Write the files into `directory`; returns what task "answer" answers.

    Raises NothingRecorded, BadTask.
    """
    if preset not in PRESETS:
        raise BadTask("There is no such way of trimming.")
    timeline = read_timeline(take_directory)
    recording = write_recording(timeline, directory)
    told = _Told(on_progress)
    rendition = write_rendition(
        recording.path,
        timeline,
        directory / "rendition.mp4",
        lambda share: told.tell(share * RENDERING_SHARE),
    )
    sound = read_sound(recording.path, timeline.seconds)
    edl = make_answer_edl(sound, timeline, preset)
    has_poster = _write_poster(
        directory / "rendition.mp4", directory / "poster.jpg", timeline.seconds
    )
    return {
        "recording": recording.path.name,
        "rendition": "rendition.mp4",
        "poster": "poster.jpg" if has_poster else None,
        "media_type": recording.media_type,
        "duration_seconds": round(timeline.seconds, 3),
        "width": rendition.size.width if rendition.size else None,
        "height": rendition.size.height if rendition.size else None,
        "video_frames": rendition.video_frames,
        "picture": "none" if not rendition.size else "copied" if rendition.is_copy else "encoded",
        "waveform": waveform(sound),
        "edl": edl.to_json(),
        "gaps": timeline.gaps,
        "parts": timeline.parts,
    }


def read_sound(path: Path, seconds: float) -> Samples:
    """Mono at 16 kHz on the recording's time line, silence where there is none."""
    line = SoundLine(RATE_HZ)
    chunks: list[Samples] = [np.zeros(0, np.int16)]
    with open_source(path) as container:
        if track := sound_track(container):
            for frame in decoded(container, [track]):
                if isinstance(frame, AudioFrame):
                    chunks += line.add(frame)
    chunks += line.finish()
    chunks += line.silence_until(seconds)
    return np.concatenate(chunks)[: round(seconds * RATE_HZ)]


def make_answer_edl(sound: Samples, timeline: Timeline, preset: str) -> Edl:
    heard = listen(sound, new_silero())
    return make_edl(
        heard.speech,
        source_seconds=timeline.seconds,
        preset=preset,
        detector=heard.detector,
        noise=heard.noise,
    )


def _write_poster(rendition: Path, path: Path, seconds: float) -> bool:
    wanted_seconds = min(POSTER_SECONDS, seconds / 2)
    still: VideoFrame | None = None
    with open_source(rendition) as container:
        track = picture_track(container)
        for frame in decoded(container, [track] if track else []):
            if isinstance(frame, VideoFrame):
                still = frame
            if still and still.time is not None and still.time >= wanted_seconds:
                break
    if still:
        write_poster(still, path)
    return still is not None


class _Told:
    """Passes on progress in steps of a hundredth."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._last = 0.0

    def tell(self, share: float) -> None:
        if share >= self._last + 0.01:
            self._last = share
            self._on_progress(share)
