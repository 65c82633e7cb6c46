"""Payloads → frames: against aiortc's packetisers and a real decoder; noise is Malformed."""

import contextlib
import random
from fractions import Fraction

import av
import pytest
from aiortc.codecs import get_encoder
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from hypothesis import given, settings
from hypothesis import strategies as st

from media.depacketize import Depacketizer, depacketizer
from media.depacketize.h264 import H264, START_CODE
from media.depacketize.opus import duration_samples
from media.depacketize.sps import picture_size
from media.errors import Malformed
from tests.media.sending import HEIGHT, WIDTH, number_in, picture

CODECS = ["vp8", "h264"]
PARAMETERS = {
    "vp8": RTCRtpCodecParameters(mimeType="video/VP8", clockRate=90000, payloadType=96),
    "h264": RTCRtpCodecParameters(
        mimeType="video/H264",
        clockRate=90000,
        payloadType=97,
        parameters={"packetization-mode": "1", "profile-level-id": "42e01f"},
    ),
}


def packetized_pictures(codec: str, count: int) -> list[list[bytes]]:
    """Noisy numbered pictures as aiortc would send them, several packets each."""
    encoder = get_encoder(PARAMETERS[codec])
    sent = []
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(picture(number, is_noisy=True), format="rgb24")
        frame = frame.reformat(format="yuv420p")
        frame.pts, frame.time_base = number * 3000, Fraction(1, 90000)
        payloads, _ = encoder.encode(frame, force_keyframe=number == 0)
        sent.append(payloads)
    return sent


@pytest.mark.parametrize("codec", CODECS)
def test_what_another_implementation_packetized_decodes_picture_by_picture(codec: str) -> None:
    frames = packetized_pictures(codec, 10)
    assert len(frames[0]) > 3
    take_apart = depacketizer(codec)
    decoder = av.CodecContext.create(codec, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    numbers = []
    for index, payloads in enumerate(frames):
        encoded = take_apart.assemble(payloads)
        assert encoded.is_keyframe is (index == 0)
        assert encoded.size == ((WIDTH, HEIGHT) if index == 0 else None)
        numbers += [number_in(frame) for frame in decoder.decode(av.Packet(encoded.data))]
    numbers += [number_in(frame) for frame in decoder.decode(None)]
    assert numbers == list(range(10))


@pytest.mark.parametrize("codec", CODECS)
def test_only_the_first_packet_of_a_frame_starts_it(codec: str) -> None:
    first, second = packetized_pictures(codec, 2)
    take_apart = depacketizer(codec)
    starts = [take_apart.starts_frame(payload) for payload in first]
    if codec == "h264":  # parameter sets travel in packets of their own
        starts = starts[sum(p[0] & 0x1F in (6, 7, 8, 24) for p in first) :]
    assert starts[0]
    assert not any(starts[1:])
    assert take_apart.starts_key_frame(first[0])
    assert not take_apart.starts_key_frame(second[0])


@pytest.mark.parametrize(
    "descriptor",
    [
        bytes((0x10,)),
        bytes((0x90, 0x80, 0x11)),  # 7 bit picture id
        bytes((0x90, 0x80, 0x81, 0x11)),  # 15 bit picture id
        bytes((0x90, 0xE0, 0x81, 0x11, 0x05, 0x40)),  # with layer indices, as libwebrtc sends
    ],
)
def test_every_vp8_descriptor_is_taken_off(descriptor: bytes) -> None:
    frame = bytes((0x10, 0, 0)) + b"\x9d\x01\x2a" + bytes((0x40, 0x01, 0xC0, 0x00)) + b"rest"
    encoded = depacketizer("vp8").assemble([descriptor + frame])
    assert (encoded.data, encoded.size) == (frame, (320, 192))


SPS = bytes.fromhex("67 42 c0 1f 8c 8d 40 50 1e d0 0f 08 84 6a")
PPS = bytes.fromhex("68 ce 3c 80")
IDR = bytes((0x65, 0x88, 1, 2, 3))
SLICE = bytes((0x41, 0x9A, 4, 5, 6))


def test_a_key_frame_without_parameter_sets_gets_the_last_ones() -> None:
    h264 = H264()
    h264.assemble([SPS, PPS, IDR])
    encoded = h264.assemble([IDR])
    assert encoded.data == b"".join(START_CODE + unit for unit in (SPS, PPS, IDR))
    assert encoded.is_keyframe


def test_a_key_frame_before_any_parameter_sets_is_malformed() -> None:
    with pytest.raises(Malformed):
        H264().assemble([IDR])


def test_aggregated_units_are_taken_apart() -> None:
    aggregate = bytes((24,))
    for unit in (SPS, PPS):
        aggregate += len(unit).to_bytes(2, "big") + unit
    encoded = H264().assemble([aggregate, IDR])
    assert encoded.data == b"".join(START_CODE + unit for unit in (SPS, PPS, IDR))


@pytest.mark.parametrize(
    "payloads",
    [
        [bytes((0x7C, 0x05)) + b"rest of a unit whose start is lost"],
        [bytes((0x7C, 0x85)) + b"start of a unit whose end is lost"],
        [bytes((0x7C, 0x85)) + b"start", SLICE],
        [bytes((24, 0, 200)) + b"short"],
        [bytes((29, 0, 0, 0))],  # a type that was not negotiated
        [bytes((0x7C,))],
        [PPS],  # no picture in it
    ],
)
def test_broken_access_units_are_malformed(payloads: list[bytes]) -> None:
    with pytest.raises(Malformed):
        H264().assemble(payloads)


@pytest.mark.parametrize(
    ("width", "height"), [(320, 192), (640, 360), (1280, 720), (854, 480), (1920, 1080)]
)
def test_picture_size_is_read_from_what_an_encoder_wrote(width: int, height: int) -> None:
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, 30), Fraction(30, 1)
    encoder.options = {"preset": "ultrafast", "profile": "baseline"}
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    data = b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
    sps = next(u for u in data.split(b"\x00\x00\x01") if u and u[0] & 0x1F == 7)
    assert picture_size(sps.rstrip(b"\x00")) == (width, height)


@pytest.mark.parametrize(
    ("first_bytes", "samples"),
    [
        (bytes((0x78,)), 960),  # CELT 20 ms, one frame
        (bytes((0x79,)), 1920),
        (bytes((0x7B, 3)), 2880),
        (bytes((0x18,)), 2880),  # SILK 60 ms
        (bytes((0x60,)), 480),  # hybrid 10 ms
        (bytes((0x1B, 63)), 5760),  # more than 120 ms is not possible
    ],
)
def test_opus_durations(first_bytes: bytes, samples: int) -> None:
    assert duration_samples(first_bytes) == samples


NOISE = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5)


@given(st.sampled_from(["vp8", "h264", "opus"]), NOISE)
@settings(deadline=None, max_examples=1000)
def test_any_payloads_make_a_frame_or_are_malformed(codec: str, payloads: list[bytes]) -> None:
    take_apart: Depacketizer = depacketizer(codec)
    for payload in payloads:
        take_apart.starts_frame(payload)
        take_apart.starts_key_frame(payload)
    with contextlib.suppress(Malformed):
        take_apart.assemble(payloads)


@given(st.binary(max_size=60))
@settings(deadline=None, max_examples=500)
def test_any_parameter_set_has_a_size_or_is_malformed(noise: bytes) -> None:
    for data in (b"\x67" + noise, b"\x67\x64\x00\x1f" + noise, b"\x67" + noise + b"\xff" * 40):
        with contextlib.suppress(Malformed):
            picture_size(data)


@pytest.mark.parametrize("codec", CODECS)
def test_a_mutilated_key_frame_never_raises_anything_else(codec: str) -> None:
    generator = random.Random(7)
    [payloads] = packetized_pictures(codec, 1)
    take_apart = depacketizer(codec)
    for _ in range(300):
        broken = [bytearray(payload) for payload in payloads if generator.random() > 0.1]
        for payload in broken:
            payload[generator.randrange(min(8, len(payload)))] = generator.randrange(256)
        if broken:
            with contextlib.suppress(Malformed):
                take_apart.assemble([bytes(payload) for payload in broken])
