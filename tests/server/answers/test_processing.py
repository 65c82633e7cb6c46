"""Processing: what is owed to a take is done once, whatever dies, crashes, lies or goes away."""

import asyncio
import hashlib
import shutil
from pathlib import Path

import pytest

from server.answers.processing import RETRY_SECONDS
from server.answers.states import MAX_ATTEMPTS, TakeState
from server.errors import Unavailable
from server.jobs.process import JobFailed
from server.sessions.stages import Take, TakeId
from server.storage.disk import DiskStorage
from tests.server.answers.house import House
from tests.server.answers.recorder import CRASH, REFUSAL, capture
from tests.server.answers.rows import (
    FIRST,
    OLD,
    ONE,
    TWO,
    choosing,
    put_session,
    put_state,
    put_take,
    submitted,
)


async def captured_takes(house: House, *take_ids: TakeId) -> None:
    """One submitted session whose takes were all captured and not yet processed."""
    session_id = await put_session(house.database, "own", "kim", submitted(*take_ids))
    for number, take_id in enumerate(take_ids):
        await put_take(
            house.database, session_id, take_id, TakeState.CAPTURED, started_at=1.0 + number
        )
        capture(house.spool, take_id)


async def test_a_take_is_stored_then_published_then_dropped_from_the_spool(house: House) -> None:
    session_id = await put_session(house.database, "own", "kim", submitted(ONE))
    await house.takes.open(ONE, session_id, FIRST)
    capture(house.spool, ONE)
    async with house.notices_of() as heard, house.processing() as processing:
        await processing.submit(ONE)
        playable = await heard.answer(ONE, "playable")
        ready = await heard.answer(ONE, "ready")
        assert house.object_names(ONE) == ["poster.jpg", "recording.webm", "rendition.mp4"]
    assert playable.media_type == "video/webm"
    assert ready.media_type == "video/mp4"
    assert ready.edl is not None
    assert ready.edl.kept_seconds == pytest.approx(9.0)
    assert [cut.kind for cut in ready.edl.cuts] == ["lead", "pause", "tail"]
    assert len(ready.waveform) == 200
    assert house.spool.takes() == []


async def test_the_recording_is_stored_byte_for_byte(house: House) -> None:
    await captured_takes(house, ONE)
    before = hashlib.sha256(
        (house.spool.part_directory(ONE, 1) / "capture-1.webm").read_bytes()
    ).hexdigest()
    async with house.notices_of() as heard, house.processing():
        await heard.answer(ONE, "ready")
    stored = await house.storage.local_path(f"takes/{ONE}/recording.webm")
    assert hashlib.sha256(stored.read_bytes()).hexdigest() == before


async def test_submitting_twice_makes_it_once(house: House) -> None:
    session_id = await put_session(house.database, "own", "kim", submitted(ONE))
    await house.takes.open(ONE, session_id, FIRST)
    capture(house.spool, ONE)
    async with house.notices_of() as heard, house.processing() as processing:
        await processing.submit(ONE)
        await processing.submit(ONE)
        await heard.answer(ONE, "ready")
        await processing.submit(ONE)
    async with house.processing():
        pass
    assert house.recorder.runs == [ONE]


async def test_what_was_not_finished_when_the_server_died_is_finished_once(house: House) -> None:
    await captured_takes(house, ONE)
    house.recorder.may_finish.clear()
    async with house.processing():
        await house.recorder.running.wait()
    assert house.recorder.ended_early == [ONE]
    assert await house.takes.state_of(ONE) is TakeState.PROCESSING

    house.recorder.may_finish.set()
    async with house.notices_of() as heard, house.processing():
        await heard.answer(ONE, "ready")
    assert house.recorder.runs == [ONE, ONE]
    assert await house.takes.next_job() is None


async def test_what_was_half_made_when_the_server_was_killed_is_made_anew(house: House) -> None:
    session_id = await put_session(house.database, "own", "kim", submitted(ONE))
    await put_take(house.database, session_id, ONE, TakeState.PROCESSING, attempts=1)
    half_made = capture(house.spool, ONE) / "made"
    half_made.mkdir()
    (half_made / "rendition.mp4").write_bytes(b"only the beg")
    async with house.notices_of() as heard, house.processing():
        await heard.answer(ONE, "ready")
    stored = await house.storage.local_path(f"takes/{ONE}/rendition.mp4")
    assert stored.read_bytes() == b"h264 and aac " * 100
    assert house.recorder.runs == [ONE]


async def test_closing_in_the_middle_does_not_count_as_an_attempt(house: House) -> None:
    await captured_takes(house, ONE)
    house.recorder.may_finish.clear()
    for _ in range(MAX_ATTEMPTS + 1):
        house.recorder.running.clear()
        async with house.processing():
            await house.recorder.running.wait()
    job = await house.takes.next_job()
    assert job is not None
    assert job.attempts == 0


async def test_a_take_on_which_the_server_died_each_time_is_given_up(house: House) -> None:
    session_id = await put_session(house.database, "own", "kim", submitted(ONE))
    await put_take(house.database, session_id, ONE, TakeState.PROCESSING, attempts=MAX_ATTEMPTS)
    async with house.notices_of() as heard, house.processing():
        answer = await heard.answer(ONE, "failed")
    assert answer.error
    assert house.recorder.runs == []


async def test_a_crash_of_the_recorder_is_tried_once_more(house: House) -> None:
    await captured_takes(house, ONE)
    house.recorder.failures[ONE] = [CRASH]
    async with house.notices_of() as heard, house.processing():
        await heard.answer(ONE, "ready")
    assert house.recorder.runs == [ONE, ONE]


async def test_a_second_crash_marks_the_take_and_the_next_is_unharmed(house: House) -> None:
    await captured_takes(house, ONE, TWO)
    house.recorder.failures[ONE] = [CRASH, CRASH]
    async with house.notices_of() as heard, house.processing():
        failed = await heard.answer(ONE, "failed")
        await heard.answer(TWO, "ready")
    assert failed.error == CRASH.text
    assert house.recorder.runs == [ONE, ONE, TWO]


async def test_a_refused_capture_fails_at_once_with_its_reason_and_is_kept(house: House) -> None:
    await captured_takes(house, ONE, TWO)
    house.recorder.failures[ONE] = [REFUSAL]
    async with house.notices_of() as heard, house.processing():
        failed = await heard.answer(ONE, "failed")
        await heard.answer(TWO, "ready")
    assert failed.error == "this is not media"
    assert failed.url is not None
    assert house.recorder.runs == [ONE, TWO]
    assert house.spool.takes() == [ONE]


@pytest.mark.parametrize(
    "lie",
    [
        {"recording": "../journal.jsonl"},
        {"recording": "missing.webm"},
        {"recording": "linked.webm"},
        {"rendition": 7},
        {"duration_seconds": None},
    ],
)
async def test_a_recorder_that_lies_is_not_believed(house: House, lie: dict[str, object]) -> None:
    await captured_takes(house, ONE, TWO)
    result = {
        "recording": "recording.webm",
        "rendition": "rendition.mp4",
        "media_type": "video/webm",
        "duration_seconds": 1.0,
    }
    honest = house.recorder

    async def lying(task: dict[str, object], *_args: object, **_more: object) -> dict[str, object]:
        made = Path(str(task["out_directory"]))
        if made.parent.name != ONE:
            return await honest(task, lambda _share: None, limit_seconds=1)
        (made / "recording.webm").write_bytes(b"x")
        (made / "rendition.mp4").write_bytes(b"x")
        (made / "linked.webm").symlink_to("/etc/hostname")
        return {**result, **lie}

    house.recorder = lying  # type: ignore[assignment]
    async with house.notices_of() as heard, house.processing():
        failed = await heard.answer(ONE, "failed")
        await heard.answer(TWO, "ready")
    assert failed.error is not None
    assert house.object_names(ONE) == []


async def test_an_unforeseen_error_does_not_end_the_worker(house: House) -> None:
    await captured_takes(house, ONE)
    house.recorder.failures[ONE] = [RuntimeError("a bug of ours")]
    async with house.notices_of() as heard, house.processing():
        ready = asyncio.ensure_future(heard.answer(ONE, "ready"))
        while not ready.done():
            house.clock.advance(RETRY_SECONDS)
            await asyncio.sleep(0)
    assert house.recorder.runs == [ONE, ONE]


class FailingStorage(DiskStorage):
    """Away for the first puts."""

    failures = 3

    async def put_file(self, key: str, path: Path) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("disk_full", "The disk is full.")
        await super().put_file(key, path)


async def test_storage_that_is_away_is_waited_for_without_making_it_again(house: House) -> None:
    await captured_takes(house, ONE)
    house.storage = FailingStorage(house.objects)
    async with house.notices_of() as heard, house.processing():
        ready = asyncio.ensure_future(heard.answer(ONE, "ready"))
        while not ready.done():
            house.clock.advance(RETRY_SECONDS)
            await asyncio.sleep(0)
    assert house.recorder.runs == [ONE]


async def test_a_full_disk_is_waited_for_however_long(house: House) -> None:
    await captured_takes(house, ONE)
    full = JobFailed("disk_full", "The disk is full.", crashed=False)
    house.recorder.failures[ONE] = [full] * (2 * MAX_ATTEMPTS)
    async with house.notices_of() as heard, house.processing():
        ready = asyncio.ensure_future(heard.answer(ONE, "ready"))
        while not ready.done():
            house.clock.advance(RETRY_SECONDS)
            await asyncio.sleep(0)
    assert len(house.recorder.runs) == 2 * MAX_ATTEMPTS + 1


# ── erasing ──────────────────────────────────────────────────────────────────────────────────


async def test_an_erased_take_leaves_nothing(house: House) -> None:
    await captured_takes(house, ONE)
    async with house.notices_of() as heard, house.processing() as processing:
        await heard.answer(ONE, "ready")
        await processing.erase(ONE)
        await processing.erase(ONE)
    assert await house.takes.state_of(ONE) is TakeState.ERASED
    assert house.object_names(ONE) == []
    assert house.spool.takes() == []
    assert await house.takes.half_erased() == []


async def test_erasing_what_is_being_processed_ends_its_recorder(house: House) -> None:
    await captured_takes(house, ONE, TWO)
    house.recorder.may_finish.clear()
    async with house.notices_of() as heard, house.processing() as processing:
        await house.recorder.running.wait()
        await processing.erase(ONE)
        assert house.recorder.ended_early == [ONE]
        house.recorder.may_finish.set()
        await heard.answer(TWO, "ready")
    assert house.object_names(ONE) == []
    assert house.spool.takes() == []
    assert house.recorder.runs == [ONE, TWO]


class SlowStorage(DiskStorage):
    """Holds the first object back until told."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.putting = asyncio.Event()
        self.may_put = asyncio.Event()

    async def put_file(self, key: str, path: Path) -> None:
        self.putting.set()
        await self.may_put.wait()
        await super().put_file(key, path)


async def test_erasing_what_is_being_stored_leaves_nothing(house: House) -> None:
    await captured_takes(house, ONE)
    slow = house.storage = SlowStorage(house.objects)
    async with house.processing() as processing:
        await slow.putting.wait()
        async with asyncio.TaskGroup() as erasing:
            erasing.create_task(processing.erase(ONE))
            slow.may_put.set()
    assert house.object_names(ONE) == []
    assert house.spool.takes() == []


async def test_an_erasure_that_was_cut_short_is_finished_at_start(house: House) -> None:
    await captured_takes(house, ONE)
    async with house.notices_of() as heard, house.processing():
        await heard.answer(ONE, "ready")
    await house.takes.erase(ONE)  # and then the process died
    assert house.object_names(ONE) != []
    async with house.processing():
        assert house.object_names(ONE) == []


# ── settling what a dead process left ────────────────────────────────────────────────────────


async def test_a_finished_take_that_was_never_submitted_is_processed_at_start(
    house: House,
) -> None:
    session_id = await put_session(house.database, "own", "kim", submitted(ONE))
    await put_take(house.database, session_id, ONE)
    capture(house.spool, ONE)
    async with house.notices_of() as heard, house.processing():
        await heard.answer(ONE, "ready")


async def test_a_take_that_still_goes_on_is_left_alone(house: House) -> None:
    open_take = Take(ONE, FIRST, (12.0,), open_part=2)
    state = choosing()
    session_id = await put_session(house.database, "own", "kim", state)
    await put_state(house.database, session_id, type(state)(stage=state.stage, takes=(open_take,)))
    await put_take(house.database, session_id, ONE)
    capture(house.spool, ONE)
    async with house.processing():
        pass
    assert await house.takes.state_of(ONE) is TakeState.OPEN
    assert house.spool.takes() == [ONE]


async def test_discarded_takes_of_a_submitted_session_are_erased_at_start(house: House) -> None:
    session_id = await put_session(house.database, "own", "kim", submitted(ONE, dropped=(OLD,)))
    await put_take(house.database, session_id, OLD)
    await put_take(house.database, session_id, ONE)
    capture(house.spool, OLD)
    capture(house.spool, ONE)
    async with house.notices_of() as heard, house.processing():
        assert await house.takes.state_of(OLD) is TakeState.ERASED
        await heard.answer(ONE, "ready")
    assert house.spool.takes() == []


async def test_what_lies_in_the_spool_unknown_to_the_database_is_never_dropped(
    house: House,
) -> None:
    capture(house.spool, TakeId("tk_of_a_restored_backup"))
    async with house.processing():
        pass
    assert house.spool.takes() == ["tk_of_a_restored_backup"]


async def test_the_spool_of_a_published_take_is_dropped_at_start(house: House) -> None:
    await captured_takes(house, ONE)
    copy = house.spool.root.parent / "copy"
    shutil.copytree(house.spool.take_directory(ONE), copy)
    async with house.notices_of() as heard, house.processing():
        await heard.answer(ONE, "ready")
    copy.rename(house.spool.take_directory(ONE))  # as if it had died just before the drop
    async with house.processing():
        assert house.spool.takes() == []
    assert house.recorder.runs == [ONE]


async def test_a_take_without_any_capture_is_not_waited_for_forever(house: House) -> None:
    session_id = await put_session(house.database, "own", "kim", submitted(ONE))
    await put_take(house.database, session_id, ONE, TakeState.CAPTURED)
    house.recorder.failures[ONE] = [
        JobFailed("nothing_recorded", "there is nothing in this take", crashed=False)
    ]
    async with house.notices_of() as heard, house.processing():
        answer = await heard.answer(ONE, "failed")
    assert answer.url is None
