"""Processing with the true recorder in its own process: real media, hostile media, a killed process."""

import hashlib
import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import av

from recorder.spool import Spool
from recorder.take import TakeWriter
from server.answers.processing import Processing
from server.answers.states import TakeState
from server.jobs.process import RunTask, run_task
from server.sessions.stages import TakeId
from tests.recorder import material
from tests.server.answers.house import House
from tests.server.answers.rows import FIRST, ONE, SECOND, TWO, put_session, put_take, submitted

SECONDS = 3.0


async def capture(spool: Spool, take_id: TakeId, part: int = 1) -> Path:
    """A part of three seconds, numbered pictures and a tone, as a browser would send it."""
    writer = TakeWriter.open(
        spool.part_directory(take_id, part),
        take_id=take_id,
        part=part,
        origin_seconds=material.ORIGIN_SECONDS,
        audio_codec="opus",
        video_codec="vp8",
    )
    pictures, sound = material.video("vp8", SECONDS), material.tone(SECONDS)
    material.feed(writer, material.in_order(pictures, sound))
    report = await writer.finish()
    return spool.part_directory(take_id, part) / report.files[0]


async def two_takes(house: House) -> Path:
    """Kim has submitted two answers; returns the capture of the first."""
    session_id = await put_session(house.database, "own", "kim", submitted(ONE, TWO))
    first = await capture(house.spool, ONE)
    await capture(house.spool, TWO)
    await put_take(house.database, session_id, ONE, TakeState.CAPTURED, step_id=FIRST)
    await put_take(
        house.database, session_id, TWO, TakeState.CAPTURED, step_id=SECOND, started_at=2e9
    )
    return first


def processing_with(house: House, runs: RunTask) -> Processing:
    return Processing(
        takes=house.takes,
        notices=house.notices,
        storage=house.storage,
        spool=house.spool,
        clock=house.clock,
        run_task=runs,
    )


def packets_hash(file: Path) -> str:
    """Of every encoded frame, first the pictures, then the sound, each in its order."""
    hashed = hashlib.sha256()
    for kind in ("video", "audio"):
        with av.open(file) as container:
            tracks = [track for track in container.streams if track.type == kind]
            for packet in container.demux(tracks):
                hashed.update(bytes(packet))
    return hashed.hexdigest()


async def test_a_real_take_becomes_a_rendition_and_the_original_is_untouched(
    house: House,
) -> None:
    before = packets_hash(await two_takes(house))
    processing = processing_with(house, run_task)
    async with house.notices_of() as heard:
        await processing.start()
        ready = await heard.answer(ONE, "ready")
        await processing.close()
    record = await house.takes.load(ONE)
    assert record.kept is not None
    original = await house.storage.local_path(f"takes/{ONE}/{record.kept.recording}")
    rendition = await house.storage.local_path(f"takes/{ONE}/{record.kept.rendition}")
    assert packets_hash(original) == before
    with av.open(rendition) as played:
        assert played.streams.video[0].codec_context.name == "h264"
        assert played.streams.audio[0].codec_context.name == "aac"
        frames = sum(1 for _ in played.decode(played.streams.video[0]))
    assert frames == round(SECONDS * 30)
    assert ready.duration_seconds is not None
    assert abs(ready.duration_seconds - SECONDS) < 0.1
    assert len(ready.waveform) == 200
    assert ready.edl is not None
    assert ready.edl.keep  # nobody speaks, so nothing is cut


async def test_a_capture_of_garbage_fails_with_a_reason_and_the_next_take_is_processed(
    house: House,
) -> None:
    hostile = await two_takes(house)
    hostile.write_bytes(os.urandom(200_000))
    processing = processing_with(house, run_task)
    async with house.notices_of() as heard:
        await processing.start()
        failed = await heard.answer(ONE, "failed")
        await heard.answer(TWO, "ready")
        await processing.close()
    assert failed.error
    assert str(house.spool.root) not in failed.error
    assert hostile.exists()


async def test_a_capture_that_was_cut_off_is_ready_up_to_there(house: House) -> None:
    cut = await two_takes(house)
    os.truncate(cut, cut.stat().st_size * 2 // 3)
    processing = processing_with(house, run_task)
    async with house.notices_of() as heard:
        await processing.start()
        ready = await heard.answer(ONE, "ready")
        await heard.answer(TWO, "ready")
        await processing.close()
    assert ready.duration_seconds is not None
    assert 1.0 < ready.duration_seconds < SECONDS


async def test_a_recorder_process_that_is_killed_is_tried_again_and_then_marked(
    house: House,
) -> None:
    await two_takes(house)
    killed = partial(run_task, command=(sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"))
    runs: list[str] = []

    async def run(task: Mapping[str, Any], *rest: Any, **named: Any) -> dict[str, Any]:
        runs.append(Path(task["take_directory"]).name)
        true_run = killed if runs[-1] == ONE else run_task
        return await true_run(task, *rest, **named)

    processing = processing_with(house, run)
    async with house.notices_of() as heard:
        await processing.start()
        failed = await heard.answer(ONE, "failed")
        await heard.answer(TWO, "ready")
        await processing.close()
    assert failed.error is not None
    assert "SIGKILL" in failed.error
    assert failed.url is not None
    assert runs == [ONE, ONE, TWO]
