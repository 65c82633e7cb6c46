"""RTP bytes: what is built parses back, what wraps unwraps, and anything else is Malformed."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media import rtp
from media.errors import Malformed

SEQUENCES = st.integers(0, 0xFFFF)
TIMES = st.integers(0, 0xFFFFFFFF)
EXTENSIONS = st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=16), max_size=5)
PACKETS = st.builds(
    rtp.RtpPacket,
    payload_type=st.integers(0, 127),
    marker=st.booleans(),
    sequence=SEQUENCES,
    timestamp=TIMES,
    ssrc=TIMES,
    payload=st.binary(max_size=1200),
    extensions=EXTENSIONS,
)


@given(PACKETS)
@settings(deadline=None)
def test_a_packet_that_was_built_parses_back(packet: rtp.RtpPacket) -> None:
    assert rtp.parse(rtp.build(packet)) == packet


@given(PACKETS, st.integers(1, 255))
@settings(deadline=None)
def test_padding_is_taken_off(packet: rtp.RtpPacket, length: int) -> None:
    data = bytearray(rtp.build(packet))
    data[0] |= 0x20
    data += bytes(length - 1) + bytes((length,))
    assert rtp.parse(bytes(data)).payload == packet.payload


def test_a_probing_packet_of_padding_alone_has_an_empty_payload() -> None:
    data = bytes((0xA0, 96, 0, 1)) + bytes(8) + bytes(254) + b"\xff"
    assert rtp.parse(data).payload == b""


def test_contributing_sources_are_skipped() -> None:
    data = bytes((0x82, 96, 0, 1)) + bytes(8) + bytes(8) + b"payload"
    assert rtp.parse(data).payload == b"payload"


def test_two_byte_extensions_are_read() -> None:
    block = bytes((0x10, 0x00, 0, 2)) + bytes((3, 2)) + b"ab" + bytes((0, 0, 5, 0))
    data = bytes((0x90, 96, 0, 1)) + bytes(8) + block + b"x"
    assert rtp.parse(data).extensions == {3: b"ab", 5: b""}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(12),
        bytes((0x90, 96)) + bytes(10),  # extension announced, none there
        bytes((0x8F, 96)) + bytes(10),  # fifteen sources announced, none there
        bytes((0xA0, 96)) + bytes(10) + b"\x00",  # padding of length zero
        bytes((0xA0, 96)) + bytes(10) + b"\x09",  # padding longer than the payload
    ],
)
def test_what_is_cut_off_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        rtp.parse(data)


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=500)
def test_any_bytes_parse_or_are_malformed(noise: bytes) -> None:
    for data in (
        noise,
        b"\x90" + noise,
        b"\xb0\x60" + noise,
        bytes((0x90, 96)) + bytes(10) + noise,
    ):
        with contextlib.suppress(Malformed):
            rtp.parse(data)


@given(PACKETS, st.integers(0, 127), TIMES, SEQUENCES)
@settings(deadline=None)
def test_a_retransmission_gives_back_the_original(
    packet: rtp.RtpPacket, payload_type: int, ssrc: int, sequence: int
) -> None:
    packed = rtp.pack_retransmission(packet, payload_type, ssrc, sequence)
    original = rtp.unpack_retransmission(packed, packet.payload_type, packet.ssrc)
    assert original is not None
    assert (original.sequence, original.timestamp, original.marker, original.payload) == (
        packet.sequence,
        packet.timestamp,
        packet.marker,
        packet.payload,
    )


def test_an_empty_retransmission_is_a_probe() -> None:
    assert rtp.unpack_retransmission(rtp.RtpPacket(97, False, 1, 2, 3, b""), 96, 9) is None


@given(st.integers(0, 0xFFFF), st.lists(st.integers(-0x7FFF, 0x7FFF)))
@settings(deadline=None)
def test_unwrapping_follows_every_step_shorter_than_half_the_range(
    start: int, steps: list[int]
) -> None:
    unwrapper = rtp.Unwrapper(16)
    value = start
    assert unwrapper.unwrap(start) == start
    for step in steps:
        value += step
        assert unwrapper.unwrap(value & 0xFFFF) == value


def test_one_backward_timestamp_is_not_a_wrap() -> None:
    unwrapper = rtp.Unwrapper(32)
    assert [unwrapper.unwrap(t) for t in (9000, 12000, 11000, 15000)] == [9000, 12000, 11000, 15000]


def test_peeking_does_not_move() -> None:
    unwrapper = rtp.Unwrapper(16)
    assert unwrapper.peek(5) is None
    unwrapper.unwrap(0xFFFF)
    assert unwrapper.peek(2) == 0x10002
    assert unwrapper.unwrap(0xFFFE) == 0xFFFE


@pytest.mark.parametrize(
    ("second_byte", "expected"), [(191, False), (192, True), (223, True), (224, False), (96, False)]
)
def test_rtcp_is_told_by_its_packet_type(second_byte: int, expected: bool) -> None:
    assert rtp.is_rtcp(bytes((0x80, second_byte, 0, 0))) is expected
