"""Moving pictures for a camera: numbered frames in an MJPEG, with a flash each second on request.

Chromium's fake camera plays an MJPEG at 30 frames a second and starts again at its end, so the
numbers run from 0 to `frames` − 1 in a circle. Frame n is shown at n/30 s, and with `flashes`
every 30th is bright: together with `beeps()` that is a clapperboard.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from recorder.frame_number import Picture, draw_frame_number
from tests.material.speech import NOISE, SAMPLE_RATE, Sound

WIDTH, HEIGHT = 640, 360
FRAMES_PER_SECOND = 30
FLASH_FRAMES = 3
BEEP_HERTZ = 1000.0
BEEP_SECONDS = 0.1


def pictures(frames: int, *, flashes: bool = False) -> Iterator[Picture]:
    """RGB pictures with soft colours that move, number n in the n-th."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    ground = np.stack([60 + x / 10, 40 + y / 6, 90 - y / 9], axis=-1).astype(np.uint8)
    for number in range(frames):
        picture = np.roll(ground, number * 4, axis=1)
        if flashes and number % FRAMES_PER_SECOND < FLASH_FRAMES:
            picture[:] = 250
        draw_frame_number(picture, number)
        yield picture


def write_mjpeg(file: Path, frames: int, *, flashes: bool = False) -> None:
    with av.open(str(file), "w", format="mjpeg") as container:
        video = container.add_stream("mjpeg", rate=FRAMES_PER_SECOND)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        video.options = {"qscale": "5"}
        for number, picture in enumerate(pictures(frames, flashes=flashes)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_SECOND)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))


def beeps(seconds: int) -> Sound:
    """A short tone at the start of every second, over faint noise."""
    samples = np.random.default_rng(2).normal(0, NOISE, seconds * SAMPLE_RATE).astype(np.float32)
    length = round(BEEP_SECONDS * SAMPLE_RATE)
    tone = 0.4 * np.sin(2 * np.pi * BEEP_HERTZ * np.arange(length) / SAMPLE_RATE)
    for second in range(seconds):
        samples[second * SAMPLE_RATE :][:length] += tone.astype(np.float32)
    return samples
