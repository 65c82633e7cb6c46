"""Makes answers playable: one recorder process at a time, for every take that was captured.

The database is the queue: a take that is `captured` or `processing` is work, so nothing is lost
with the process and nothing grows in memory. The order is: make, store for good, publish, and only
then drop the spool; each step can be done again without harm.

Invariants:
- the spool of a take is dropped only when it is `ready` or `erased`;
- a recorder process that crashes on a take gets one more try, then the take is `failed` with the
  reason; one that refuses it fails at once; the next take is not touched by either;
- storage that is away and a full disk are waited for: they are not the take's fault;
- nothing of an erased take is left, also when it was being processed.
"""

import asyncio
from pathlib import Path

import structlog

from recorder.spool import Spool
from server.answers.making import Erased, Made, Turn
from server.answers.notices import Notices
from server.answers.states import MAX_ATTEMPTS, TRIES, TakeState
from server.answers.store import NextJob, TakeStore
from server.clock import Clock
from server.errors import Unavailable
from server.jobs.process import JobFailed, RunTask
from server.sessions.stages import TakeId
from server.storage.base import Storage

log = structlog.get_logger(__name__)

DISK_FULL = "disk_full"
RETRY_SECONDS = 5.0
LOOK_SECONDS = 3600.0


def object_prefix(take_id: TakeId) -> str:
    """Where everything of a take is stored."""
    return f"takes/{take_id}/"


class Processing:
    """Owns one worker task and one that looks hourly for what was forgotten; `start` and `close`."""

    def __init__(
        self,
        *,
        takes: TakeStore,
        notices: Notices,
        storage: Storage,
        spool: Spool,
        clock: Clock,
        run_task: RunTask,
    ) -> None:
        self._takes = takes
        self._notices = notices
        self._storage = storage
        self._spool = spool
        self._clock = clock
        self._run_task = run_task
        self._wake = asyncio.Event()
        self._look_due = False
        self._turn: Turn | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Settles what a dead process left, then goes on with what is not finished."""
        await self.settle()
        self._tasks = [
            asyncio.create_task(self._work(), name="processing"),
            asyncio.create_task(self._look_hourly(), name="processing-look"),
        ]

    async def submit(self, take_id: TakeId) -> None:
        """All parts are closed: make it playable. Stored before it returns; idempotent."""
        if await self._takes.captured(take_id):
            log.info("take submitted", take=take_id)
            await self._notices.publish_answer_changed(take_id)
        self._wake.set()

    async def erase(self, take_id: TakeId) -> None:
        """Gone for readers at once, then from storage and spool; idempotent."""
        await self._takes.erase(take_id)
        turn = self._turn
        if turn is not None and turn.take_id == take_id:
            turn.stop()
            await turn.finished.wait()
        try:
            await self._storage.delete_prefix(object_prefix(take_id))
            await asyncio.to_thread(self._spool.drop, take_id)
        except (OSError, Unavailable) as error:  # nobody can read it; `settle` tries again
            log.warning("files of an erased take remain", take=take_id, reason=str(error))
        else:
            await self._takes.files_gone(take_id)
            log.info("take erased", take=take_id)

    async def settle(self) -> None:
        """Carries out what was asked for and not done; safe at any time."""
        for take_id in await asyncio.to_thread(self._spool.takes):
            await self._settle_spool(TakeId(take_id))
        for take_id in await self._takes.half_erased():
            await self.erase(take_id)
        debt = await self._takes.owed()
        for take_id in debt.process:
            await self.submit(take_id)
        for take_id in debt.erase:
            await self.erase(take_id)

    async def close(self) -> None:
        """Ends a running recorder process; its take is taken up at the next start. Idempotent."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ── its own tasks ────────────────────────────────────────────────────────────────────

    async def _settle_spool(self, take_id: TakeId) -> None:
        """Drops what is stored for good or erased; never what the database does not know."""
        if self._turn is not None and self._turn.take_id == take_id:
            return
        state = await self._takes.state_of(take_id)
        if state in (TakeState.READY, TakeState.ERASED):
            await asyncio.to_thread(self._spool.drop, take_id)
        elif state is None and take_id.startswith("tk_"):
            log.warning("unknown take in the spool", take=take_id)

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._work_once()
            except Exception:  # the job worker lives on, whatever one job does
                log.exception("job not finished")
                await self._clock.sleep(RETRY_SECONDS)

    async def _work_once(self) -> None:
        if self._look_due:
            self._look_due = False
            await self.settle()
        job = await self._takes.next_job()
        if job is None:
            await self._wake.wait()
        else:
            await self._attend(job)

    async def _look_hourly(self) -> None:
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            self._look_due = True
            self._wake.set()

    async def _attend(self, job: NextJob) -> None:
        turn = self._turn = Turn(job.take_id, job.seconds)
        try:
            await self._process(job, turn)
        except Erased:
            log.info("take erased while it was processed", take=job.take_id)
        finally:
            self._turn = None
            turn.finished.set()

    async def _process(self, job: NextJob, turn: Turn) -> None:
        if job.attempts >= MAX_ATTEMPTS:
            text = "The server could not finish its work on this answer."
            await self._fail(job.take_id, text)
            return
        for last_try in [False] * (TRIES - 1) + [True]:
            try:
                made = await self._make(turn)
            except JobFailed as failed:
                _log_failure(job.take_id, failed)
                if failed.key == DISK_FULL:
                    await self._wait_for_space(job.take_id)
                    return
                if last_try or not failed.crashed:
                    await self._fail(job.take_id, failed.text)
                    return
            else:
                await self._keep(turn, made)
                return

    async def _wait_for_space(self, take_id: TakeId) -> None:
        """Not the take's fault: it is the next job again, and no attempt is counted."""
        await self._takes.unbegin(take_id)
        await self._clock.sleep(RETRY_SECONDS)

    async def _make(self, turn: Turn) -> Made:
        if not await self._takes.begin(turn.take_id):
            raise Erased
        try:
            return await turn.make(self._run_task, self._spool.take_directory(turn.take_id))
        except asyncio.CancelledError:  # we are closing: not the take's fault
            await self._takes.unbegin(turn.take_id)
            raise

    async def _keep(self, turn: Turn, made: Made) -> None:
        """Store, then publish, then drop the spool; consoles are told when all is done."""
        take_id = turn.take_id
        for name in made.names:
            await self._put(turn, object_prefix(take_id) + name, made.directory / name)
        if not await self._takes.publish(take_id, made.kept, made.edl):
            raise Erased  # whoever erases it waits for us, and deletes what was stored
        log.info("take ready", take=take_id, seconds=round(made.kept.duration_seconds, 3))
        try:
            await asyncio.to_thread(self._spool.drop, take_id)
        except OSError as error:  # it does no harm; `settle` tries again
            log.warning("spool of a stored take remains", take=take_id, reason=str(error))
        await self._notices.publish_answer_changed(take_id)

    async def _put(self, turn: Turn, key: str, file: Path) -> None:
        while True:
            turn.require_wanted()
            try:
                await self._storage.put_file(key, file)
            except FileNotFoundError:
                raise
            except (OSError, Unavailable) as error:
                log.warning("storage is away", key=key, reason=str(error))
                await self._clock.sleep(RETRY_SECONDS)
            else:
                return

    async def _fail(self, take_id: TakeId, text: str) -> None:
        if await self._takes.fail(take_id, text):
            await self._notices.publish_answer_changed(take_id)


def _log_failure(take_id: TakeId, failed: JobFailed) -> None:
    log.warning(
        "take not processed",
        take=take_id,
        key=failed.key,
        reason=failed.text,
        crashed=failed.crashed,
        complaint=failed.complaint,
    )
