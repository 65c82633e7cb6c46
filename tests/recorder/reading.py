"""Opens captures and renditions as a player would, and says what is in them."""

from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from numpy.typing import NDArray

from tests.recorder.material import read_number


class Seen(NamedTuple):
    """What a file shows: times in seconds, numbers read from the pictures, sound as one array.

    `sound` is mono at 48 kHz, placed by its timestamps, silence between.
    """

    numbers: list[int]
    video_times: list[float]
    sizes: set[tuple[int, int]]
    sound: NDArray[np.float32]
    audio_times: list[float]


def watch(path: Path) -> Seen:
    """Decode everything; an error of the decoder or the container fails the test."""
    seen = Seen([], [], set(), np.zeros(48000 * 60, np.float32), [])
    end = 0
    with av.open(str(path), "r") as container:
        resampler = av.AudioResampler("flt", "mono", 48000)
        for frame in container.decode():
            if isinstance(frame, av.VideoFrame):
                seen.numbers.append(read_number(frame))
                seen.video_times.append(frame.time)
                seen.sizes.add((frame.width, frame.height))
            else:
                seen.audio_times.append(frame.time)
                start = round(frame.time * 48000)
                samples = np.concatenate(
                    [part.to_ndarray()[0] for part in resampler.resample(frame)]
                )
                samples = samples[max(0, -start) :]
                seen.sound[max(0, start) : max(0, start) + len(samples)] = samples
                end = max(end, start + len(samples))
    return seen._replace(sound=seen.sound[:end])
