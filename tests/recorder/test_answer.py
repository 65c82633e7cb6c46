"""Captured parts → recording and rendition, watched as a player would."""

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from recorder.answer import process_answer
from recorder.errors import BadTask, NothingRecorded
from recorder.process import run
from recorder.recover import recover
from recorder.spool import Spool
from recorder.take import TakeWriter
from tests.recorder import material
from tests.recorder.material import Encoded, feed, in_order, opus, tone, video
from tests.recorder.reading import Seen, watch
from tests.recorder.uploads import beep_start, beeping

TAKE = "tk_answer"


def ignore(_share: float) -> None:
    pass


async def capture(spool: Spool, part: int, frames: list[Encoded], **notes: Any) -> None:
    writer = TakeWriter.open(
        spool.part_directory(TAKE, part),
        take_id=TAKE,
        part=part,
        origin_seconds=material.ORIGIN_SECONDS,
        audio_codec="opus",
        video_codec="vp8",
    )
    feed(writer, frames)
    for kind, fields in notes.items():
        writer.note(kind, **fields)
    await writer.finish()


async def capture_and_die(spool: Spool, part: int, frames: list[Encoded]) -> None:
    """Leaves what a killed process would: the files as they were before anything was closed."""
    directory = spool.part_directory(TAKE, part)
    writer = TakeWriter.open(
        directory,
        take_id=TAKE,
        part=part,
        origin_seconds=material.ORIGIN_SECONDS,
        audio_codec="opus",
        video_codec="vp8",
    )
    feed(writer, frames)
    while writer.backlog_bytes:  # noqa: ASYNC110 the disk tells nobody when it has caught up
        await asyncio.sleep(0)
    shutil.copytree(directory, spool.root / "left")
    await writer.finish()
    shutil.rmtree(directory)
    (spool.root / "left").rename(directory)


def process(
    spool: Spool, preset: str = "natural", *, is_damaged: bool = False
) -> tuple[dict[str, Any], Seen, Seen]:
    """The result, the recording (not watched when it is damaged) and the rendition."""
    made = spool.take_directory(TAKE) / "made"
    made.mkdir()
    result = process_answer(spool.take_directory(TAKE), made, preset, ignore)
    rendition = watch(made / result["rendition"])
    return result, rendition if is_damaged else watch(made / result["recording"]), rendition


def payloads(path: Path, kind: str) -> list[bytes]:
    """What a file holds, whatever its container makes of H264."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(**{kind: 0}) if packet.size]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.mark.parametrize(("codec", "name"), [("h264", "recording.mp4"), ("vp8", "recording.webm")])
async def test_parts_follow_each_other_without_a_gap(spool: Spool, codec: str, name: str) -> None:
    for part in (1, 2):
        pictures = video(codec, 2.0, start=0.1, first_number=60 * (part - 1))
        await capture(spool, part, in_order(pictures, tone(2.0)))

    result, recording, rendition = process(spool)

    assert result["recording"] == name
    assert (result["parts"], result["video_frames"]) == (2, 120)
    assert result["duration_seconds"] == pytest.approx(4.2, abs=0.005)
    assert result["gaps"] == [
        {"start": pytest.approx(2.1, 0.01), "end": pytest.approx(2.1, 0.01), "kind": "part"}
    ]
    expected = [0.1 + 2.1 * (n // 60) + n % 60 / 30 for n in range(120)]
    for seen in (recording, rendition):
        assert seen.numbers == list(range(120))
        assert seen.video_times == pytest.approx(expected, abs=0.003)
    assert len(rendition.sound) / 48000 == pytest.approx(4.2, abs=0.03)


@pytest.mark.parametrize(("codec", "picture"), [("h264", "copied"), ("vp8", "encoded")])
async def test_the_recording_is_what_was_captured_packet_for_packet(
    spool: Spool, codec: str, picture: str
) -> None:
    pictures, sound = video(codec, 2.0), tone(2.0)
    await capture(spool, 1, in_order(pictures, sound))

    result, _, _ = process(spool)

    made = spool.take_directory(TAKE) / "made"
    [captured] = spool.part_directory(TAKE, 1).glob("capture-*")
    recording = made / result["recording"]
    assert payloads(recording, "video") == payloads(captured, "video")
    assert payloads(recording, "audio") == [frame.data for frame in sound]
    if codec == "vp8":
        assert payloads(recording, "video") == [frame.data for frame in pictures]
    assert result["picture"] == picture
    if picture == "copied":
        assert payloads(made / "rendition.mp4", "video") == payloads(captured, "video")


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_the_rendition_is_h264_and_aac_with_its_index_in_front(
    spool: Spool, codec: str
) -> None:
    await capture(spool, 1, in_order(video(codec, 1.0), tone(1.0)))

    process(spool)

    rendition = spool.take_directory(TAKE) / "made" / "rendition.mp4"
    data = rendition.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(rendition)) as container:
        assert [track.codec_context.name for track in container.streams] == ["h264", "aac"]


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_a_changing_size_becomes_one_constant_size(spool: Spool, codec: str) -> None:
    small = video(codec, 1.0, size=(160, 120), start=2.0, first_number=60)
    await capture(spool, 1, in_order(video(codec, 2.0), small, tone(3.0)))

    result, recording, rendition = process(spool)

    assert recording.sizes == {(320, 240), (160, 120)}
    assert rendition.sizes == {(320, 240)} == {(result["width"], result["height"])}
    assert rendition.numbers == list(range(90))
    assert rendition.video_times == pytest.approx([n / 30 for n in range(90)], abs=0.002)


async def test_a_size_shown_for_a_moment_does_not_decide(spool: Spool) -> None:
    first = video("vp8", 0.1, size=(640, 480))
    rest = video("vp8", 3.0, start=0.1, first_number=3)
    await capture(spool, 1, in_order(first, rest, tone(3.1)))

    result, _, rendition = process(spool)

    assert (result["width"], result["height"]) == (320, 240)
    assert rendition.numbers == list(range(93))


async def test_a_changing_codec_is_kept_as_it_came_and_shown_as_one(spool: Spool) -> None:
    later = video("h264", 1.0, start=1.0, first_number=30)
    await capture(spool, 1, in_order(video("vp8", 1.0), later, tone(2.0)))
    await capture(spool, 2, in_order(video("vp8", 1.0, first_number=60), tone(1.0)))

    result, _, rendition = process(spool)

    assert (result["recording"], result["media_type"]) == ("recording.mkv", "video/x-matroska")
    with av.open(str(spool.take_directory(TAKE) / "made" / "recording.mkv")) as container:
        names = [track.codec_context.name for track in container.streams]
    assert sorted(names) == ["h264", "opus", "vp8"]
    assert rendition.numbers == list(range(90))
    assert rendition.video_times == pytest.approx([n / 30 for n in range(90)], abs=0.005)


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_lips_and_words_stay_together_over_lost_sound(spool: Spool, codec: str) -> None:
    # The beep is at 1 s, beside picture 30; the sound from 0.3 to 0.8 s is lost.
    sound = tuple(frame for frame in opus(beeping(3.0)) if not 0.3 <= frame.at < 0.8)
    await capture(spool, 1, in_order(video(codec, 3.0), sound))

    _, _, rendition = process(spool)

    shown_at = rendition.video_times[rendition.numbers.index(30)]
    assert shown_at == pytest.approx(1.0, abs=0.002)
    # Opus as captured is 6.5 ms late; AAC and the resampler add less than 5.
    assert beep_start(rendition.sound) - shown_at == pytest.approx(0.0065, abs=0.01)
    lost = rendition.sound[round(0.35 * 48000) : round(0.75 * 48000)]
    assert np.abs(lost).max() < 0.01


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_lips_and_words_stay_together_over_parts(spool: Spool, codec: str) -> None:
    # In part 2 the picture begins late, and its sound is longer than its picture.
    pictures = video(codec, 2.0, start=0.5, first_number=60)
    await capture(spool, 1, in_order(video(codec, 2.0), tone(1.2, frequency_hz=50)))
    await capture(spool, 2, in_order(pictures, opus(beeping(3.0))))

    result, _, rendition = process(spool)

    # The beep is beside picture 60 + 15.
    shown_at = rendition.video_times[rendition.numbers.index(75)]
    assert shown_at == pytest.approx(3.0, abs=0.003)
    later = rendition.sound.copy()
    later[: round(2.5 * 48000)] = 0
    assert beep_start(later) - shown_at == pytest.approx(0.0065, abs=0.012)
    assert result["duration_seconds"] == pytest.approx(5.0, abs=0.01)


async def test_a_late_picture_and_the_sound_before_it_are_one_recording(spool: Spool) -> None:
    await capture(spool, 1, in_order(tone(4.0), video("h264", 2.0, start=1.5)))

    result, recording, rendition = process(spool)

    assert result["recording"] == "recording.mp4"
    assert recording.audio_times == pytest.approx([n / 50 for n in range(200)], abs=0.002)
    for seen in (recording, rendition):
        assert seen.numbers == list(range(60))
        assert seen.video_times[0] == pytest.approx(1.5, abs=0.002)


async def test_sound_alone_is_an_answer(spool: Spool) -> None:
    await capture(spool, 1, list(tone(2.0)))

    result, _, rendition = process(spool)

    assert result["media_type"] == "audio/webm"
    assert (result["width"], result["height"], result["poster"]) == (None, None, None)
    assert len(rendition.sound) / 48000 == pytest.approx(2.0, abs=0.03)


async def test_picture_alone_is_an_answer_with_silence(spool: Spool) -> None:
    await capture(spool, 1, list(video("vp8", 2.0)))

    _, _, rendition = process(spool)

    assert rendition.numbers == list(range(60))
    assert len(rendition.sound) / 48000 == pytest.approx(2.0, abs=0.05)
    assert np.abs(rendition.sound).max() < 0.001


async def test_what_the_line_lost_is_told_on_the_answers_clock(spool: Spool) -> None:
    zero = material.ORIGIN_SECONDS
    frames = in_order(video("vp8", 2.0), tone(2.0))
    await capture(spool, 1, frames)
    await capture(
        spool, 2, frames,
        Gap={"track": "video", "start": zero + 0.5, "end": zero + 0.75},
        gap={"track": "audio", "start": zero - 5, "end": zero + 0.1},
        SenderReport={"track": "audio", "at": 1},
    )  # fmt: skip

    result, _, _ = process(spool)

    boundary = pytest.approx(2.0, abs=0.003)
    assert result["gaps"] == [
        {"start": boundary, "end": boundary, "kind": "part"},
        {"start": pytest.approx(2.5, abs=0.003), "end": pytest.approx(2.75, abs=0.003), "kind": "video"},
        {"start": boundary, "end": pytest.approx(2.1, abs=0.003), "kind": "audio"},
    ]  # fmt: skip


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_a_part_that_was_cut_off_is_joined_like_any_other(spool: Spool, codec: str) -> None:
    await capture_and_die(spool, 1, in_order(video(codec, 3.0), tone(3.0)))
    await capture(spool, 2, in_order(video(codec, 1.0, first_number=90), tone(1.0)))
    recover(spool)

    result, _, rendition = process(spool)

    kept = rendition.numbers.index(90)
    assert 60 <= kept < 90
    assert rendition.numbers == [*range(kept), *range(90, 120)]
    assert result["duration_seconds"] == pytest.approx(kept / 30 + 1, abs=0.3)


async def test_a_part_whose_writer_died_at_once_is_passed_over(spool: Spool) -> None:
    await capture(spool, 1, in_order(video("h264", 1.0), tone(1.0)))
    shutil.copytree(spool.part_directory(TAKE, 1), spool.part_directory(TAKE, 2))
    os.truncate(spool.part_directory(TAKE, 2) / "capture-1.mp4", 88)
    spool.part_directory(TAKE, 3).mkdir()

    result, _, rendition = process(spool)

    assert result["parts"] == 1
    assert rendition.numbers == list(range(30))


async def test_damaged_frames_cost_only_themselves(spool: Spool) -> None:
    frames = in_order(video("vp8", 2.0), tone(2.0))
    middle = next(n for n, frame in enumerate(frames) if frame.kind == "video" and frame.at > 0.5)
    frames[middle] = frames[middle]._replace(data=b"\x00\xff" * 30)
    await capture(spool, 1, frames)

    result, _, seen = process(spool, is_damaged=True)

    assert 55 <= result["video_frames"] <= 60
    assert seen.numbers[-20:] == list(range(40, 60))


async def test_a_key_frame_that_claims_to_be_huge_costs_only_itself(spool: Spool) -> None:
    huge = b"\x10\x02\x00\x9d\x01\x2a\xff\x3f\xff\x3f" + b"\x5a" * 200
    frames = in_order(video("vp8", 2.0), (Encoded("video", 0.51, huge, True),), tone(2.0))
    await capture(spool, 1, frames)

    result, _, rendition = process(spool, is_damaged=True)

    assert rendition.sizes == {(320, 240)} == {(result["width"], result["height"])}
    assert rendition.numbers[-30:] == list(range(30, 60))


async def test_a_clock_that_leapt_and_came_back_costs_no_frame(spool: Spool) -> None:
    sound = [
        frame._replace(at=frame.at + 20) if n == 60 else frame for n, frame in enumerate(tone(3.0))
    ]
    frames = [*sound[:75], *in_order(video("h264", 1.5, start=1.5), tuple(sound[75:]))]
    await capture(spool, 1, frames)

    result, recording, rendition = process(spool)

    assert len(recording.audio_times) == 150
    assert rendition.numbers == list(range(45))
    assert result["video_frames"] == 45


async def test_nothing_recorded_is_said(spool: Spool) -> None:
    await capture(spool, 1, [])

    with pytest.raises(NothingRecorded):
        process(spool)


async def test_an_unknown_preset_is_refused(spool: Spool) -> None:
    await capture(spool, 1, list(tone(1.0)))

    with pytest.raises(BadTask):
        process(spool, "harsh")


async def test_the_poster_and_the_waveform_show_the_answer(spool: Spool) -> None:
    await capture(spool, 1, in_order(video("h264", 3.0), opus(beeping(3.0))))

    result, _, _ = process(spool)

    assert (spool.take_directory(TAKE) / "made" / "poster.jpg").read_bytes()[:2] == b"\xff\xd8"
    bars = result["waveform"]
    assert len(bars) == 200
    loud = [number for number, bar in enumerate(bars) if bar > 0.2]
    assert 66 <= loud[0] <= loud[-1] <= 74  # 1.0 to 1.1 of 3 s
    assert all(0 <= bar <= 1 for bar in bars)


async def test_progress_grows_and_captures_stay(spool: Spool) -> None:
    await capture(spool, 1, in_order(video("vp8", 2.0), tone(2.0)))
    [captured] = spool.part_directory(TAKE, 1).glob("capture-*")
    before = captured.read_bytes()
    shares: list[float] = []
    made = spool.take_directory(TAKE) / "made"
    made.mkdir()

    process_answer(spool.take_directory(TAKE), made, "natural", shares.append)

    assert len(shares) > 10
    assert shares == sorted(shares)
    assert captured.read_bytes() == before


async def test_a_clip_recorded_in_the_browser_is_prepared_from_its_parts(spool: Spool) -> None:
    for part in (1, 2):
        pictures = video("vp8", 1.0, first_number=30 * (part - 1))
        await capture(spool, part, in_order(pictures, tone(1.0)))
    made = spool.take_directory(TAKE) / "made"

    run({"task": "clip", "source": str(made.parent), "out_directory": str(made)}, ignore)

    assert watch(made / "file.mp4").numbers == list(range(60))
    assert {file.name for file in made.iterdir()} == {
        "playout.h264.mp4", "playout.vp8.webm", "file.mp4", "poster.jpg",
    }  # fmt: skip
