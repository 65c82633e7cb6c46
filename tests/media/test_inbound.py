"""From decrypted packets to sinks and feedback, on a clock moved by hand."""

from dataclasses import dataclass, field

import pytest

from media import rtcp, rtp, sdp, sdp_answer
from media.inbound import Inbound
from media.sink import Epoch, Gap, Note, Track
from tests.media import offers
from tests.media.client import Collected

OPUS, VP8, RTX = 111, 96, 97
SOUND_SSRC, PICTURE_SSRC, RTX_SSRC, OURS = 12, 11, 13, 1
KEY_HEAD = b"\x10\x10\x00\x00\x9d\x01\x2a\x40\x01\xf0\x00"
START_SECONDS = 500.0


@dataclass
class Desk:
    """An Inbound with everything it sends and notes; `at` is media clock seconds."""

    offer: str = field(default_factory=offers.chromium)

    def __post_init__(self) -> None:
        self.monotonic = START_SECONDS
        self.sent: list[bytes] = []
        self.notes: list[Note] = []
        self.inbound = Inbound(self.sent.append, OURS, lambda: self.monotonic)
        self.inbound.configure(
            sdp_answer.choose(sdp.parse_offer(self.offer), receive=True, send=False)
        )
        self.inbound.attach_notes(self.notes.append)

    def collect(self, track: Track, *, prompt: bool = False) -> Collected:
        collected = Collected()
        self.inbound.attach(track, collected, prompt=prompt)
        return collected

    def go_to(self, at: float) -> None:
        """Beats every 10 ms on the way."""
        while self.monotonic + 0.01 <= START_SECONDS + at:
            self.monotonic += 0.01
            self.inbound.beat(self.monotonic)
        self.monotonic = START_SECONDS + at

    def hear(self, number: int, *, ssrc: int = SOUND_SSRC) -> None:
        """The sound of 20 ms number `number`, on time."""
        self.go_to(number * 0.02)
        self._arrive(rtp.RtpPacket(OPUS, False, number & 0xFFFF, number * 960, ssrc, b"\x78ab"))

    def see(self, number: int, *, is_key: bool = False, late: float = 0.0) -> None:
        """The picture of 1/30 s number `number`, a packet long."""
        self.go_to(number / 30 + late)
        self._arrive(self.picture(number, is_key=is_key))

    def picture(self, number: int, *, is_key: bool = False) -> rtp.RtpPacket:
        payload = KEY_HEAD if is_key else b"\x10\x11rest"
        return rtp.RtpPacket(VP8, True, number & 0xFFFF, number * 3000, PICTURE_SSRC, payload)

    def resend(self, packet: rtp.RtpPacket, *, sequence: int = 0) -> None:
        self._arrive(rtp.pack_retransmission(packet, RTX, RTX_SSRC, sequence))

    def _arrive(self, packet: rtp.RtpPacket) -> None:
        self.inbound.receive(rtp.build(packet), self.monotonic)
        self.inbound.settle(self.monotonic)

    def feedback(self, kind: type[rtcp.RtcpPacket]) -> list[rtcp.RtcpPacket]:
        return [p for data in self.sent for p in rtcp.parse(data) if isinstance(p, kind)]


def numbers(collected: Collected, rate: int, unit: int) -> list[int]:
    """Which 20 ms or which picture each packet is, by its time."""
    return [round((ticks - collected.ticks[0]) / (rate / unit)) for ticks in collected.ticks]


def test_a_lost_picture_is_asked_for_and_the_resent_one_takes_its_place() -> None:
    desk = Desk()
    pictures = desk.collect("video")
    for number in range(60):
        if number != 20:
            desk.see(number, is_key=number == 0)
        if number == 22:
            desk.resend(desk.picture(20))
    assert len(pictures.packets) == 60
    assert numbers(pictures, 90_000, 30) == list(range(60))
    [first, *_] = desk.feedback(rtcp.Nack)
    assert first == rtcp.Nack(OURS, PICTURE_SSRC, (20,))
    assert desk.inbound.report().repaired == 1
    assert not desk.feedback(rtcp.KeyFrameRequest)


def test_empty_resent_packets_are_probes() -> None:
    desk = Desk()
    pictures = desk.collect("video")
    desk.see(0, is_key=True)
    probe = rtp.RtpPacket(RTX, False, 1, 0, RTX_SSRC, b"")
    desk.inbound.receive(rtp.build(probe), desk.monotonic)
    desk.see(1)
    assert len(pictures.packets) == 2


def test_lost_sound_is_asked_for_at_once_and_again() -> None:
    desk = Desk()
    for number in range(30):
        if number != 10:
            desk.hear(number)
    nacks = desk.feedback(rtcp.Nack)
    assert len(nacks) >= 2
    assert set(nacks) == {rtcp.Nack(OURS, SOUND_SSRC, (10,))}


def test_what_was_not_negotiated_is_not_asked_for() -> None:
    desk = Desk(offers.chromium().replace("a=rtcp-fb:111 nack\r\n", ""))
    for number in range(30):
        if number != 10:
            desk.hear(number)
    assert desk.feedback(rtcp.Nack) == []


def test_a_picture_lost_for_good_freezes_until_a_key_frame_that_is_asked_for() -> None:
    desk = Desk()
    pictures = desk.collect("video")
    for number in range(150):
        if number != 30:
            desk.see(number, is_key=number in (0, 70))
    assert numbers(pictures, 90_000, 30) == [*range(30), *range(70, 150)]
    assert pictures.packets[30].is_keyframe
    assert desk.feedback(rtcp.KeyFrameRequest)
    [gap] = [note for note in desk.notes if isinstance(note, Gap)]
    assert gap.end - gap.start == pytest.approx(41 / 30, abs=0.01)
    assert desk.inbound.report().lost == 1


def test_a_watcher_does_not_wait_for_what_the_recorder_waits_for() -> None:
    desk = Desk()
    pictures, watched = desk.collect("video"), desk.collect("video", prompt=True)
    for number in range(60):
        if number != 30:
            desk.see(number, is_key=number in (0, 38))
    assert numbers(pictures, 90_000, 30) == list(range(30))
    assert numbers(watched, 90_000, 30) == [*range(30), *range(38, 60)]


def test_another_source_in_the_same_place_is_taken_over() -> None:
    desk = Desk()
    sound = desk.collect("audio")
    for number in range(50):
        desk.hear(number)
    for number in range(50):
        desk.go_to(1.0 + number * 0.02)
        packet = rtp.RtpPacket(OPUS, False, 40_000 + number, 77 + number * 960, 99, b"\x78cd")
        desk.inbound.receive(rtp.build(packet), desk.monotonic)
    assert len(sound.packets) == 100
    assert sound.ticks[50] / 48_000 == pytest.approx(1.0, abs=0.02)


def test_a_phone_call_is_noted_as_an_epoch_of_sound_alone() -> None:
    desk = Desk()
    sound = desk.collect("audio")
    for number in range(100):
        desk.hear(number)
    for number in range(100, 200):
        desk.go_to(20 + number * 0.02)
        packet = rtp.RtpPacket(OPUS, False, number, number * 960, SOUND_SSRC, b"\x78ab")
        desk.inbound.receive(rtp.build(packet), desk.monotonic)
    [epoch] = [note for note in desk.notes if isinstance(note, Epoch)]
    assert epoch.track == "audio"
    assert epoch.shift_seconds == pytest.approx(20, abs=0.01)
    assert len(sound.packets) == 200


def test_the_picture_is_moved_to_the_sound_as_the_sender_says() -> None:
    desk = Desk()
    pictures, sound = desk.collect("video"), desk.collect("audio")

    def report(ssrc: int, rtp_time: int, seconds: float) -> None:
        sent = rtcp.SenderReport(ssrc, int((1000 + seconds) * (1 << 32)), rtp_time, 0, 0)
        desk.inbound.receive_sender_report(sent, desk.monotonic)

    sounds = 0
    for number in range(150):
        while sounds * 0.02 <= number / 30:
            desk.hear(sounds)
            sounds += 1
        desk.see(number, is_key=number == 0, late=0.06)
        if number % 30 == 29:
            report(SOUND_SSRC, number * 1600, number / 30)
            report(PICTURE_SSRC, number * 3000, number / 30)
    assert pictures.ticks[0] / 90_000 == pytest.approx(0.06, abs=0.001)
    assert pictures.ticks[-1] / 90_000 == pytest.approx(149 / 30, abs=0.006)
    assert sound.ticks[-1] / 48_000 == pytest.approx((sounds - 1) * 0.02, abs=0.001)


def test_reports_are_sent_every_second_and_feedback_follows_a_report_where_it_must() -> None:
    desk = Desk(offers.chromium().replace("a=rtcp-rsize\r\n", ""))
    for number in range(100):
        if number != 50:
            desk.hear(number)
    full = [r for r in desk.feedback(rtcp.ReceiverReport) if getattr(r, "blocks", ())]
    assert len(full) in (2, 3)
    for data in desk.sent:
        assert data[1] == rtcp.RECEIVER_REPORT


def test_strange_packets_change_nothing() -> None:
    desk = Desk()
    pictures = desk.collect("video")
    desk.see(0, is_key=True)
    strange = [
        b"",
        bytes(11),
        b"\x80" + bytes(30),
        rtp.build(rtp.RtpPacket(99, True, 5, 5, 5, b"not negotiated")),
        rtp.build(rtp.RtpPacket(RTX, True, 5, 5, RTX_SSRC, b"x")),
    ]
    for data in strange:
        desk.inbound.receive(data, desk.monotonic)
    desk.see(1)
    assert len(pictures.packets) == 2


def test_a_key_frame_wanted_before_anything_came_is_asked_for_then() -> None:
    desk = Desk()
    desk.inbound.request_key_frame()
    assert desk.sent == []
    desk.see(5)
    assert desk.feedback(rtcp.KeyFrameRequest) == [rtcp.KeyFrameRequest(OURS, PICTURE_SSRC)]
