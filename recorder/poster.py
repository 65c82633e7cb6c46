"""What stands for a recording before it is played: a still picture, a slate, a waveform."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from recorder.bitstream import Size
from recorder.fitting import even
from recorder.sound import Samples

POSTER_LONG_SIDE = 640
WAVEFORM_BARS = 200
JPEG_SCALE = "4"  # of 2 (best) to 31
SLATE_SIZE = Size(960, 540)
SLATE_BARS = (0.25, 0.5, 0.9, 0.6, 1.0, 0.45, 0.75, 0.35, 0.2)


def write_poster(frame: VideoFrame, path: Path) -> None:
    """`frame` as a JPEG of at most 640 pixels on its long side."""
    scale = min(1.0, POSTER_LONG_SIDE / max(frame.width, frame.height))
    size = Size(even(frame.width * scale), even(frame.height * scale))
    picture = frame.reformat(*size, format="yuvj420p", dst_color_range="JPEG")
    encoder = av.CodecContext.create("mjpeg", "w")
    if not isinstance(encoder, VideoCodecContext):
        raise TypeError("mjpeg is no video codec")
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuvj420p"
    encoder.time_base = Fraction(1, 1)
    encoder.options = {"qmin": JPEG_SCALE, "qmax": JPEG_SCALE}
    picture.pts = None
    packets = [*encoder.encode(picture), *encoder.encode(None)]
    path.write_bytes(b"".join(bytes(packet) for packet in packets))


def slate(size: Size = SLATE_SIZE) -> VideoFrame:
    """A plain dark picture with the bars of a sound, for a clip that has nothing to see."""
    picture = np.full((size.height, size.width, 3), (30, 34, 44), np.uint8)
    step = size.width // (3 * len(SLATE_BARS))
    left = (size.width - step * (2 * len(SLATE_BARS) - 1)) // 2
    for number, height_share in enumerate(SLATE_BARS):
        half = round(size.height * 0.16 * height_share)
        x = left + 2 * step * number
        picture[size.height // 2 - half : size.height // 2 + half, x : x + step] = (150, 170, 205)
    return VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")


def waveform(sound: Samples, bars: int = WAVEFORM_BARS) -> list[float]:
    """The loudest sample of each of `bars` equal stretches, 0 to 1; empty for no sound."""
    if not len(sound):
        return []
    edges = np.linspace(0, len(sound), bars + 1).astype(int)
    loudness = np.abs(sound.astype(np.int32))
    return [
        round(float(loudness[start : max(end, start + 1)].max(initial=0)) / 32768, 3)
        for start, end in pairwise(edges)
    ]
