"""A recording taken apart: every picture's number and time, and the sound on the same clock."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from recorder.frame_number import read_frame_number
from tests.material.speech import SAMPLE_RATE, Sound


@dataclass(frozen=True)
class Recording:
    """`sound` begins at 0 s; where nothing was recorded it is silent."""

    numbers: list[int | None]
    times: list[float]
    sound: Sound
    seconds: float


def take_apart(file: Path) -> Recording:
    """Decodes all of it; raises av.FFmpegError for what cannot be decoded."""
    numbers: list[int | None] = []
    times: list[float] = []
    with av.open(str(file)) as container:
        container.streams.video[0].codec_context.options = {"err_detect": "explode"}
        for picture in container.decode(video=0):
            luma = picture.to_ndarray(format="gray").astype(np.uint8, copy=False)
            numbers.append(read_frame_number(luma))
            assert picture.time is not None
            times.append(picture.time)
    sound = _sound(file)
    return Recording(numbers, times, sound, max(times[-1], len(sound) / SAMPLE_RATE))


def _sound(file: Path) -> Sound:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    pieces: list[tuple[int, Sound]] = []
    with av.open(str(file)) as container:
        for frame in container.decode(audio=0):
            assert frame.time is not None
            start = round(frame.time * SAMPLE_RATE)
            frame.pts = None
            for part in resampler.resample(frame):
                pieces.append((start, part.to_ndarray()[0].astype(np.float32)))
                start += part.samples
    sound = np.zeros(max(start + len(samples) for start, samples in pieces), np.float32)
    for start, samples in pieces:
        first = max(0, -start)
        sound[max(0, start) : start + len(samples)] = samples[first:]
    return sound
