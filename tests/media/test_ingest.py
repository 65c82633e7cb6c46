"""Packets → frames over a bad line: in order, once, whole; a freeze and never a smear."""

import random
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from media.ingest import HOLD_SECONDS, MAX_HELD_PACKETS, Arrival, Frame, FrameReader

PACKETS_OF_A_FRAME = 3
KEY_FRAME_EVERY = 10


@dataclass
class Watched:
    """A reader, what left it, and how often it wished for a key frame."""

    needs_key_frame: bool = True
    frames: list[Frame] = field(default_factory=list)
    wishes: int = 0

    def __post_init__(self) -> None:
        self.reader = FrameReader(
            self.frames.append, self._wish, needs_key_frame=self.needs_key_frame
        )

    def _wish(self) -> None:
        self.wishes += 1

    @property
    def numbers(self) -> list[int]:
        return [frame.timestamp // 3000 for frame in self.frames]


def picture_packets(frames: int, *, first_sequence: int = 0) -> list[Arrival]:
    """VP8 frames of three packets each, thirty a second, every tenth a key frame."""
    packets: list[Arrival] = []
    for number in range(frames):
        is_key = number % KEY_FRAME_EVERY == 0
        head = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xf0\x00" if is_key else b"\x11" + bytes(9)
        for part in range(PACKETS_OF_A_FRAME):
            body = head if part == 0 else bytes((number & 0xFF, part))
            packets.append(
                Arrival(
                    sequence=first_sequence + len(packets),
                    timestamp=number * 3000,
                    marker=part == PACKETS_OF_A_FRAME - 1,
                    payload=(b"\x10" if part == 0 else b"\x00") + body,
                    codec="vp8",
                    arrival=number / 30 + part * 0.001,
                )
            )
    return packets


def sound_packets(count: int) -> list[Arrival]:
    return [
        Arrival(n, n * 960, False, bytes((0x78, n & 0xFF)), "opus", n / 50) for n in range(count)
    ]


def feed(watched: Watched, packets: list[Arrival]) -> None:
    """Each packet at its time of arrival, the holds looked after every 50 ms."""
    looked_after = 0.0
    for packet in packets:
        while looked_after < packet.arrival:
            watched.reader.expire(looked_after)
            looked_after += 0.05
        watched.reader.push(packet)


def test_an_orderly_line_delivers_every_frame_at_once() -> None:
    watched = Watched()
    for count, packet in enumerate(picture_packets(30), start=1):
        watched.reader.push(packet)
        assert len(watched.frames) == count // PACKETS_OF_A_FRAME
    assert watched.numbers == list(range(30))
    assert watched.frames[0].size == (320, 240)
    assert (watched.wishes, watched.reader.lost) == (0, 0)


@given(st.randoms(use_true_random=False), st.integers(1, 40))
@settings(deadline=None, max_examples=40)
def test_any_reordering_and_doubling_within_the_hold_changes_nothing(
    generator: random.Random, reach: int
) -> None:
    packets = picture_packets(40)
    shuffled = packets[:1] + sorted(
        packets[1:] * 2,
        key=lambda packet: packet.sequence + generator.random() * reach,
    )
    watched = Watched()
    for packet in shuffled:
        watched.reader.push(packet)
    assert watched.numbers == list(range(40))
    whole = [b"".join(p.payload[1:] for p in packets[3 * n : 3 * n + 3]) for n in range(40)]
    assert [frame.data for frame in watched.frames] == whole


@given(st.sets(st.integers(1, 299), max_size=60))
@settings(deadline=None)
def test_after_an_unrepaired_loss_nothing_leaves_until_the_next_key_frame(lost: set[int]) -> None:
    watched = Watched()
    feed(watched, [packet for packet in picture_packets(100) if packet.sequence not in lost])
    watched.reader.expire(1000)
    broken = {sequence // PACKETS_OF_A_FRAME for sequence in lost}
    expected, is_frozen = [], False
    for number in range(100):
        is_frozen = (is_frozen and number % KEY_FRAME_EVERY != 0) or number in broken
        if not is_frozen:
            expected.append(number)
    assert watched.numbers[: len(expected)] == expected[: len(watched.numbers)]
    assert set(expected) - set(watched.numbers) <= {98, 99}
    assert not set(watched.numbers) - set(expected)
    if broken - {99}:
        assert watched.wishes > 0


def test_a_hole_is_held_for_two_seconds_and_no_longer() -> None:
    watched = Watched(needs_key_frame=False)
    packets = sound_packets(300)
    del packets[50]
    feed(watched, [packet for packet in packets if packet.arrival < 1.02 + HOLD_SECONDS - 0.1])
    assert len(watched.frames) == 50
    watched.reader.expire(1.02 + HOLD_SECONDS + 0.01)
    assert len(watched.frames) > 100
    assert watched.reader.lost == 1
    assert [frame.follows_loss for frame in watched.frames].index(True) == 50


def test_a_repair_within_the_hold_leaves_no_trace() -> None:
    watched = Watched()
    packets = picture_packets(40)
    late = packets.pop(50)
    feed(watched, packets[:100])
    late.is_repaired = True
    watched.reader.push(late)
    feed(watched, packets[100:])
    assert watched.numbers == list(range(40))
    assert not any(frame.follows_loss for frame in watched.frames)


def test_sound_goes_on_after_a_loss_without_waiting_for_anything_else() -> None:
    watched = Watched(needs_key_frame=False)
    packets = [packet for packet in sound_packets(200) if packet.sequence not in (20, 21)]
    feed(watched, packets)
    watched.reader.expire(1000)
    assert len(watched.frames) == 198


def test_probing_packets_are_consumed_silently() -> None:
    watched = Watched()
    packets = picture_packets(10)
    probes = [
        Arrival(30 + n, packets[-1].timestamp, False, b"", "vp8", packets[-1].arrival)
        for n in range(5)
    ]
    more = picture_packets(5, first_sequence=35)
    for packet in more:
        packet.timestamp += 30_000
    feed(watched, packets + probes + more)
    assert watched.numbers == list(range(15))


def test_a_sender_without_markers_is_read_by_its_timestamps() -> None:
    watched = Watched()
    for packet in picture_packets(10):
        packet.marker = False
        watched.reader.push(packet)
    assert watched.numbers == list(range(9))


def test_the_picture_begins_with_a_key_frame_and_one_is_asked_for() -> None:
    watched = Watched()
    feed(watched, picture_packets(30)[4:])
    assert watched.numbers == list(range(10, 30))
    assert watched.wishes > 0


def test_a_restart_lets_go_of_what_is_held_and_takes_new_numbers() -> None:
    watched = Watched(needs_key_frame=False)
    packets = sound_packets(100)
    feed(watched, packets[:20] + packets[21:30])
    watched.reader.restart()
    for packet in sound_packets(10):
        packet.sequence += 500_000
        watched.reader.push(packet)
    assert len(watched.frames) == 20 + 9 + 10


def test_what_is_held_is_bounded() -> None:
    watched = Watched(needs_key_frame=False)
    watched.reader.push(sound_packets(1)[0])
    for number in range(MAX_HELD_PACKETS + 10):
        watched.reader.push(Arrival(number + 2, number * 960, False, b"\x78", "opus", 0.0))
    assert len(watched.frames) == MAX_HELD_PACKETS + 11
    assert watched.reader.lost == 1


def test_a_codec_change_is_followed() -> None:
    watched = Watched()
    packets = picture_packets(20)
    h264 = [
        bytes.fromhex("6742c01f8c8d40501ed00f08846a"),
        bytes.fromhex("68ce3c80"),
        bytes((0x65, 0x88, 1, 2)),
    ]
    feed(watched, packets)
    for part, payload in enumerate(h264):
        packet = Arrival(60 + part, 60_000, part == 2, payload, "h264", 0.7)
        watched.reader.push(packet)
    assert [frame.codec for frame in watched.frames] == ["vp8"] * 20 + ["h264"]
    assert watched.frames[-1].is_keyframe
