"""Live watching: the publisher's frames reach a watcher whole, from a key frame on, in step."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from av.bitstream import BitStreamFilterContext
from hypothesis import given, settings
from hypothesis import strategies as st

from media import rtp
from media.downlink import Downlink
from media.forward import WAITING_BYTES, Forward
from media.sink import Sink, Track
from tests.media.sending import (
    OPUS,
    PAYLOAD_TYPES,
    HandClock,
    Wire,
    downlinks,
    shown_numbers,
)


@dataclass
class FakePublisher:
    """An Inbound as far as a forward sees it; its clock began 7 s before the watcher's zero."""

    clock: HandClock
    codecs: dict[str, str]
    sinks: list[tuple[Track, Sink]] = field(default_factory=list)
    key_frame_requests: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.clock.now() - 993.0

    def attach(self, kind: Track, sink: Sink, *, prompt: bool = False) -> Callable[[], None]:
        assert prompt, "a watcher does not wait as long as the recorder"
        entry = (kind, sink)
        self.sinks.append(entry)
        return lambda: self.sinks.remove(entry)

    def request_key_frame(self) -> None:
        self.key_frame_requests.append(self.clock.now())

    def write(self, kind: Track, data: bytes, seconds: float, *, is_key: bool = True) -> None:
        rate = 48000 if kind == "audio" else 90000
        packet: av.Packet[Any] = av.Packet(data)
        packet.pts, packet.time_base = round(seconds * rate), Fraction(1, rate)
        packet.is_keyframe = is_key
        for sink_kind, sink in tuple(self.sinks):
            if sink_kind == kind:
                sink.write(packet)


def encoded_frames(directory: Path, codec: str) -> list[tuple[bytes, bool]]:
    """The pictures of a numbered clip as a publisher would send them: data, whether it is key."""
    name = "playout.h264.mp4" if codec == "h264" else "playout.vp8.webm"
    with av.open(directory / name) as container:
        track = container.streams.video[0]
        packets = [packet for packet in container.demux(track) if packet.pts is not None]
        if codec == "h264":
            to_annex_b = BitStreamFilterContext("h264_mp4toannexb", track)
            packets = [out for packet in packets for out in to_annex_b.filter(packet)]
        return [(bytes(packet), packet.is_keyframe) for packet in packets]


def publish(publisher: FakePublisher, frames: list[tuple[bytes, bool]]) -> None:
    """Send the pictures at 30 a second, with a sound for each."""
    for data, is_key in frames:
        publisher.write("video", data, publisher.now() - 0.02, is_key=is_key)
        publisher.write("audio", b"\xf8\xff\xfe", publisher.now() - 0.02)
        publisher.clock.advance(1 / 30)


def watched(
    clock: HandClock, codec: str, *watcher_codecs: str
) -> tuple[FakePublisher, Wire, dict[str, Downlink], Forward]:
    publisher = FakePublisher(clock, {"audio": "opus", "video": codec})
    wire = Wire(clock)
    outbound = downlinks(wire, watcher_codecs or (codec,))
    return publisher, wire, outbound, Forward(publisher, outbound, clock.pacer())


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_a_watcher_gets_every_picture_and_sound(
    clip_directory: Path, clock: HandClock, codec: str
) -> None:
    publisher, wire, _, forward = watched(clock, codec)
    publish(publisher, encoded_frames(clip_directory, codec))
    clock.advance(0.1)
    assert shown_numbers(wire.of(PAYLOAD_TYPES[codec]), codec) == list(range(90))
    assert len(wire.of(OPUS)) == 90
    forward.close()


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_a_watcher_who_comes_in_between_begins_with_a_key_frame(
    clip_directory: Path, clock: HandClock, codec: str
) -> None:
    publisher, wire, _, forward = watched(clock, codec)
    assert publisher.key_frame_requests == []
    clock.advance(0.05)
    assert len(publisher.key_frame_requests) == 1, "asked for at once, not when one happens by"
    publish(publisher, encoded_frames(clip_directory, codec)[10:])
    clock.advance(0.1)
    assert shown_numbers(wire.of(PAYLOAD_TYPES[codec]), codec) == list(range(30, 90))
    forward.close()


def test_the_publisher_is_asked_at_most_once_a_second(clock: HandClock) -> None:
    publisher, wire, outbound, forward = watched(clock, "vp8")
    for _ in range(300):
        outbound["video"].on_key_frame_request()
        publisher.write("video", b"\x01 no key frame", publisher.now(), is_key=False)
        clock.advance(0.01)
    assert 2 <= len(publisher.key_frame_requests) <= 4
    for earlier, later in pairwise(publisher.key_frame_requests):
        assert later - earlier >= 1
    assert wire.packets == []
    forward.close()


def test_a_watchers_key_frame_request_reaches_the_publisher(
    clip_directory: Path, clock: HandClock
) -> None:
    publisher, _, outbound, forward = watched(clock, "vp8")
    publish(publisher, encoded_frames(clip_directory, "vp8")[:45])
    assert len(publisher.key_frame_requests) <= 1
    asked = len(publisher.key_frame_requests)
    outbound["video"].on_key_frame_request()
    assert len(publisher.key_frame_requests) == asked + 1
    forward.close()
    outbound["video"].on_key_frame_request()
    assert len(publisher.key_frame_requests) == asked + 1


def test_after_close_the_publisher_is_let_go_and_nothing_leaves(
    clip_directory: Path, clock: HandClock
) -> None:
    publisher, wire, _, forward = watched(clock, "vp8")
    frames = encoded_frames(clip_directory, "vp8")
    publish(publisher, frames[:5])
    for data, is_key in frames[5:20]:
        publisher.write("video", data, publisher.now(), is_key=is_key)
    sent = len(wire.packets)
    forward.close()
    forward.close()
    assert publisher.sinks == []
    clock.advance(1)
    assert len(wire.packets) == sent
    assert clock.pending == []


def test_a_codec_the_watcher_did_not_negotiate_leaves_the_sound_and_asks_for_nothing(
    clip_directory: Path, clock: HandClock
) -> None:
    publisher, wire, _, forward = watched(clock, "h264", "vp8")
    publish(publisher, encoded_frames(clip_directory, "h264"))
    clock.advance(3)
    assert len(wire.of(OPUS)) == 90
    assert len(wire.packets) == 90
    assert publisher.key_frame_requests == []
    forward.close()


def test_a_change_of_codec_on_the_way_is_followed(clip_directory: Path, clock: HandClock) -> None:
    publisher, wire, _, forward = watched(clock, "h264", "h264", "vp8")
    publish(publisher, encoded_frames(clip_directory, "h264")[:45])
    publisher.codecs["video"] = "vp8"
    publish(publisher, encoded_frames(clip_directory, "vp8")[30:])
    clock.advance(0.1)
    assert shown_numbers(wire.of(PAYLOAD_TYPES["h264"]), "h264") == list(range(45))
    assert shown_numbers(wire.of(PAYLOAD_TYPES["vp8"]), "vp8") == list(range(30, 90))
    forward.close()


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x00\x01", b"\x00\x00\x01\x00\x00\x01"])
def test_a_broken_frame_harms_nobody_and_waits_for_a_key_frame(
    clip_directory: Path, clock: HandClock, data: bytes
) -> None:
    publisher, wire, _, forward = watched(clock, "h264")
    frames = encoded_frames(clip_directory, "h264")
    publish(publisher, frames[:10])
    publisher.write("video", data, publisher.now(), is_key=False)
    clock.advance(0.02)
    publish(publisher, frames[11:])
    clock.advance(0.1)
    shown = shown_numbers(wire.of(PAYLOAD_TYPES["h264"]), "h264")
    assert shown == [*range(10), *range(30, 90)]
    assert publisher.key_frame_requests
    forward.close()


def test_what_waits_for_a_stalled_pacer_is_bounded_and_starts_anew_at_a_key_frame(
    clip_directory: Path, clock: HandClock
) -> None:
    publisher, wire, _, forward = watched(clock, "vp8")
    publisher.write("video", b"\x10\x02\x00\x9d\x01\x2a" + bytes(500_000), publisher.now())
    for _ in range(8):
        publisher.write("video", bytes(500_000), publisher.now(), is_key=False)
    publish(publisher, encoded_frames(clip_directory, "vp8"))
    clock.advance(0.2)
    assert sum(len(packet.payload) for packet in wire.packets) < WAITING_BYTES
    assert shown_numbers(wire.of(PAYLOAD_TYPES["vp8"]), "vp8") == list(range(90))
    forward.close()


def test_a_big_frame_leaves_over_several_beats(clock: HandClock) -> None:
    publisher, wire, _, forward = watched(clock, "vp8")
    clock.advance(0.005)
    publisher.write("video", b"\x10" + bytes(80_000), publisher.now())
    clock.advance(0.2)
    per_beat = [wire.times.count(at) for at in sorted(set(wire.times))]
    assert len(wire.packets) == sum(per_beat) >= 62
    assert max(per_beat) <= 20
    assert wire.times[-1] - wire.times[0] < 0.13
    forward.close()


def test_sound_and_picture_of_one_instant_have_one_wall_time(clock: HandClock) -> None:
    publisher, wire, _, forward = watched(clock, "vp8")
    clock.advance(0.5)
    instant = publisher.now() - 0.1
    publisher.write("video", b"\x10picture", instant)
    publisher.write("audio", b"\xf8\xff\xfe", instant)
    clock.advance(1)
    assert abs(wall_time(wire, 1, 90000) - wall_time(wire, 3, 48000)) < 0.0001
    forward.close()


def wall_time(wire: Wire, ssrc: int, rate: int) -> float:
    """The wall time that sender reports give the last packet of `ssrc`."""
    report = next(each for _, each in wire.reports if each.ssrc == ssrc)
    packet = next(each for each in reversed(wire.packets) if each.ssrc == ssrc)
    offset = (packet.timestamp - report.rtp_time + 2**31 & 0xFFFFFFFF) - 2**31
    return report.ntp / 2**32 + offset / rate


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["audio", "video"]), st.floats(-20, 20), st.floats(0, 0.2)),
        min_size=1,
        max_size=40,
    )
)
def test_however_the_publishers_time_leaps_the_watchers_never_runs_backward(
    steps: list[tuple[Track, float, float]],
) -> None:
    publisher, wire, _, forward = watched(HandClock(), "vp8")
    seconds = 100.0
    for kind, leap, pause in steps:
        seconds = max(seconds + leap, 0.0)
        publisher.write(kind, b"\x10data", seconds)
        publisher.clock.advance(pause)
    publisher.clock.advance(1)
    assert len(wire.packets) == len(steps)
    for payload_type in (OPUS, PAYLOAD_TYPES["vp8"]):
        times = rtp.Unwrapper(32)
        unwrapped = [times.unwrap(packet.timestamp) for packet in wire.of(payload_type)]
        assert all(later > earlier for earlier, later in pairwise(unwrapped))
    forward.close()


def test_another_publisher_may_follow_on_the_same_downlinks(
    clip_directory: Path, clock: HandClock
) -> None:
    first, wire, outbound, forward = watched(clock, "vp8")
    frames = encoded_frames(clip_directory, "vp8")
    publish(first, frames[:20])
    forward.close()
    second = FakePublisher(clock, {"audio": "opus", "video": "vp8"})
    following = Forward(second, outbound, clock.pacer())
    publish(second, frames[30:])
    clock.advance(0.1)
    packets = wire.of(PAYLOAD_TYPES["vp8"])
    assert shown_numbers(packets, "vp8") == [*range(20), *range(30, 90)]
    for earlier, later in pairwise(packets):
        assert later.sequence == (earlier.sequence + 1) & 0xFFFF
        assert (later.timestamp - earlier.timestamp) & 0xFFFFFFFF < 90000
    following.close()
