"""The frame number is read back whatever a codec or a scaler did, and never guessed."""

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.frame_number import NUMBERS, Picture, draw_frame_number, read_frame_number


def noise(width: int, height: int, seed: int) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(st.integers(0, NUMBERS - 1), st.integers(160, 700), st.integers(120, 500))
def test_every_number_is_read_back_at_any_size(number: int, width: int, height: int) -> None:
    picture = np.full((height, width), 128, np.uint8)
    draw_frame_number(picture, number)
    assert read_frame_number(picture) == number


@pytest.mark.parametrize("level", [0, 20, 128, 235, 255])
def test_a_plain_picture_has_no_number(level: int) -> None:
    assert read_frame_number(np.full((360, 640, 3), level, np.uint8)) is None


def test_a_noisy_picture_has_no_number() -> None:
    assert [read_frame_number(noise(640, 360, seed)) for seed in range(20)] == [None] * 20


def test_a_strip_torn_between_two_pictures_is_refused() -> None:
    left, right = np.zeros((360, 640), np.uint8), np.zeros((360, 640), np.uint8)
    draw_frame_number(left, 0b0101_0101_0101_0101)
    draw_frame_number(right, 0b1010_1010_1010_1011)
    left[:, 320:] = right[:, 320:]
    assert read_frame_number(left) is None


def test_a_number_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bits"):
        draw_frame_number(np.zeros((360, 640), np.uint8), NUMBERS)


@pytest.mark.parametrize("codec", ["libvpx", "libx264"])
def test_numbers_survive_a_live_codec_at_300_kbit_per_second_and_half_the_size(codec: str) -> None:
    numbers = range(4090, 4120)
    decoded = [
        frame.reformat(320, 180, format="gray").to_ndarray() for frame in coded(numbers, codec)
    ]
    assert [read_frame_number(picture.astype(np.uint8)) for picture in decoded] == list(numbers)


def coded(numbers: range, codec: str) -> list[av.VideoFrame]:
    """Noisy pictures with these numbers, encoded live at 300 kbit/s and decoded."""
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = 640, 360, "yuv420p"
    encoder.bit_rate, encoder.time_base = 300_000, Fraction(1, 30)
    live = {"deadline": "realtime", "cpu-used": "8"}
    encoder.options = live if codec == "libvpx" else {"preset": "ultrafast", "tune": "zerolatency"}
    packets: list[av.Packet[av.VideoStream]] = []
    for number in numbers:
        picture = noise(640, 360, number) // 4
        draw_frame_number(picture, number)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts = number - numbers.start
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    decoder = av.CodecContext.create("vp8" if codec == "libvpx" else "h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    frames = [frame for packet in packets for frame in decoder.decode(packet)]
    return frames + decoder.decode(None)
