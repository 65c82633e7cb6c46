"""One outgoing stream: its numbers never skip, its time never runs back, its memory is bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import rtp
from media.downlink import HISTORY_BYTES, HISTORY_PACKETS, RESEND_BURST_BYTES, Downlink
from tests.media.sending import HandClock, Wire, downlinks, original, report_block


def video(wire: Wire, *, first_sequence: int = 0, first_ticks: int = 0) -> Downlink:
    downlink = Downlink(
        "video",
        1,
        wire.send,
        now=wire.clock.now,
        first_sequence=first_sequence,
        first_ticks=first_ticks,
    )
    downlink.configure({"vp8": 96}, 90000, rtx_payload_types={"vp8": 97}, rtx_ssrc=2)
    return downlink


steps = st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=60)


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF), steps)
def test_sequence_and_time_are_continuous_over_both_wraps(
    first_sequence: int, first_ticks: int, ticks_between: list[int]
) -> None:
    wire = Wire(HandClock())
    downlink = video(wire, first_sequence=first_sequence, first_ticks=first_ticks)
    ticks, sent = 0, []
    for step in ticks_between:
        ticks += step
        sent.append(ticks)
        downlink.send_packet("vp8", ticks, b"x", marker=True)
    sequences, times = rtp.Unwrapper(16), rtp.Unwrapper(32)
    assert [sequences.unwrap(p.sequence) - first_sequence for p in wire.packets] == list(
        range(len(sent))
    )
    unwrapped = [times.unwrap(p.timestamp) for p in wire.packets]
    assert unwrapped[0] == (first_ticks + sent[0]) & 0xFFFFFFFF
    assert [later - unwrapped[0] for later in unwrapped] == [later - sent[0] for later in sent]


def test_time_that_would_run_backward_is_refused(wire: Wire) -> None:
    downlink = video(wire)
    downlink.send_packet("vp8", 1000, b"x", marker=True)
    with pytest.raises(ValueError, match="backward by 1"):
        downlink.send_packet("vp8", 999, b"x", marker=True)
    assert len(wire.packets) == 1


def test_a_lost_packet_is_sent_again_inside_rtx(wire: Wire) -> None:
    downlink = video(wire, first_sequence=0xFFFF)
    for number in range(3):
        downlink.send_packet("vp8", number, b"payload %d" % number, marker=number == 2)
    downlink.on_nack([0xFFFF, 1])
    again = wire.packets[3:]
    assert [packet.ssrc for packet in again] == [2, 2]
    assert again[1].sequence == (again[0].sequence + 1) & 0xFFFF
    assert [original(packet) for packet in again] == [wire.packets[0], wire.packets[2]]


def test_without_rtx_a_lost_packet_is_sent_again_as_it_was(wire: Wire) -> None:
    downlink = downlinks(wire, has_rtx=False)["video"]
    downlink.send_packet("h264", 5, b"payload", marker=True)
    downlink.on_nack([wire.packets[0].sequence])
    assert wire.packets[1] == wire.packets[0]


def test_a_packet_asked_for_twice_at_once_is_sent_again_once(wire: Wire) -> None:
    downlink = video(wire)
    downlink.send_packet("vp8", 0, b"x", marker=True)
    downlink.on_nack([0, 0])
    downlink.on_nack([0])
    assert len(wire.packets) == 2
    wire.clock.advance(0.05)
    downlink.on_nack([0])
    assert len(wire.packets) == 3


def test_what_was_never_sent_cannot_be_asked_for(wire: Wire) -> None:
    downlink = video(wire)
    downlink.send_packet("vp8", 0, b"x", marker=True)
    downlink.on_nack(range(1, 0x10000))
    assert len(wire.packets) == 1


def test_a_flood_of_requests_cannot_make_us_flood(wire: Wire) -> None:
    downlink = video(wire)
    for number in range(400):
        downlink.send_packet("vp8", number, bytes(1200), marker=True)
    downlink.on_nack(range(400))
    resent = [packet for packet in wire.packets if packet.payload_type == 97]
    assert 0 < sum(len(packet.payload) - 2 for packet in resent) <= RESEND_BURST_BYTES


@pytest.mark.parametrize("size", [0, 200, 1200])
def test_history_is_bounded(wire: Wire, size: int) -> None:
    downlink = video(wire)
    packets = 4 * HISTORY_PACKETS
    for number in range(packets):
        downlink.send_packet("vp8", number, bytes(size), marker=True)
    del wire.packets[:]
    for number in range(packets):
        wire.clock.advance(0.1)
        downlink.on_nack([number & 0xFFFF])
    assert 0 < len(wire.packets) <= HISTORY_PACKETS
    assert sum(len(original(packet).payload) for packet in wire.packets) <= HISTORY_BYTES
    assert original(wire.packets[-1]).sequence == packets - 1


@given(st.integers(0, 0xFFFF), st.integers(1, 300), st.data())
def test_a_report_tells_what_arrived_and_never_takes_it_back(
    first_sequence: int, packets: int, data: st.DataObject
) -> None:
    downlink = video(Wire(HandClock()), first_sequence=first_sequence)
    for number in range(packets):
        downlink.send_packet("vp8", number, b"x", marker=True)
    best = 0
    for arrived in data.draw(st.lists(st.integers(1, packets), max_size=5)):
        cycles = data.draw(st.integers(0, 3)) << 16
        downlink.on_receiver_report(report_block(cycles | (first_sequence + arrived - 1) & 0xFFFF))
        best = max(best, arrived)
        assert downlink.packets_arrived == best


def test_a_report_about_packets_never_sent_tells_nothing(wire: Wire) -> None:
    downlink = video(wire, first_sequence=100)
    downlink.send_packet("vp8", 0, b"x", marker=True)
    for sequence in (99, 101, 40000):
        downlink.on_receiver_report(report_block(sequence))
    assert downlink.packets_arrived == 0


def test_sender_reports_of_both_tracks_put_one_instant_at_one_wall_time(wire: Wire) -> None:
    both = downlinks(wire)
    instant = wire.clock.now() + 1
    for kind, codec in (("video", "vp8"), ("audio", "opus")):
        downlink = both[kind]
        downlink.send_packet(codec, downlink.ticks_at(instant), b"x", marker=True)
    both["video"].report_when_due()
    wire.clock.advance(0.037)
    both["audio"].report_when_due()
    walls = []
    for packet, (_, report), rate in zip(wire.packets, wire.reports, (90000, 48000), strict=True):
        ahead = rtp.Unwrapper(32)
        ahead.unwrap(report.rtp_time)
        ticks = ahead.unwrap(packet.timestamp) - report.rtp_time
        walls.append(report.ntp / 2**32 + ticks / rate)
    assert abs(walls[0] - walls[1]) < 0.0001


def test_the_second_sender_report_comes_soon_and_then_one_each_second(wire: Wire) -> None:
    downlink = video(wire)
    start = wire.clock.now()
    downlink.report_when_due()
    assert wire.reports == []
    downlink.send_packet("vp8", 0, b"xyz", marker=True)
    for _ in range(300):
        downlink.report_when_due()
        wire.clock.advance(0.01)
    assert [round(at - start, 1) for at, _ in wire.reports] == [0.0, 0.2, 1.2, 2.2]
    assert {(report.packets, report.octets) for _, report in wire.reports} == {(1, 3)}


def test_the_round_trip_is_measured_from_the_echoed_report(wire: Wire) -> None:
    downlink = video(wire)
    downlink.send_packet("vp8", 0, b"x", marker=True)
    downlink.report_when_due()
    middle = wire.reports[0][1].ntp >> 16 & 0xFFFFFFFF
    wire.clock.advance(0.3)
    block = report_block(0)
    echoed = type(block)(1, 64, 0, 0, 900, middle, round(0.25 * 65536))
    downlink.on_receiver_report(echoed)
    report = downlink.report()
    assert report.round_trip_seconds == pytest.approx(0.05, abs=0.001)
    assert (report.lost_share, report.jitter_seconds) == (0.25, 0.01)


def test_a_key_frame_request_reaches_whoever_feeds_the_stream(wire: Wire) -> None:
    downlink = video(wire)
    downlink.on_key_frame_request()
    asked: list[bool] = []
    downlink.key_frame_wanted = lambda: asked.append(True)
    downlink.on_key_frame_request()
    assert asked == [True]
