"""A clip directory becomes RTP payloads once: complete, in order, starting at key frames."""

import dataclasses
import shutil
from fractions import Fraction
from itertools import groupby, pairwise
from pathlib import Path

import av
import pytest

from media.clip import Clip, ClipTrack
from media.errors import ClipUnreadable
from media.rtp import MAX_PAYLOAD_BYTES, RtpPacket
from tests.media.sending import picture, shown_numbers

CODECS = ("h264", "vp8")


def as_rtp(track: ClipTrack, first: int = 0) -> list[RtpPacket]:
    return [
        RtpPacket(96, packet.is_frame_end, number, packet.ticks, 1, packet.payload)
        for number, packet in enumerate(track.packets[first:])
    ]


@pytest.mark.parametrize("codec", CODECS)
def test_all_frames_are_there_and_decode_in_order(clip: Clip, codec: str) -> None:
    video = clip.renditions[codec].video
    assert shown_numbers(as_rtp(video), codec) == list(range(90))
    assert video.frames == clip.video_frames == 90
    assert max(len(packet.payload) for packet in video.packets) <= MAX_PAYLOAD_BYTES


@pytest.mark.parametrize("codec", CODECS)
def test_every_entry_begins_a_picture_that_needs_no_earlier_one(clip: Clip, codec: str) -> None:
    video = clip.renditions[codec].video
    assert len(video.entries) == 3
    for number, entry in enumerate(video.entries):
        assert shown_numbers(as_rtp(video, entry), codec) == list(range(30 * number, 90))


@pytest.mark.parametrize("codec", CODECS)
def test_times_are_those_of_the_file(clip: Clip, codec: str) -> None:
    rendition = clip.renditions[codec]
    frames = [ticks for ticks, _ in groupby(packet.ticks for packet in rendition.video.packets)]
    assert len(frames) == 90
    for number, ticks in enumerate(frames):
        assert ticks - frames[0] == pytest.approx(number * 3000, abs=90)
    assert rendition.audio is not None
    steps = {later.ticks - now.ticks for now, later in pairwise(rendition.audio.packets)}
    assert steps == {960}
    assert frames[0] == 0
    assert -960 < rendition.audio.packets[0].ticks <= 0
    assert rendition.duration_seconds == pytest.approx(3.0, abs=0.03)


def test_the_last_packet_of_each_frame_is_marked(clip: Clip) -> None:
    packets = clip.renditions["h264"].video.packets
    for packet, following in pairwise(packets):
        assert packet.is_frame_end == (packet.ticks != following.ticks)
    assert packets[-1].is_frame_end


@pytest.mark.parametrize(
    ("seconds", "entry_seconds"), [(-1, 0), (0, 0), (0.99, 0), (1.0, 1), (2.5, 2), (99, 2)]
)
def test_playing_begins_at_the_key_frame_before(
    clip: Clip, seconds: float, entry_seconds: float
) -> None:
    video = clip.renditions["h264"].video
    packet = video.packets[video.entry_at(seconds)]
    assert packet.ticks / 90000 == pytest.approx(entry_seconds, abs=0.01)


def test_sound_is_found_from_any_second(clip: Clip) -> None:
    audio = clip.renditions["vp8"].audio
    assert audio is not None
    assert audio.index_from(0) == 0
    assert 48000 <= audio.packets[audio.index_from(1.0)].ticks < 48960
    assert audio.index_from(99) == len(audio.packets)


def test_a_clip_cannot_be_changed(clip: Clip) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        clip.renditions["vp8"].video.frames = 1  # type: ignore[misc]


def test_a_clip_may_be_without_sound(tmp_path: Path) -> None:
    with av.open(tmp_path / "playout.vp8.webm", "w") as container:
        track = container.add_stream("libvpx", rate=30, options={"deadline": "realtime"})
        assert isinstance(track, av.VideoStream)
        track.width, track.height, track.pix_fmt = 320, 192, "yuv420p"
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 30)
            container.mux(track.encode(frame))
        container.mux(track.encode(None))
    clip = Clip.load(tmp_path, ["vp8"])
    assert clip.renditions["vp8"].audio is None
    assert clip.duration_seconds == pytest.approx(5 / 30, abs=0.01)


def test_a_missing_file_is_named(clip_directory: Path, tmp_path: Path) -> None:
    shutil.copy(clip_directory / "playout.h264.mp4", tmp_path)
    with pytest.raises(ClipUnreadable, match=r"playout\.vp8\.webm"):
        Clip.load(tmp_path)
    assert set(Clip.load(tmp_path, ["h264"]).renditions) == {"h264"}


def test_a_file_that_is_not_media_is_refused(tmp_path: Path) -> None:
    (tmp_path / "playout.h264.mp4").write_bytes(b"this is a letter" * 500)
    with pytest.raises(ClipUnreadable):
        Clip.load(tmp_path, ["h264"])


def test_a_file_of_another_codec_is_refused(clip_directory: Path, tmp_path: Path) -> None:
    shutil.copy(clip_directory / "playout.vp8.webm", tmp_path / "playout.h264.mp4")
    with pytest.raises(ClipUnreadable, match="vp8"):
        Clip.load(tmp_path, ["h264"])


def test_frames_out_of_showing_order_are_refused(tmp_path: Path) -> None:
    with av.open(tmp_path / "playout.h264.mp4", "w") as container:
        track = container.add_stream("libx264", rate=30, options={"bf": "2", "b_strategy": "0"})
        assert isinstance(track, av.VideoStream)
        track.width, track.height, track.pix_fmt = 320, 192, "yuv420p"
        for number in range(30):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 30)
            container.mux(track.encode(frame))
        container.mux(track.encode(None))
    with pytest.raises(ClipUnreadable, match="order"):
        Clip.load(tmp_path, ["h264"])
