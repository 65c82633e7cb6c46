"""A part of a take: every packet in its file, at its time, within its bounds."""

from pathlib import Path

import pytest

from recorder import journal
from recorder.take import TakeWriter
from tests.recorder import material
from tests.recorder.material import Encoded, feed, in_order, tone, video
from tests.recorder.reading import watch


def open_writer(
    directory: Path, audio: str | None = "opus", video_codec: str | None = "h264"
) -> TakeWriter:
    return TakeWriter.open(
        directory,
        take_id="tk_test",
        part=1,
        origin_seconds=material.ORIGIN_SECONDS,
        audio_codec=audio,
        video_codec=video_codec,
    )


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "tk_test" / "part-1"


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_every_frame_is_in_the_file_at_its_time(directory: Path, codec: str) -> None:
    writer = open_writer(directory, video_codec=codec)
    pictures, sound = video(codec, 3.0, start=0.25), tone(3.0)

    feed(writer, in_order(pictures, sound))
    report = await writer.finish()

    [name] = report.files
    seen = watch(directory / name)
    assert seen.numbers == list(range(90))
    assert seen.video_times == pytest.approx([frame.at for frame in pictures], abs=0.001)
    assert seen.audio_times == pytest.approx([frame.at for frame in sound], abs=0.001)
    assert (report.video_frames, report.audio_frames) == (90, 150)
    assert report.seconds == pytest.approx(3.25, abs=0.001)
    assert report.bytes == (directory / name).stat().st_size
    assert report.failure is None


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_picture_begins_with_the_first_key_frame_after_the_origin(
    directory: Path, codec: str
) -> None:
    writer = open_writer(directory, video_codec=codec)
    # A second of pictures lies before the origin; the next key frames come at 0.5 and 1.5 s.
    feed(writer, in_order(video(codec, 3.0, start=-0.5), tone(2.5)))
    report = await writer.finish()

    seen = watch(directory / report.files[0])
    assert seen.numbers == list(range(30, 90))
    assert seen.video_times[0] == pytest.approx(0.5, abs=0.001)
    assert seen.audio_times[0] == pytest.approx(0.0, abs=0.001)


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_sound_does_not_wait_long_for_a_late_picture(directory: Path, codec: str) -> None:
    writer = open_writer(directory, video_codec=codec)
    feed(writer, in_order(tone(4.0), video(codec, 2.0, start=1.5)))
    assert not writer.waits_for_key_frame
    report = await writer.finish()

    first, second = report.files
    record = journal.read_part(directory)
    assert record is not None
    alone, both = watch(directory / first), watch(directory / second)
    zero = record.captures[1].from_seconds
    assert len(alone.audio_times) + len(both.audio_times) == 200
    assert both.video_times[0] + zero == pytest.approx(1.5, abs=0.001)
    assert both.audio_times[0] + zero == pytest.approx(alone.audio_times[-1] + 0.02, abs=0.001)
    assert both.numbers == list(range(60))


async def test_without_any_picture_the_sound_is_kept(directory: Path) -> None:
    writer = open_writer(directory)
    feed(writer, list(tone(2.0)))
    assert writer.waits_for_key_frame
    report = await writer.finish()

    assert report.files == ["capture-1.webm"]
    assert len(watch(directory / "capture-1.webm").audio_times) == 100


async def test_a_take_shorter_than_the_wait_for_a_picture_is_kept(directory: Path) -> None:
    writer = open_writer(directory)
    feed(writer, list(tone(0.2)))
    report = await writer.finish()

    assert len(watch(directory / report.files[0]).audio_times) == 10


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_without_sound_the_picture_is_kept(directory: Path, codec: str) -> None:
    writer = open_writer(directory, video_codec=codec)
    feed(writer, list(video(codec, 2.0)))
    report = await writer.finish()

    seen = watch(directory / report.files[0])
    assert seen.numbers == list(range(60))


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_a_change_of_size_stays_in_the_file(directory: Path, codec: str) -> None:
    writer = open_writer(directory, video_codec=codec)
    small = video(codec, 1.0, size=(160, 120), start=1.0, first_number=30)
    feed(writer, in_order(video(codec, 1.0), small, tone(2.0)))
    report = await writer.finish()

    [name] = report.files
    seen = watch(directory / name)
    assert seen.sizes == {(320, 240), (160, 120)}
    assert seen.numbers == list(range(60))
    record = journal.read_part(directory)
    assert record is not None
    assert record.sizes == [(0.0, 320, 240), (1.0, 160, 120)]


async def test_a_change_of_codec_begins_a_new_file(directory: Path) -> None:
    writer = open_writer(directory, video_codec="vp8")
    later = video("h264", 1.0, start=1.0, first_number=30)
    feed(writer, in_order(video("vp8", 1.0), later, tone(2.0)))
    report = await writer.finish()

    assert report.files == ["capture-1.webm", "capture-2.mp4"]
    numbers = [number for name in report.files for number in watch(directory / name).numbers]
    assert numbers == list(range(60))
    assert sum(len(watch(directory / name).audio_times) for name in report.files) == 100


async def test_a_gap_in_time_stays_a_gap(directory: Path) -> None:
    writer = open_writer(directory, video_codec="vp8")
    sound = [frame for frame in tone(4.0) if not 1.0 <= frame.at < 3.0]
    pictures = [frame for frame in video("vp8", 4.0) if not 1.0 <= frame.at < 3.0]
    feed(writer, in_order(tuple(sound), tuple(pictures)))
    report = await writer.finish()

    seen = watch(directory / report.files[0])
    assert seen.audio_times == pytest.approx([frame.at for frame in sound], abs=0.001)
    assert seen.video_times == pytest.approx([frame.at for frame in pictures], abs=0.001)


async def test_a_clock_that_runs_backwards_costs_no_frame(directory: Path) -> None:
    writer = open_writer(directory)
    frames = [
        frame._replace(at=frame.at - 0.5) if frame.at >= 1.0 else frame
        for frame in in_order(video("h264", 2.0), tone(2.0))
    ]
    feed(writer, frames)
    report = await writer.finish()

    seen = watch(directory / report.files[0])
    assert seen.numbers == list(range(60))
    assert seen.video_times == sorted(seen.video_times)


async def test_key_frames_get_parameter_sets_that_were_sent_only_once(directory: Path) -> None:
    frames = list(video("h264", 2.0))
    later_key_frame = next(i for i, frame in enumerate(frames) if i and frame.is_key_frame)
    stripped = frames[later_key_frame].data
    idr = stripped.index(b"\0\0\1\x65")
    frames[later_key_frame] = frames[later_key_frame]._replace(data=stripped[idr:])
    writer = open_writer(directory, audio=None)
    feed(writer, frames)
    report = await writer.finish()

    data = (directory / report.files[0]).read_bytes()
    assert data.count(b"\x67\x42\xc0") == 3 + 1  # two key frames, the header at start and at end
    assert watch(directory / report.files[0]).numbers == list(range(60))


async def test_finishing_twice_gives_the_same_report(directory: Path) -> None:
    writer = open_writer(directory)
    feed(writer, in_order(video("h264", 1.0), tone(1.0)))

    assert await writer.finish() == await writer.finish()


async def test_frames_after_the_end_are_ignored(directory: Path) -> None:
    writer = open_writer(directory)
    feed(writer, in_order(video("h264", 1.0), tone(1.0)))
    report = await writer.finish()
    feed(writer, list(tone(2.0)))

    assert (directory / report.files[0]).stat().st_size == report.bytes


async def test_nothing_recorded_is_an_empty_part(directory: Path) -> None:
    report = await open_writer(directory).finish()

    assert (report.seconds, report.files) == (0.0, [])
    record = journal.read_part(directory)
    assert record is not None
    assert record.ending == "closed"


async def test_notes_are_in_the_journal_in_their_place(directory: Path) -> None:
    writer = open_writer(directory)
    writer.note("gap", track="video", start=1000.5, end=1000.9)
    await writer.finish()

    record = journal.read_part(directory)
    assert record is not None
    assert record.notes == [{"kind": "gap", "track": "video", "start": 1000.5, "end": 1000.9}]


async def test_a_folder_that_cannot_be_made_fails_the_part(tmp_path: Path) -> None:
    (tmp_path / "tk_test").write_text("a file in the way")
    writer = open_writer(tmp_path / "tk_test" / "part-1")
    await writer.failed.wait()
    feed(writer, in_order(video("h264", 1.0), tone(1.0)))
    report = await writer.finish()

    assert report.failure is not None
    assert report.failure.key == "disk_error"
    assert (report.bytes, report.files) == (0, [])


async def test_rubbish_neither_raises_nor_ends_the_take(directory: Path) -> None:
    writer = open_writer(directory)
    rubbish = [
        Encoded("video", 0.1, b"\0\0\0\1\x67\x42", True),
        Encoded("video", 0.2, b"\x9d\x01\x2a" * 3, True),
        Encoded("audio", 0.2, b"\xff", True),
        Encoded("video", 0.3, b"\0", False),
    ]
    feed(writer, rubbish)
    feed(writer, in_order(video("h264", 1.0, start=1.0), tone(1.0, start=1.0)))
    report = await writer.finish()

    assert report.failure is None
    assert watch(directory / report.files[-1]).numbers == list(range(30))
