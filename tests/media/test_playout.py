"""Playing clips to one peer: whole, paced, from a key frame, and over only when it was shown."""

import asyncio
from itertools import pairwise
from typing import Any

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media import rtp
from media.clip import Clip
from media.downlink import Downlink
from media.errors import ClipUnreadable
from media.pacer import BEAT_SECONDS
from media.playout import ARRIVAL_LIMIT_SECONDS, HOLD_SECONDS, SILENCE, Ending, Playout
from media.smoothing import LEAD_SECONDS
from tests.media.sending import (
    OPUS,
    PAYLOAD_TYPES,
    RTX_PAYLOAD_TYPES,
    HandClock,
    Wire,
    downlinks,
    original,
    report_block,
    shown_numbers,
)

Running = tuple[Playout, dict[str, Downlink]]


def playing(wire: Wire, *codecs: str) -> Running:
    outbound = downlinks(wire, codecs or ("h264", "vp8"))
    return Playout(outbound, wire.clock.pacer()), outbound


def report_all(downlink: Downlink, wire: Wire, *, without: int = 0) -> None:
    """The receiver tells that it has everything sent so far, but for the last `without`."""
    last = wire.of(PAYLOAD_TYPES["h264"])[-1].sequence
    downlink.on_receiver_report(report_block((last - without) & 0xFFFF))


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_a_clip_arrives_whole_and_in_order(clip: Clip, wire: Wire, codec: str) -> None:
    playout, _ = playing(wire, codec)
    playout.play(clip)
    wire.clock.advance(4)
    video, audio = wire.of(PAYLOAD_TYPES[codec]), wire.of(OPUS)
    assert shown_numbers(video, codec) == list(range(90))
    assert [packet.marker for packet in audio] == [True] + [False] * 155
    assert [packet.payload for packet in audio[151:]] == [SILENCE] * 5
    assert SILENCE not in [packet.payload for packet in audio[:151]]
    assert (audio[155].timestamp - audio[0].timestamp) & 0xFFFFFFFF == 155 * 960
    assert sum(packet.marker for packet in video) == 90


def test_the_codec_that_the_peer_prefers_is_played(clip: Clip, wire: Wire) -> None:
    playout, _ = playing(wire, "vp8", "h264")
    assert playout.video_codec == "vp8"
    playout.play(clip)
    wire.clock.advance(4)
    assert wire.of(PAYLOAD_TYPES["vp8"])
    assert not wire.of(PAYLOAD_TYPES["h264"])


def test_a_clip_without_the_peers_codec_is_refused_and_nothing_is_stopped(
    clip: Clip, wire: Wire
) -> None:
    playout, _ = playing(wire, "vp8")
    playout.play(clip)
    with pytest.raises(ClipUnreadable):
        playout.play(Clip({"h264": clip.renditions["h264"]}))
    wire.clock.advance(4)
    assert len(wire.of(OPUS)) == 151 + 5


def test_big_key_frames_do_not_leave_in_a_burst(noisy_clip: Clip, wire: Wire) -> None:
    playout, _ = playing(wire, "h264")
    playout.play(noisy_clip)
    wire.clock.advance(4)
    packets = wire.of(PAYLOAD_TYPES["h264"])
    biggest = max(
        sum(packet.timestamp == other.timestamp for other in packets) for packet in packets[:400]
    )
    most_at_once = max(wire.times.count(at) for at in set(wire.times))
    assert biggest >= 20
    assert most_at_once <= biggest / 2


def test_no_frame_is_later_than_a_beat_or_earlier_than_the_lead(
    noisy_clip: Clip, wire: Wire
) -> None:
    playout, _ = playing(wire, "h264")
    playout.play(noisy_clip)
    wire.clock.advance(4)
    complete = {packet.timestamp: at for packet, at in wire.timed(PAYLOAD_TYPES["h264"])}
    first = next(iter(complete))
    late = [at - (ticks - first & 0xFFFFFFFF) / 90000 for ticks, at in complete.items()]
    assert max(late) - late[0] < BEAT_SECONDS + 0.001
    assert late[0] - min(late) < LEAD_SECONDS + 0.001


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_playing_from_a_second_begins_at_the_key_frame_before(
    clip: Clip, wire: Wire, codec: str
) -> None:
    playout, _ = playing(wire, codec)
    playout.play(clip, 1.7)
    assert playout.position_seconds == pytest.approx(1.0, abs=0.01)
    wire.clock.advance(4)
    assert shown_numbers(wire.of(PAYLOAD_TYPES[codec]), codec) == list(range(30, 90))
    assert len(wire.of(OPUS)) == 100 + 5
    assert playout.position_seconds == pytest.approx(3.0, abs=0.02)


def test_position_follows_the_clock_and_rests_when_stopped(clip: Clip, wire: Wire) -> None:
    playout, _ = playing(wire)
    assert playout.position_seconds == 0.0
    playout.play(clip)
    wire.clock.advance(1.5)
    assert playout.position_seconds == pytest.approx(1.5, abs=0.06)
    playout.stop()
    rest = playout.position_seconds
    wire.clock.advance(5)
    assert playout.position_seconds == rest


def test_a_stopped_clip_falls_silent_instead_of_breaking_off(clip: Clip, wire: Wire) -> None:
    playout, _ = playing(wire)
    playout.stop()
    playout.play(clip)
    playout.stop()
    assert wire.packets == [], "what never sounded needs no silence"
    playout.play(clip)
    wire.clock.advance(1)
    sounds = len(wire.of(OPUS))
    playout.stop()
    playout.close()
    assert [packet.payload for packet in wire.of(OPUS)[sounds:]] == [SILENCE] * 5


def test_after_stop_nothing_more_leaves_and_no_timer_runs(clip: Clip, wire: Wire) -> None:
    playout, _ = playing(wire)
    playout.play(clip)
    wire.clock.advance(1)
    playout.stop()
    playout.close()
    playout.close()
    sent = len(wire.packets)
    wire.clock.advance(5)
    assert len(wire.packets) == sent
    assert wire.clock.pending == []


async def test_whoever_waits_for_a_clip_that_is_stopped_is_told(clip: Clip, wire: Wire) -> None:
    playout, _ = playing(wire)
    assert await playout.wait_finished() is Ending.STOPPED
    playout.play(clip)
    waiting = asyncio.ensure_future(playout.wait_finished())
    await asyncio.sleep(0)
    playout.play(clip)
    assert await waiting is Ending.STOPPED
    playout.close()


async def finish(playout: Playout) -> Ending:
    return await asyncio.wait_for(playout.wait_finished(), 1)


async def test_a_clip_is_over_once_it_has_arrived_and_was_shown(clip: Clip, wire: Wire) -> None:
    playout, outbound = playing(wire, "h264")
    playout.play(clip)
    waiting = asyncio.ensure_future(playout.wait_finished())
    wire.clock.advance(3.1)
    report_all(outbound["video"], wire)
    await asyncio.sleep(0)
    assert not waiting.done(), "what the receiver holds back is not yet shown"
    wire.clock.advance(HOLD_SECONDS)
    assert await asyncio.wait_for(waiting, 1) is Ending.ARRIVED


async def test_a_clip_is_not_over_while_its_last_packet_is_missing(clip: Clip, wire: Wire) -> None:
    playout, outbound = playing(wire, "h264")
    playout.play(clip)
    waiting = asyncio.ensure_future(playout.wait_finished())
    wire.clock.advance(3.1)
    report_all(outbound["video"], wire, without=1)
    wire.clock.advance(1)
    await asyncio.sleep(0)
    assert not waiting.done()
    report_all(outbound["video"], wire)
    wire.clock.advance(0.02)
    assert await asyncio.wait_for(waiting, 1) is Ending.ARRIVED


async def test_without_word_from_the_receiver_the_wait_is_limited(clip: Clip, wire: Wire) -> None:
    playout, _ = playing(wire, "h264")
    playout.play(clip)
    waiting = asyncio.ensure_future(playout.wait_finished())
    wire.clock.advance(3.0 + ARRIVAL_LIMIT_SECONDS - 0.1)
    await asyncio.sleep(0)
    assert not waiting.done()
    wire.clock.advance(0.4)
    assert await asyncio.wait_for(waiting, 1) is Ending.UNCONFIRMED
    assert wire.clock.pending == []


async def test_an_uneven_line_is_given_longer_to_show_the_end(clip: Clip, wire: Wire) -> None:
    playout, outbound = playing(wire, "h264")
    playout.play(clip)
    waiting = asyncio.ensure_future(playout.wait_finished())
    wire.clock.advance(3.1)
    last = wire.of(PAYLOAD_TYPES["h264"])[-1].sequence
    outbound["video"].on_receiver_report(report_block(last, jitter=9000))
    wire.clock.advance(HOLD_SECONDS + 0.2)
    await asyncio.sleep(0)
    assert not waiting.done()
    wire.clock.advance(0.4)
    assert await asyncio.wait_for(waiting, 1) is Ending.ARRIVED


def test_the_lost_end_of_a_clip_is_sent_again_unasked(clip: Clip, wire: Wire) -> None:
    playout, _ = playing(wire, "h264")
    playout.play(clip)
    wire.clock.advance(3.02)
    missed = wire.of(PAYLOAD_TYPES["h264"])[-3:]
    before = len(wire.packets)
    wire.clock.advance(1)
    again = [original(packet) for packet in wire.packets[before:]]
    assert all(packet in again for packet in missed)


def test_arrived_seconds_tell_where_to_go_on_after_a_lost_line(clip: Clip, wire: Wire) -> None:
    playout, outbound = playing(wire, "h264")
    assert playout.arrived_seconds == 0.0
    playout.play(clip, 1.0)
    assert playout.arrived_seconds == pytest.approx(1.0, abs=0.01)
    wire.clock.advance(1)
    report_all(outbound["video"], wire)
    wire.clock.advance(4)
    assert playout.position_seconds > 2.9
    assert playout.arrived_seconds == pytest.approx(2.0, abs=0.1)


def test_after_a_stall_of_the_process_the_clip_goes_on_where_it_was(clip: Clip, wire: Wire) -> None:
    playout, _ = playing(wire, "h264")
    playout.play(clip)
    wire.clock.advance(1)
    before = len(wire.packets)
    wire.clock.seconds += 30
    wire.clock.advance(0.02)
    assert len(wire.packets) - before < 10
    wire.clock.advance(4)
    assert shown_numbers(wire.of(PAYLOAD_TYPES["h264"]), "h264") == list(range(90))


def lose(packet: rtp.RtpPacket) -> bool:
    return packet.payload_type in PAYLOAD_TYPES.values() and packet.sequence % 20 == 0


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_what_is_lost_is_repaired_when_asked_for(clip: Clip, clock: HandClock, codec: str) -> None:
    wire = Wire(clock, loses=lose)
    playout, outbound = playing(wire, codec)
    playout.play(clip)
    for _ in range(40):
        clock.advance(0.1)
        have = {original(packet).sequence for packet in wire.packets}
        sent = outbound["video"].packets_sent
        last = max((p.sequence for p in wire.of(PAYLOAD_TYPES[codec])), default=0)
        outbound["video"].on_nack([n & 0xFFFF for n in range(last - sent, last) if n not in have])
    repaired = {original(packet).sequence: original(packet) for packet in wire.packets}
    video = [packet for packet in repaired.values() if packet.ssrc == 1]
    assert len(wire.of(RTX_PAYLOAD_TYPES[codec])) > 3
    assert shown_numbers(video, codec) == list(range(90))


scenes_of_clips = st.lists(
    st.tuples(st.floats(0, 3.5), st.floats(0, 4), st.booleans(), st.floats(0, 2)),
    min_size=1,
    max_size=6,
)


def test_over_any_switches_the_receiver_sees_one_unbroken_stream(clip: Clip) -> None:
    @settings(max_examples=25, deadline=None)
    @given(scenes_of_clips)
    def play_them(scenes: list[tuple[float, float, bool, float]]) -> None:
        wire = Wire(HandClock())
        playout, outbound = playing(wire)
        for from_seconds, playing_seconds, is_stopped, pause_seconds in scenes:
            playout.play(clip, from_seconds)
            wire.clock.advance(playing_seconds)
            if is_stopped:
                playout.stop()
            wire.clock.advance(pause_seconds)
        for kind, payload_type, rate in (("video", 102, 90000), ("audio", OPUS, 48000)):
            assert outbound[kind].packets_sent == len(wire.of(payload_type))
            _assert_is_unbroken(wire.of(payload_type), rate)
            _assert_time_follows_the_clock(wire, payload_type, rate)

    play_them()


def _assert_is_unbroken(packets: list[rtp.RtpPacket], rate: int) -> None:
    for earlier, later in pairwise(packets):
        assert later.sequence == (earlier.sequence + 1) & 0xFFFF
        assert (later.timestamp - earlier.timestamp) & 0xFFFFFFFF < rate * 20


def _assert_time_follows_the_clock(wire: Wire, payload_type: int, rate: int) -> None:
    """RTP time and leaving time differ by the clip's smoothing and a switch's margin, no more."""
    lags = []
    unwrapper = rtp.Unwrapper(32)
    for packet, at in wire.timed(payload_type):
        lags.append(unwrapper.unwrap(packet.timestamp) / rate - at)
    if lags:
        assert max(lags) - min(lags) < 0.6


def test_audio_and_video_of_one_instant_have_one_wall_time(clip: Clip, wire: Wire) -> None:
    playout, _ = playing(wire, "h264")
    wire.clock.advance(0.123)
    playout.play(clip)
    wire.clock.advance(4)
    walls = {}
    for ssrc, payload_type, rate in ((1, 102, 90000), (3, OPUS, 48000)):
        report = next(each for _, each in wire.reports if each.ssrc == ssrc)
        first = wire.of(payload_type)[0]
        offset = (first.timestamp - report.rtp_time + 2**31 & 0xFFFFFFFF) - 2**31
        walls[ssrc] = report.ntp / 2**32 + offset / rate
    rendition = clip.renditions["h264"]
    assert rendition.audio is not None
    video_zero = walls[1] - rendition.video.packets[0].ticks / 90000
    audio_zero = walls[3] - rendition.audio.packets[0].ticks / 48000
    assert abs(video_zero - audio_zero) < 0.0005


def test_many_viewers_share_the_payloads_and_one_timer(clip: Clip, clock: HandClock) -> None:
    pacer = clock.pacer()
    wires = [Wire(clock) for _ in range(20)]
    playouts = [Playout(downlinks(wire, ["vp8"]), pacer) for wire in wires]
    for playout in playouts:
        playout.play(clip)
    clock.advance(0.5)
    assert len(clock.pending) == 1
    clock.advance(4)
    for wire in wires:
        assert [p.payload for p in wire.of(96)] == [
            packet.payload for packet in clip.renditions["vp8"].video.packets
        ]
    for playout in playouts:
        playout.close()
    clock.advance(0.1)
    assert clock.pending == []


def test_silence_is_silent_and_as_long_as_it_claims() -> None:
    decoder = av.CodecContext.create("libopus", "r")
    packet: av.Packet[Any] = av.Packet(SILENCE)
    for frame in [*decoder.decode(packet), *decoder.decode(packet)]:
        assert isinstance(frame, av.AudioFrame)
        assert frame.samples == 960
        assert not frame.to_ndarray().any()
