"""A clip's three files: the same pictures, at true times, fit to be sent."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from media.clip import Clip
from recorder.errors import RecorderError, TooLong
from recorder.prepare import prepare_clip
from recorder.process import run
from tests.recorder.reading import Seen, watch
from tests.recorder.uploads import BEEP_AT, beep_start, turn, write_upload

PLAYOUTS = ("playout.h264.mp4", "playout.vp8.webm")
ALL = (*PLAYOUTS, "file.mp4")


def ignore(_share: float) -> None:
    pass


def prepare(source: Path) -> tuple[dict[str, Any], dict[str, Seen]]:
    out = source.parent / "out"
    out.mkdir()
    result = prepare_clip(source, out, ignore)
    return result, {name: watch(out / name) for name in ALL}


def codecs(path: Path) -> set[str]:
    with av.open(str(path)) as container:
        return {track.codec_context.name for track in container.streams}


@pytest.mark.parametrize(
    ("name", "video_codec", "audio_codec"),
    [
        ("clip.mp4", "libx264", "aac"),
        ("clip.mov", "libx264", "pcm_s16le"),
        ("clip.webm", "libvpx", "libopus"),
        ("clip.mkv", "libvpx-vp9", "libopus"),
    ],
)
def test_every_frame_of_a_steady_clip_is_in_all_three_files_once(
    tmp_path: Path, name: str, video_codec: str, audio_codec: str
) -> None:
    source = write_upload(tmp_path / name, video_codec=video_codec, audio_codec=audio_codec)

    result, seen = prepare(source)

    assert result == {"duration_seconds": 3.0, "width": 160, "height": 120, "video_frames": 90}
    for rendition in seen.values():
        assert rendition.numbers == list(range(90))
        assert rendition.video_times == pytest.approx([n / 30 for n in range(90)], abs=0.001)
        assert beep_start(rendition.sound) == pytest.approx(BEEP_AT, abs=0.015)


@pytest.mark.parametrize("fps", [12, 24, 25, Fraction(30000, 1001)])
def test_a_steady_rate_is_kept(tmp_path: Path, fps: Fraction | int) -> None:
    source = write_upload(tmp_path / "clip.mp4", fps=fps, seconds=2.0)

    result, seen = prepare(source)

    assert result["video_frames"] == round(2 * fps)
    assert all(rendition.numbers == list(range(round(2 * fps))) for rendition in seen.values())


@pytest.mark.parametrize(("fps", "kept"), [(60, 30), (50, 25)])
def test_faster_pictures_are_thinned_evenly(tmp_path: Path, fps: int, kept: int) -> None:
    source = write_upload(tmp_path / "clip.mp4", fps=fps, seconds=2.0)

    _, seen = prepare(source)

    for rendition in seen.values():
        assert len(rendition.numbers) == 2 * kept
        steps = {b - a for a, b in zip(rendition.numbers[1:], rendition.numbers[2:], strict=False)}
        assert steps == {2}


def test_uneven_pictures_are_shown_at_their_times_at_a_constant_rate(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.11, 0.13, 0.5, 0.9, 1.0, 1.03, 1.08, 1.1, 2.0, 2.7]
    source = write_upload(tmp_path / "clip.mp4", times=times)

    _, seen = prepare(source)

    first = seen["file.mp4"]
    intervals = {
        round(b - a, 3) for a, b in zip(first.video_times, first.video_times[1:], strict=False)
    }
    assert len(intervals) == 1
    assert intervals.pop() >= 0.033
    for number, at in enumerate(times):
        if number in first.numbers:
            shown_at = first.video_times[first.numbers.index(number)]
            assert shown_at == pytest.approx(at, abs=0.06)
    assert all(rendition.numbers == first.numbers for rendition in seen.values())
    assert len(set(first.numbers)) >= len(times) - 1


def test_playouts_can_be_sent_live(tmp_path: Path) -> None:
    source = write_upload(tmp_path / "clip.mp4")
    prepare(source)

    clip = Clip.load(tmp_path / "out")

    assert clip.video_frames == 90
    assert clip.duration_seconds == pytest.approx(3.0, abs=0.021)
    for name, codec in zip(PLAYOUTS, ("h264", "vp8"), strict=True):
        assert codecs(tmp_path / "out" / name) == {codec, "opus"}
        with av.open(str(tmp_path / "out" / name)) as container:
            packets = [packet for packet in container.demux(video=0) if packet.pts is not None]
            assert [n for n, packet in enumerate(packets) if packet.is_keyframe] == [0, 30, 60]
            assert all(packet.pts == packet.dts for packet in packets)
            if codec == "h264":
                assert container.streams.video[0].codec_context.profile == "Constrained Baseline"


def test_the_file_for_http_begins_with_its_index(tmp_path: Path) -> None:
    prepare(write_upload(tmp_path / "clip.mp4"))

    data = (tmp_path / "out" / "file.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert codecs(tmp_path / "out" / "file.mp4") == {"h264", "aac"}


@pytest.mark.parametrize(
    ("size", "degrees", "shown"),
    [
        ((640, 360), 0, (640, 360)),
        ((640, 360), 90, (360, 640)),
        ((640, 360), 180, (640, 360)),
        ((640, 360), 270, (360, 640)),
        ((1920, 1080), 0, (1280, 720)),
        ((1080, 1920), 0, (720, 1280)),
    ],
)
def test_pictures_are_upright_and_at_most_720p(
    tmp_path: Path, size: tuple[int, int], degrees: int, shown: tuple[int, int]
) -> None:
    source = write_upload(tmp_path / "clip.mp4", size=size, seconds=0.5)
    turn(source, degrees)

    result, seen = prepare(source)

    assert (result["width"], result["height"]) == shown
    assert all(rendition.sizes == {shown} for rendition in seen.values())


@pytest.mark.parametrize(
    ("name", "audio_codec", "rate_hz"),
    [("a.mp3", "libmp3lame", 44100), ("a.m4a", "aac", 44100), ("a.wav", "pcm_s16le", 16000)],
)
def test_sound_alone_gets_a_slate(
    tmp_path: Path, name: str, audio_codec: str, rate_hz: int
) -> None:
    source = write_upload(
        tmp_path / name, video_codec=None, audio_codec=audio_codec, rate_hz=rate_hz
    )

    result, seen = prepare(source)

    assert result["duration_seconds"] == pytest.approx(3.0, abs=0.15)
    for rendition in seen.values():
        assert len(rendition.video_times) == result["video_frames"]
        assert beep_start(rendition.sound) == pytest.approx(BEEP_AT, abs=0.06)


def test_pictures_without_sound_get_silence(tmp_path: Path) -> None:
    source = write_upload(tmp_path / "clip.mp4", audio_codec=None)

    _, seen = prepare(source)

    for rendition in seen.values():
        assert len(rendition.sound) / 48000 == pytest.approx(3.0, abs=0.03)
        assert abs(rendition.sound).max() < 0.001


def test_sound_that_begins_late_keeps_its_place(tmp_path: Path) -> None:
    source = write_upload(tmp_path / "clip.mkv", audio_codec="libopus", sound_delay=0.7)

    _, seen = prepare(source)

    for rendition in seen.values():
        assert beep_start(rendition.sound) == pytest.approx(BEEP_AT + 0.7, abs=0.015)
        assert rendition.numbers[:90] == list(range(90))


def test_a_file_cut_short_gives_what_is_there(tmp_path: Path) -> None:
    source = write_upload(tmp_path / "clip.webm", video_codec="libvpx", audio_codec="libopus")
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])

    result, seen = prepare(source)

    numbers = seen["file.mp4"].numbers
    assert numbers == list(range(len(numbers)))
    assert 20 <= result["video_frames"] < 80


def test_the_poster_is_a_jpeg(tmp_path: Path) -> None:
    prepare(write_upload(tmp_path / "clip.mp4"))

    poster = tmp_path / "out" / "poster.jpg"
    assert poster.read_bytes().startswith(b"\xff\xd8\xff")
    with av.open(str(poster)) as picture:
        assert (picture.streams.video[0].width, picture.streams.video[0].height) == (160, 120)


def test_more_than_ten_minutes_is_refused(tmp_path: Path) -> None:
    source = write_upload(
        tmp_path / "a.wav", video_codec=None, audio_codec="pcm_s16le", rate_hz=8000, seconds=602.0
    )

    with pytest.raises(TooLong, match="10 minutes"):
        prepare_clip(source, tmp_path, ignore)


def test_progress_grows(tmp_path: Path) -> None:
    shares: list[float] = []
    prepare_clip(write_upload(tmp_path / "clip.mp4"), tmp_path, shares.append)

    assert shares == sorted(shares)
    assert len(shares) > 10
    assert 0 < shares[0] <= shares[-1] <= 1


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
NOT_MEDIA = {
    "empty.mp4": b"",
    "text.mp4": b"Dear Sir or Madam, " * 100,
    "page.mp4": b"<!doctype html><video src='file:///etc/passwd'>",
    "picture.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='OTHER'/></svg>",
    "list.m3u8": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nOTHER\n#EXT-X-ENDLIST\n",
    "list.mp4": b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10,\nOTHER\n",
    "concat.mp4": b"ffconcat version 1.0\nfile 'OTHER'\n",
    "call.sdp": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n",
    "manifest.mpd": b"<?xml version='1.0'?><MPD><BaseURL>OTHER</BaseURL></MPD>",
    "image.png": PNG + b"\0" * 100,
    "zip.mp4": b"PK\3\4" + b"\0" * 200,
    "head.mp4": b"\0\0\0\x18ftypisom\0\0\2\0isomiso2",
    "head.webm": b"\x1a\x45\xdf\xa3" + b"\0" * 500,
    "head.wav": b"RIFF\xff\xff\xff\xffWAVEfmt ",
    "zeros.mov": b"\0\0\0\x08moov" + b"\0" * 4000,
    "noise.mp3": b"\xff\xfb\x90\0" + bytes(range(256)) * 20,
}


@pytest.mark.parametrize("task", ["clip", "probe"])
@pytest.mark.parametrize("name", NOT_MEDIA)
def test_what_is_not_media_is_refused_with_a_sentence(tmp_path: Path, name: str, task: str) -> None:
    other = write_upload(tmp_path / "other.mp4", seconds=0.2)
    source = tmp_path / name
    source.write_bytes(NOT_MEDIA[name].replace(b"OTHER", str(other).encode()))

    with pytest.raises(RecorderError) as refused:
        run({"task": task, "source": str(source), "out_directory": str(tmp_path / "out")}, ignore)

    assert refused.value.key == "not_media"
    assert "MP4" in refused.value.text
    assert str(tmp_path) not in refused.value.text


def test_a_sound_that_claims_to_begin_in_a_thousand_years_is_refused(tmp_path: Path) -> None:
    source = write_upload(
        tmp_path / "clip.mkv", audio_codec="libopus", sound_delay=3e7, seconds=0.5
    )

    with pytest.raises(TooLong):
        prepare_clip(source, tmp_path, ignore)
