"""Encoded frames as the media core would hand them over, with their numbers in the picture.

Each picture carries its running number as 16 grey blocks in two rows (black 0, white 1), big
enough to survive coding. All of it is made here, once per test run.
"""

from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import av
import numpy as np
from numpy.typing import NDArray

from recorder.take import TakeWriter

NUMBER_BITS = 16
ORIGIN_SECONDS = 1000.0
ENCODERS = {
    "h264": ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}),
    "vp8": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
}


class Encoded(NamedTuple):
    """One encoded frame; `at` is seconds after the part's origin."""

    kind: str
    at: float
    data: bytes
    is_key_frame: bool


def picture(number: int, width: int, height: int) -> av.VideoFrame:
    grey = np.full((height, width), 128, np.uint8)
    block_width, block_height = width // 8, height // 4
    for bit in range(NUMBER_BITS):
        row, column = divmod(bit, 8)
        y, x = block_height * (row + 1), block_width * column
        grey[y : y + block_height, x : x + block_width] = 235 if number >> bit & 1 else 16
    return av.VideoFrame.from_ndarray(grey, "gray").reformat(format="yuv420p")


def read_number(frame: av.VideoFrame) -> int:
    grey = frame.reformat(format="gray").to_ndarray()
    height, width = grey.shape
    number = 0
    for bit in range(NUMBER_BITS):
        row, column = divmod(bit, 8)
        y, x = round(height / 4 * (row + 1.5)), round(width / 8 * (column + 0.5))
        number |= int(grey[y - 3 : y + 3, x - 3 : x + 3].mean() > 128) << bit
    return number


@cache
def video(
    codec: str,
    seconds: float,
    *,
    size: tuple[int, int] = (320, 240),
    fps: int = 30,
    start: float = 0.0,
    first_number: int = 0,
) -> tuple[Encoded, ...]:
    """Numbered pictures, a key frame each second."""
    name, options = ENCODERS[codec]
    encoder = av.CodecContext.create(name, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, fps)
    encoder.framerate = Fraction(fps)
    encoder.options = {**options, "g": str(fps)}
    packets = []
    for index in range(round(seconds * fps)):
        frame = picture(first_number + index, *size)
        frame.pts, frame.time_base = index, Fraction(1, fps)
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return tuple(
        Encoded("video", start + index / fps, bytes(packet), packet.is_keyframe)
        for index, packet in enumerate(packets)
    )


@cache
def tone(seconds: float, *, start: float = 0.0, frequency_hz: float = 440.0) -> tuple[Encoded, ...]:
    """Opus packets of 20 ms."""
    times = np.arange(round(seconds * 48000)) / 48000
    return opus((np.sin(times * 2 * np.pi * frequency_hz) * 8000).astype(np.int16), start)


def opus(samples: NDArray[np.int16], start: float = 0.0) -> tuple[Encoded, ...]:
    """Opus packets of mono 16-bit samples at 48 kHz."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = 48000, "mono", "s16"
    encoder.bit_rate = 32000
    encoder.time_base = Fraction(1, 48000)
    packets = []
    for index in range(len(samples) // 960):
        frame = av.AudioFrame.from_ndarray(
            samples[None, index * 960 : (index + 1) * 960], format="s16", layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = 48000, index * 960, Fraction(1, 48000)
        packets += encoder.encode(frame)
    return tuple(
        Encoded("audio", start + index * 0.02, bytes(packet), True)
        for index, packet in enumerate(packets)
    )


def in_order(*tracks: tuple[Encoded, ...]) -> list[Encoded]:
    return sorted((frame for track in tracks for frame in track), key=lambda frame: frame.at)


def packet(frame: Encoded, origin_seconds: float = ORIGIN_SECONDS) -> "av.Packet[Any]":
    rate = 48000 if frame.kind == "audio" else 90000
    made: av.Packet[Any] = av.Packet(frame.data)
    made.time_base = Fraction(1, rate)
    made.pts = round((origin_seconds + frame.at) * rate)
    made.is_keyframe = frame.is_key_frame
    return made


def feed(writer: TakeWriter, frames: list[Encoded]) -> None:
    for frame in frames:
        sink = writer.audio if frame.kind == "audio" else writer.video
        sink.write(packet(frame))
