"""RTCP bytes: reports, NACK and key frame requests there and back; noise is Malformed."""

import contextlib

import pytest
from aiortc import rtp as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from media import rtcp
from media.errors import Malformed

WORDS = st.integers(0, 0xFFFFFFFF)
BLOCKS = st.builds(
    rtcp.ReportBlock,
    ssrc=WORDS,
    fraction_lost=st.integers(0, 255),
    lost=st.integers(-0x800000, 0x7FFFFF),
    highest_sequence=WORDS,
    jitter=WORDS,
    last_report=WORDS,
    delay=WORDS,
)
MANY_BLOCKS = st.lists(BLOCKS, max_size=3).map(tuple)


@given(WORDS, st.integers(0, 2**64 - 1), WORDS, MANY_BLOCKS)
@settings(deadline=None)
def test_reports_parse_back(
    ssrc: int, ntp: int, rtp_time: int, blocks: tuple[rtcp.ReportBlock, ...]
) -> None:
    sent = rtcp.SenderReport(ssrc, ntp, rtp_time, 7, 8, blocks)
    received = rtcp.ReceiverReport(ssrc, blocks)
    compound = (
        rtcp.build_sender_report(sent)
        + rtcp.build_description(ssrc, "name")
        + rtcp.build_receiver_report(received)
    )
    assert rtcp.parse(compound) == [sent, received]


@given(st.integers(0, 0xFFFF), st.lists(st.integers(1, 40), min_size=1, max_size=rtcp.MAX_NACKS))
@settings(deadline=None)
def test_a_nack_names_exactly_what_is_missing(start: int, steps: list[int]) -> None:
    sequences = []
    for step in steps:
        start += step
        sequences.append(start & 0xFFFF)
    [nack] = rtcp.parse(rtcp.build_nack(1, 2, sequences))
    assert nack == rtcp.Nack(1, 2, tuple(sequences))


def test_another_implementation_reads_our_feedback() -> None:
    compound = (
        rtcp.build_receiver_report(
            rtcp.ReceiverReport(1, (rtcp.ReportBlock(2, 64, -3, 70000, 5, 6, 7),))
        )
        + rtcp.build_nack(1, 2, [65535, 0, 9])
        + rtcp.build_picture_loss(1, 2)
        + rtcp.build_goodbye([1])
    )
    report, nack, picture_loss, goodbye = reference.RtcpPacket.parse(compound)
    assert isinstance(report, reference.RtcpRrPacket)
    assert (report.reports[0].packets_lost, report.reports[0].highest_sequence) == (-3, 70000)
    assert isinstance(nack, reference.RtcpRtpfbPacket)
    assert nack.lost == [65535, 0, 9]
    assert isinstance(picture_loss, reference.RtcpPsfbPacket)
    assert (picture_loss.fmt, picture_loss.media_ssrc) == (1, 2)
    assert isinstance(goodbye, reference.RtcpByePacket)


def test_both_kinds_of_key_frame_request_are_understood() -> None:
    full_intra = bytes((0x84, 206, 0, 4)) + bytes((0, 0, 0, 1)) + bytes(4)
    full_intra += bytes((0, 0, 0, 9)) + bytes((1, 0, 0, 0))
    assert rtcp.parse(full_intra) == [rtcp.KeyFrameRequest(1, 9)]
    assert rtcp.parse(rtcp.build_picture_loss(1, 9)) == [rtcp.KeyFrameRequest(1, 9)]


@pytest.mark.parametrize("cut", range(1, 28))
def test_a_report_that_is_cut_off_is_malformed(cut: int) -> None:
    whole = rtcp.build_sender_report(rtcp.SenderReport(1, 2, 3, 4, 5))
    with pytest.raises(Malformed):
        rtcp.parse(whole[:cut])


@given(st.integers(192, 223), st.binary(max_size=120))
@settings(deadline=None, max_examples=500)
def test_any_bytes_parse_or_are_malformed(kind: int, noise: bytes) -> None:
    body = noise + bytes(-len(noise) % 4)
    for first in (0x80, 0x81, 0x84, 0x9F, 0xA1):
        framed = bytes((first, kind)) + (len(body) // 4).to_bytes(2, "big") + body
        for data in (noise, framed, framed + noise):
            with contextlib.suppress(Malformed):
                rtcp.parse(data)
