"""A first look at a file: what is in it, how big, how long, how fast; task "probe" tells it."""

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream
from av.video.frame import VideoFrame

from recorder.bitstream import Size
from recorder.errors import CutOff, NotMedia
from recorder.fitting import limited, shown_size
from recorder.source import decoded, open_source, picture_track, sound_track

SAME_START_SECONDS = 0.1
WHOLE, SLACK_SECONDS = 0.95, 0.5  # below that the end of a film is missing


@dataclass(frozen=True)
class Look:
    """What a file shows. `size`: upright, within 720p, None when there is nothing to see.

    `guessed_seconds` is what the file says of itself, None when it says nothing. `zero_seconds`
    is where its own clock stands when it begins.
    """

    size: Size | None
    pixel_shape: Fraction | None
    average_rate: Fraction | None
    smallest_step: Fraction | None
    has_sound: bool
    zero_seconds: float
    guessed_seconds: float | None


def look_at(path: Path) -> Look:
    """Decode a first picture and a first sound. Raises NotMedia when there is neither."""
    with open_source(path) as container:
        picture = picture_track(container)
        seen = _first(container, picture)
        pixel_shape = picture.sample_aspect_ratio if picture else None
        rates = (picture.average_rate, picture.base_rate) if picture else (None, None)
        zero_seconds = _zero(picture if seen else None, sound_track(container))
        guessed = container.duration / av.time_base if container.duration else None
    with open_source(path) as container:
        heard = _first(container, sound_track(container))
    if seen is None and heard is None:
        raise NotMedia
    size = limited(*shown_size(seen, pixel_shape)) if isinstance(seen, VideoFrame) else None
    return Look(size, pixel_shape, *rates, heard is not None, zero_seconds, guessed)


def probe(path: Path) -> dict[str, Any]:
    """What task "probe" answers. Raises NotMedia, CutOff."""
    look = look_at(path)
    measured_seconds = _measured_seconds(path)
    guessed_seconds = look.guessed_seconds or measured_seconds
    if look.size and measured_seconds < WHOLE * guessed_seconds - SLACK_SECONDS:
        raise CutOff
    return {
        "duration_seconds": guessed_seconds,
        "video": look.size._asdict() if look.size else None,
        "audio": look.has_sound,
    }


def _first(container: InputContainer, track: Stream | None) -> VideoFrame | AudioFrame | None:
    if track is None:
        return None
    return next(islice(decoded(container, [track]), 1), None)


def _zero(picture: Stream | None, sound: Stream | None) -> float:
    """The picture's start where sound begins about then (its priming is early), else the first."""
    starts = [
        float(track.start_time * track.time_base)
        for track in (picture, sound)
        if track is not None and track.start_time is not None and track.time_base is not None
    ]
    if not starts:
        return 0.0
    return starts[0] if max(starts) - min(starts) < SAME_START_SECONDS else min(starts)


def _measured_seconds(path: Path) -> float:
    """The time of the last packet: how long it really is, whatever the file says of itself."""
    latest = 0.0
    with open_source(path) as container, suppress(FFmpegError):
        for packet in container.demux():
            if packet.pts is not None and packet.time_base is not None:
                latest = max(
                    latest, float((packet.pts + (packet.duration or 0)) * packet.time_base)
                )
    return latest
