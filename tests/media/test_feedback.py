"""What is missing is asked for, again and again but not for ever; reports tell the truth."""

import heapq
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media import rtcp
from media.feedback import (
    GIVE_UP_SECONDS,
    MAX_MISSING,
    KeyFrameRequests,
    Missing,
    Reception,
    TransportFeedback,
)
from media.ingest import HOLD_SECONDS, Arrival, Frame, FrameReader


def test_a_hole_is_asked_for_at_once_and_again_with_doubling_patience() -> None:
    missing = Missing()
    missing.note(10, 0.0)
    missing.note(12, 0.0)
    asked = [ms for ms in range(400) if missing.due(ms / 1000, 0.05)]
    assert asked == [0, 60, 180]


def test_the_first_retry_waits_at_least_20_ms() -> None:
    missing = Missing()
    missing.note(10, 0.0)
    missing.note(12, 0.0)
    asked = [ms for ms in range(100) if missing.due(ms / 1000, 0.001)]
    assert asked == [0, 20, 60]


def test_what_arrives_is_no_longer_asked_for() -> None:
    missing = Missing()
    for sequence in (0xFFFE, 0x10001):
        missing.note(sequence, 0.0)
    assert missing.due(0.0, 0.05) == [0xFFFF, 0]
    missing.note(0xFFFF, 0.03, is_repaired=True)
    assert missing.due(0.1, 0.05) == [0]
    assert missing.repaired == 1
    assert missing.round_trip_seconds == pytest.approx(0.03)


def test_reordering_alone_is_not_a_repair() -> None:
    missing = Missing()
    for sequence in (1, 3, 2):
        missing.note(sequence, 0.0)
    assert missing.due(0.0, 0.05) == []
    assert missing.repaired == 0


def test_a_latecomer_that_was_asked_for_in_vain_tells_no_round_trip() -> None:
    missing = Missing()
    for sequence in (1, 3):
        missing.note(sequence, 0.0)
    missing.due(0.0, 0.05)
    missing.note(2, 0.001)
    assert missing.round_trip_seconds is None


def test_a_hole_is_given_up_with_the_hold() -> None:
    missing = Missing()
    missing.note(1, 0.0)
    missing.note(3, 0.0)
    missing.due(GIVE_UP_SECONDS + 0.01, 0.05)
    assert missing.due(GIVE_UP_SECONDS + 5, 0.05) == []


def test_a_huge_jump_is_not_asked_for_packet_by_packet() -> None:
    missing = Missing()
    missing.note(1, 0.0)
    missing.note(30_000, 0.0)
    assert len(missing.due(0.0, 0.05)) <= MAX_MISSING


def test_a_hole_becomes_hopeless_once() -> None:
    missing = Missing()
    missing.note(1, 0.0)
    missing.note(3, 0.0)
    assert [missing.became_hopeless(at) for at in (0.5, 0.7, 0.8)] == [False, True, False]


def test_a_key_frame_is_asked_for_until_one_comes() -> None:
    requests = KeyFrameRequests()
    assert not requests.due(0.0, 0.05)
    requests.want()
    asked = [ms for ms in range(0, 3000, 10) if requests.due(ms / 1000, 0.05)]
    assert asked == [0, 600, 1800]
    requests.satisfy(3.0)
    assert not requests.due(10.0, 0.05)


def test_a_receiver_report_counts_what_is_missing() -> None:
    reception = Reception(48_000)
    for sequence in range(0xFF00, 0x10100):
        if sequence % 4:
            reception.note(sequence, sequence * 960, sequence * 0.02)
    reception.note_sender_report(0x1234_5678_9ABC_DEF0, 5000.0)
    block = reception.block(9, 5001.0)
    assert block.highest_sequence == 0x100FF
    assert block.fraction_lost == pytest.approx(64, abs=1)
    assert block.lost == pytest.approx(128, abs=1)
    assert block.jitter == 0
    assert (block.last_report, block.delay) == (0x5678_9ABC, 65536)
    assert reception.block(9, 5001.0).fraction_lost == 0


def read_transport_feedback(data: bytes) -> dict[int, float | None]:
    """Sequence number → arrival in seconds, as the draft tells a sender to read it."""
    assert data[0] == 0x8F
    assert len(data) == 4 + 4 * int.from_bytes(data[2:4], "big")
    base, count = int.from_bytes(data[12:14], "big"), int.from_bytes(data[14:16], "big")
    clock = int.from_bytes(data[16:19], "big") * 256
    position, symbols = 20, list[int]()
    while len(symbols) < count:
        chunk = int.from_bytes(data[position : position + 2], "big")
        position += 2
        if chunk >> 15:
            assert chunk >> 14 & 1
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [chunk >> 13 & 3] * (chunk & 0x1FFF)
    arrivals: dict[int, float | None] = {}
    for index, symbol in enumerate(symbols[:count]):
        if symbol:
            clock += int.from_bytes(data[position : position + symbol], "big", signed=symbol == 2)
            position += symbol
        arrivals[base + index & 0xFFFF] = clock / 4000 if symbol else None
    return arrivals


@given(
    st.integers(0, 0xFFFF),
    st.floats(0, 10_000),
    st.lists(st.tuples(st.booleans(), st.floats(0, 2)), min_size=1, max_size=80),
)
@settings(deadline=None)
def test_transport_feedback_tells_every_arrival(
    first: int, start: float, packets: list[tuple[bool, float]]
) -> None:
    feedback, expected, now = TransportFeedback(), dict[int, float](), start
    for index, (is_here, delay) in enumerate([(True, 0.0), *packets]):
        now += delay
        if is_here:
            expected[first + index & 0xFFFF] = now
            feedback.note(first + index & 0xFFFF, now)
    data = feedback.build(1, 2)
    assert data is not None
    read = read_transport_feedback(data)
    assert {key for key, value in read.items() if value is not None} == set(expected)
    for key, arrival in expected.items():
        assert read[key] == pytest.approx(arrival, abs=0.001)
    assert feedback.build(1, 2) is None


def test_transport_feedback_goes_on_where_it_stopped() -> None:
    feedback = TransportFeedback()
    for sequence in (0xFFFE, 0xFFFF, 1):
        feedback.note(sequence, 1.0)
    feedback.build(1, 2)
    feedback.note(3, 1.1)
    data = feedback.build(1, 2)
    assert data is not None
    assert read_transport_feedback(data) == {2: None, 3: pytest.approx(1.1, abs=0.001)}
    assert data[19] == 1


def missing_after_repair(
    lost: Callable[[random.Random], bool], *, round_trip_seconds: float, packets: int = 1500
) -> int:
    """Sound at 50 packets a second over a line that loses both ways, with a sender that resends."""
    generator = random.Random(5)
    frames: list[Frame] = []
    reader = FrameReader(frames.append, lambda: None, needs_key_frame=False)
    missing = Missing()
    on_the_way = [(n * 0.02, n, False) for n in range(packets) if n == 0 or not lost(generator)]
    for beat in range(packets * 2 + 500):
        now = beat * 0.01
        while on_the_way and on_the_way[0][0] <= now:
            arrival, sequence, is_repaired = heapq.heappop(on_the_way)
            missing.note(sequence, arrival)
            reader.push(
                Arrival(sequence, sequence * 960, False, b"\x78", "opus", arrival, is_repaired)
            )
        for sequence in missing.due(now, round_trip_seconds):
            if not lost(generator) and not lost(generator):
                heapq.heappush(on_the_way, (now + round_trip_seconds, sequence, True))
        reader.expire(now)
    last = max(frame.timestamp for frame in frames) // 960
    return last + 1 - len(frames)


@pytest.mark.parametrize("loss", [0.01, 0.05, 0.10, 0.25])
@pytest.mark.parametrize("round_trip_seconds", [0.01, 0.08, 0.2])
def test_no_sound_is_missing_at_any_usual_loss(loss: float, round_trip_seconds: float) -> None:
    missing = missing_after_repair(
        lambda generator: generator.random() < loss, round_trip_seconds=round_trip_seconds
    )
    assert missing == 0


def test_no_sound_is_missing_after_bursts() -> None:
    left = 0

    def burst(generator: random.Random) -> bool:
        nonlocal left
        left = left - 1 if left else (8 if generator.random() < 0.006 else 0)
        return left > 0

    assert missing_after_repair(burst, round_trip_seconds=0.05) == 0


def test_nacks_and_the_hold_end_together() -> None:
    assert GIVE_UP_SECONDS == HOLD_SECONDS


def test_a_key_frame_request_is_a_pli() -> None:
    assert rtcp.parse(rtcp.build_picture_loss(1, 2)) == [rtcp.KeyFrameRequest(1, 2)]
