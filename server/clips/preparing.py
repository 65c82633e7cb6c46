"""Makes clips ready to be shown, one at a time, in the recorder's process.

The database is the queue: what is `preparing` is taken up again at start. Order: make, store, then
publish, then drop the source. Storage or disk that is away is waited for; a source that is refused
fails the clip with the recorder's own words; a crash is tried once more.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from server.clips.files import MADE, key
from server.clips.notices import ClipNotices
from server.clips.spool import CAPTURE, SAMPLE, UPLOAD, ClipSpool
from server.clips.store import Clip, ClipStore
from server.clock import Clock
from server.errors import Unavailable
from server.interviews.script import ClipId
from server.jobs.process import JobFailed, OnProgress, RunTask
from server.storage.base import Storage

log = structlog.get_logger(__name__)

TRIES = 2
RETRY_SECONDS = 5.0
TELL_SECONDS = 1.0

SampleTasks = Mapping[str, Mapping[str, Any]]


class Preparing:
    """Owns one worker task; `start` and `close`. `samples`: recorder tasks by name (sample.py)."""

    def __init__(
        self,
        *,
        store: ClipStore,
        storage: Storage,
        spool: ClipSpool,
        notices: ClipNotices,
        clock: Clock,
        run_task: RunTask,
        samples: SampleTasks,
    ) -> None:
        self._store = store
        self._storage = storage
        self._spool = spool
        self._notices = notices
        self._clock = clock
        self._run_task = run_task
        self._samples = samples
        self._progress: dict[ClipId, float] = {}
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Settles what a dead process left, then works on what is not ready."""
        await asyncio.to_thread(self._spool.recover)
        for clip in await self._store.in_state("recording"):
            if await asyncio.to_thread(self._spool.capture, clip.id) is not None:
                await self._store.prepare(clip.id, CAPTURE)
        await self._drop_leftovers()
        self._worker = asyncio.create_task(self._work(), name="clips")

    async def submit(self, clip: Clip) -> None:
        """A clip is `preparing` now: tell the consoles and begin when its turn comes."""
        log.info("clip submitted", clip=clip.id, source=clip.source)
        await self._notices.publish(clip)
        self._wake.set()

    def progress(self, clip_id: ClipId) -> float:
        """0 to 1 of the clip that is being worked on; 0 for all others."""
        return self._progress.get(clip_id, 0.0)

    async def close(self) -> None:
        """Ends a running recorder process; its clip is taken up at the next start. Idempotent."""
        if self._worker is not None:
            self._worker.cancel()
            with suppress(asyncio.CancelledError):
                await self._worker
            self._worker = None

    # ── the worker ───────────────────────────────────────────────────────────────────────────

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            waiting = await self._store.in_state("preparing")
            if not waiting:
                await self._wake.wait()
                continue
            clip = waiting[0]
            try:
                await self._attend(clip)
            except (OSError, Unavailable) as error:
                log.warning("clip waits", clip=clip.id, reason=str(error))
                await self._clock.sleep(RETRY_SECONDS)
            except Exception:  # the job worker lives on, whatever one clip does
                log.exception("clip not prepared", clip=clip.id)
                await self._clock.sleep(RETRY_SECONDS)

    async def _attend(self, clip: Clip) -> None:
        try:
            made, duration_seconds = await self._make(clip)
        except JobFailed as failed:
            complaint = failed.complaint[-500:]
            log.warning("clip failed", clip=clip.id, key=failed.key, complaint=complaint)
            text = "This clip could not be prepared." if failed.crashed else failed.text
            await self._notices.publish(await self._store.fail(clip.id, text))
        else:
            for name in MADE:
                await self._storage.put_file(key(clip.id, name), made / name)
            await self._notices.publish(await self._store.ready(clip.id, duration_seconds))
            log.info("clip ready", clip=clip.id, seconds=round(duration_seconds, 3))
        await asyncio.to_thread(self._spool.drop, clip.id)

    async def _make(self, clip: Clip) -> tuple[Path, float]:
        """The directory with what was made, and the clip's length. Raises JobFailed."""
        source = await self._source(clip)
        made = await asyncio.to_thread(self._spool.made, clip.id)
        task = {"task": "clip", "source": str(source), "out_directory": str(made)}
        result = await self._run(clip, task)
        duration_seconds = result.get("duration_seconds")
        if not isinstance(duration_seconds, int | float) or duration_seconds <= 0:
            raise JobFailed("job_crashed", "the recorder told no duration", crashed=True)
        if not await asyncio.to_thread(_all_there, made):
            raise JobFailed("job_crashed", "the recorder left files out", crashed=True)
        return made, float(duration_seconds)

    async def _source(self, clip: Clip) -> Path:
        """What the clip is made from; a sample is generated first."""
        source = clip.source or ""
        if source.startswith(SAMPLE):
            return await self._generate(clip, source.removeprefix(SAMPLE))
        if source == CAPTURE:
            found = await asyncio.to_thread(self._spool.capture, clip.id)
        else:
            found = await asyncio.to_thread(self._spool.upload, clip.id)
        if source not in (CAPTURE, UPLOAD) or found is None or not await _is_there(found):
            raise JobFailed("source_lost", "The file of this clip is gone.", crashed=False)
        return found

    async def _generate(self, clip: Clip, name: str) -> Path:
        if name not in self._samples:
            raise JobFailed("unknown_sample", "There is no such sample clip.", crashed=False)
        out = await asyncio.to_thread(self._spool.sample, clip.id)
        await self._run(clip, {"task": "sample_clip", "out": str(out), **self._samples[name]})
        return out

    async def _run(self, clip: Clip, task: Mapping[str, Any]) -> dict[str, Any]:
        """The recorder's result, with one more try after a crash; consoles see the progress."""
        telling = asyncio.create_task(self._tell_progress(clip), name="clip progress")
        try:
            for _ in range(TRIES - 1):
                try:
                    return await self._run_task(task, self._note_progress(clip.id))
                except JobFailed as failed:
                    if not failed.crashed:
                        raise
                    log.warning("recorder crashed", clip=clip.id, complaint=failed.complaint[-500:])
            return await self._run_task(task, self._note_progress(clip.id))
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            self._progress.pop(clip.id, None)

    def _note_progress(self, clip_id: ClipId) -> OnProgress:
        def note(share: float) -> None:
            self._progress[clip_id] = share

        return note

    async def _tell_progress(self, clip: Clip) -> None:
        told = 0.0
        while True:
            await self._clock.sleep(TELL_SECONDS)
            share = self.progress(clip.id)
            if share != told:
                told = share
                await self._notices.publish(clip, share)

    async def _drop_leftovers(self) -> None:
        """Whatever in the spool no clip is waiting for."""
        wanted = {clip.id for clip in await self._store.in_state("preparing")}
        for clip_id in await asyncio.to_thread(self._spool.clips):
            if clip_id not in wanted:
                await asyncio.to_thread(self._spool.drop, clip_id)


def _all_there(made: Path) -> bool:
    return all((made / name).is_file() for name in MADE)


async def _is_there(file: Path) -> bool:
    return await asyncio.to_thread(file.is_file)
