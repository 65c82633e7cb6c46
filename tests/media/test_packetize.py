"""Frames become payloads that fit every path, and other people's code puts them together again."""

import av
import pytest
from aiortc.codecs.h264 import h264_depayload
from aiortc.codecs.vpx import vp8_depayload
from hypothesis import given
from hypothesis import strategies as st

from media.packetize import payloads
from media.rtp import MAX_PAYLOAD_BYTES

frames = st.one_of(
    st.binary(min_size=1, max_size=60), st.integers(1, 9000).map(lambda n: b"\x07" * n)
)
# A NAL unit holds no start code and does not end in a zero.
nal_units = st.tuples(st.sampled_from(b"\x67\x68\x06\x65\x41\x01"), frames).map(
    lambda parts: bytes([parts[0]]) + parts[1].replace(b"\x00", b"\x03")
)
start_codes = st.sampled_from([b"\x00\x00\x01", b"\x00\x00\x00\x01"])


@given(frames)
def test_vp8_frames_survive(data: bytes) -> None:
    packed = payloads("vp8", av.Packet(data))
    assert b"".join(map(vp8_depayload, packed)) == data
    assert all(len(payload) <= MAX_PAYLOAD_BYTES for payload in packed)
    assert [payload[0] for payload in packed] == [0x10] + [0] * (len(packed) - 1)


@given(st.lists(st.tuples(start_codes, nal_units), min_size=1, max_size=6))
def test_h264_units_survive(units: list[tuple[bytes, bytes]]) -> None:
    packed = payloads("h264", av.Packet(b"".join(code + unit for code, unit in units)))
    together = b"".join(map(h264_depayload, packed))
    assert together == b"".join(b"\x00\x00\x00\x01" + unit for _, unit in units)
    assert all(len(payload) <= MAX_PAYLOAD_BYTES for payload in packed)


def test_parameter_sets_travel_in_one_packet() -> None:
    access_unit = b"".join(
        b"\x00\x00\x00\x01" + unit for unit in (b"\x67ab", b"\x68c", b"\x65" * 3000)
    )
    packed = payloads("h264", av.Packet(access_unit))
    assert packed[0] == b"\x78\x00\x03\x67ab\x00\x02\x68c"
    assert [payload[0] & 0x1F for payload in packed[1:]] == [28, 28, 28]
    sizes = [len(payload) for payload in packed[1:]]
    assert max(sizes) - min(sizes) <= 1


def test_sound_is_one_payload() -> None:
    assert payloads("opus", av.Packet(b"sound")) == [b"sound"]


@pytest.mark.parametrize(
    ("codec", "data"),
    [
        ("vp8", b""),
        ("opus", b""),
        ("h264", b""),
        ("h264", b"no start"),
        ("h264", b"\x00\x00\x01\x00"),
    ],
)
def test_a_frame_with_nothing_in_it_is_refused(codec: str, data: bytes) -> None:
    with pytest.raises(ValueError, match="empty"):
        payloads(codec, av.Packet(data))


def test_a_codec_that_cannot_be_packetised_is_refused() -> None:
    with pytest.raises(ValueError, match="av1"):
        payloads("av1", av.Packet(b"data"))
