"""From a source to a clip that can be shown: order, retries, restarts."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.accounts.store import AccountStore
from server.bus.local import LocalBus
from server.clips.files import MADE, key, playout_directory
from server.clips.notices import ClipNotices
from server.clips.preparing import RETRY_SECONDS, Preparing
from server.clips.spool import CAPTURE, SAMPLE, UPLOAD, ClipSpool
from server.clips.store import Clip, ClipStore
from server.db.engine import Database
from server.errors import NotFound
from server.jobs.process import JobFailed
from server.storage.disk import DiskStorage
from tests.server.fakes import FakeClock, FakeRecorder
from tests.server.waiting import until, until_async

CRASH = JobFailed("job_crashed", "ended by SIGSEGV", crashed=True)
REFUSAL = JobFailed("not_media", "This film has no beginning.", crashed=False)


class Workshop:
    """All that preparing needs, in one directory; `preparing()` is a new process of it."""

    def __init__(self, directory: Path, database: Database, clock: FakeClock) -> None:
        self.clock = clock
        self.accounts = AccountStore(database, clock)
        self.store = ClipStore(database, clock)
        self.spool = ClipSpool(directory / "spool")
        self.storage = DiskStorage(directory / "objects")
        self.recorder = FakeRecorder()
        self.preparing = self.new_process()

    def new_process(self) -> Preparing:
        return Preparing(
            store=self.store,
            storage=self.storage,
            spool=self.spool,
            notices=ClipNotices(LocalBus()),
            clock=self.clock,
            run_task=self.recorder,
            samples={"hello": {"title": "Hello", "seconds": 3.0, "speech_text": "Hi"}},
        )

    async def uploaded(self, content: bytes = FakeRecorder.MOVIE) -> Clip:
        organization_id = await self.accounts.first_organization()
        clip = await self.store.create(organization_id, "A", state="preparing", source=UPLOAD)
        self.spool.upload(clip.id).write_bytes(content)
        return clip

    async def settled(self, clip: Clip) -> Clip:
        async with asyncio.timeout(10):
            while True:
                now = await self.store.load_any(clip.id)
                if now.state in ("ready", "failed") and not self.spool.clips():
                    return now


@pytest.fixture
async def workshop(tmp_path: Path, database: Database, clock: FakeClock) -> AsyncIterator[Workshop]:
    made = Workshop(tmp_path, database, clock)
    yield made
    await made.preparing.close()


async def test_a_clip_is_stored_before_it_is_ready_and_its_source_dropped_after(
    workshop: Workshop,
) -> None:
    clip = await workshop.uploaded()
    await workshop.preparing.start()
    done = await workshop.settled(clip)
    assert (done.state, done.duration_seconds, done.source) == ("ready", 12.5, None)
    for name in MADE:
        assert await workshop.storage.exists(key(clip.id, name))
    directory = await playout_directory(workshop.storage, clip.id)
    assert {file.name for file in directory.iterdir()} == set(MADE)


async def test_a_crash_is_tried_once_more(workshop: Workshop) -> None:
    clip = await workshop.uploaded()
    workshop.recorder.failures = [CRASH]
    await workshop.preparing.start()
    assert (await workshop.settled(clip)).state == "ready"


async def test_two_crashes_fail_the_clip_without_their_inner_words(workshop: Workshop) -> None:
    clip = await workshop.uploaded()
    workshop.recorder.failures = [CRASH, CRASH]
    await workshop.preparing.start()
    done = await workshop.settled(clip)
    assert (done.state, done.error) == ("failed", "This clip could not be prepared.")


async def test_a_refusal_is_not_tried_again_and_tells_its_words(workshop: Workshop) -> None:
    clip = await workshop.uploaded()
    workshop.recorder.failures = [REFUSAL, REFUSAL]
    await workshop.preparing.start()
    done = await workshop.settled(clip)
    assert (done.state, done.error) == ("failed", "This film has no beginning.")
    assert workshop.recorder.failures == [REFUSAL]


async def test_the_next_clip_is_prepared_after_one_that_failed(workshop: Workshop) -> None:
    bad, good = await workshop.uploaded(b"rubbish"), await workshop.uploaded()
    await workshop.preparing.start()
    assert (await workshop.settled(bad)).state == "failed"
    assert (await workshop.settled(good)).state == "ready"


async def test_what_was_under_way_is_taken_up_at_the_next_start(workshop: Workshop) -> None:
    clip = await workshop.uploaded()
    workshop.recorder.may_finish.clear()
    await workshop.preparing.start()
    await until(lambda: bool(workshop.recorder.tasks))
    assert workshop.preparing.progress(clip.id) == 0.5
    await workshop.preparing.close()
    await workshop.preparing.close()
    assert (await workshop.store.load_any(clip.id)).state == "preparing"
    workshop.recorder.may_finish.set()
    workshop.preparing = workshop.new_process()
    await workshop.preparing.start()
    assert (await workshop.settled(clip)).state == "ready"


async def test_a_capture_that_a_dead_process_left_is_prepared(workshop: Workshop) -> None:
    organization_id = await workshop.accounts.first_organization()
    clip = await workshop.store.create(organization_id, "A", state="recording")
    never = await workshop.store.create(organization_id, "B", state="recording")
    part = workshop.spool.captures.part_directory(clip.id, 1)
    part.mkdir(parents=True)
    (part / "capture-1.webm").write_bytes(FakeRecorder.MOVIE)
    (part / "capture-2.mp4").write_bytes(FakeRecorder.MOVIE * 3)
    await workshop.preparing.start()
    assert (await workshop.settled(clip)).state == "ready"
    assert Path(workshop.recorder.tasks[0]["source"]).name == "capture-2.mp4"
    assert (await workshop.store.load_any(never.id)).state == "recording"


async def test_a_recording_that_never_began_is_forgotten_after_an_hour(workshop: Workshop) -> None:
    organization_id = await workshop.accounts.first_organization()
    clip = await workshop.store.create(organization_id, "A", state="recording")
    await workshop.store.forget_unrecorded()
    assert await workshop.store.load_any(clip.id)
    workshop.clock.advance(3601)
    await workshop.store.forget_unrecorded()
    with pytest.raises(NotFound):
        await workshop.store.load_any(clip.id)


@pytest.mark.parametrize("source", [UPLOAD, CAPTURE, SAMPLE + "unknown", "other", None])
async def test_a_source_that_is_gone_fails_the_clip(workshop: Workshop, source: str | None) -> None:
    organization_id = await workshop.accounts.first_organization()
    clip = await workshop.store.create(organization_id, "A", state="preparing", source=source)
    await workshop.preparing.start()
    assert (await workshop.settled(clip)).state == "failed"


async def test_a_sample_is_generated_first(workshop: Workshop) -> None:
    organization_id = await workshop.accounts.first_organization()
    clip = await workshop.store.create(
        organization_id, "A", state="preparing", source=SAMPLE + "hello"
    )
    await workshop.preparing.start()
    assert (await workshop.settled(clip)).state == "ready"
    assert [task["task"] for task in workshop.recorder.tasks] == ["sample_clip", "clip"]
    assert workshop.recorder.tasks[0]["speech_text"] == "Hi"


async def test_storage_that_is_away_is_waited_for(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = await workshop.uploaded()
    put_file, failures = workshop.storage.put_file, [OSError(28, "No space left on device")]

    async def put(key_: str, path: Path) -> None:
        if failures:
            raise failures.pop()
        await put_file(key_, path)

    monkeypatch.setattr(workshop.storage, "put_file", put)
    await workshop.preparing.start()
    await until(lambda: not failures)
    assert (await workshop.store.load_any(clip.id)).state == "preparing"

    async def waited() -> bool:
        workshop.clock.advance(RETRY_SECONDS)
        return (await workshop.store.load_any(clip.id)).state == "ready"

    await until_async(waited)


async def test_what_no_clip_waits_for_is_dropped_at_start(workshop: Workshop) -> None:
    workshop.spool.upload("cl_orphan").write_bytes(b"x")
    await workshop.preparing.start()
    assert workshop.spool.clips() == []


async def test_a_recorder_that_leaves_files_out_fails_the_clip(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = await workshop.uploaded()
    monkeypatch.setattr("tests.server.fakes.MADE", ("file.mp4",))
    await workshop.preparing.start()
    assert (await workshop.settled(clip)).state == "failed"
