"""The live sessions of this process: each is started on demand, and owned here until it ends."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from recorder.recover import RecoveredPart
from server.errors import InterludeError
from server.sessions.session import Session
from server.sessions.stagehand import Props, StageHand
from server.sessions.stages import TakeId

log = structlog.get_logger(__name__)

CLOSE_SECONDS = 8.0


class Registry:
    """`changed` is awaited with a session's id after each change of its state."""

    def __init__(self, props: Props, changed: Callable[[str], Awaitable[None]]) -> None:
        self._props = props
        self._changed = changed
        self._sessions: dict[str, Session] = {}
        self._runners: dict[str, asyncio.Task[None]] = {}
        self._recovered: Mapping[tuple[TakeId, int], float] = {}
        self._lock = asyncio.Lock()

    async def recover(self, parts: Sequence[RecoveredPart]) -> None:
        """At start: every session that a dead process left open is closed with what was found."""
        self._recovered = {(TakeId(part.take_id), part.part): part.seconds for part in parts}
        for part in parts:
            if part.cut_short:
                log.info("part recovered", take=part.take_id, part=part.part, seconds=part.seconds)
        for session_id in await self._props.store.left_open():
            session = await self.get(session_id)
            await session.resumed()
            log.info("session recovered", session=session_id, stage=session.state.stage.kind)

    async def get(self, session_id: str) -> Session:
        """The live session; raises NotFound."""
        async with self._lock:
            session = self._sessions.get(session_id)
            if session is None or session.closed:
                session = await self._start(session_id)
            return session

    async def revoke(self, session_id: str) -> None:
        """The invitation was withdrawn: the page is told by a closed socket, media ends."""
        if (session := self._sessions.get(session_id)) is not None:
            await session.revoke()

    async def close(self) -> None:
        """Closes every part cleanly, then ends the sessions; at most eight seconds."""
        sessions = list(self._sessions.values())
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.gather(*(s.retire() for s in sessions), return_exceptions=True)
        except TimeoutError:
            log.error("sessions did not close in time", sessions=len(sessions))
        runners = list(self._runners.values())
        for runner in runners:
            runner.cancel()
        await asyncio.gather(*runners, return_exceptions=True)

    async def _start(self, session_id: str) -> Session:
        record = await self._props.store.load(session_id)
        stage_hand = StageHand(self._props, lambda: session.page)
        session = Session(
            record,
            store=self._props.store,
            stage_hand=stage_hand,
            clock=self._props.clock,
            changed=self._changed,
            recovered=self._recovered,
        )
        self._sessions[session_id] = session
        name = f"session {session_id}"
        fresh = contextvars.Context()  # a session outlives the request that it was started by
        runner = asyncio.create_task(self._run(session), name=name, context=fresh)
        self._runners[session_id] = runner
        return session

    async def _run(self, session: Session) -> None:
        """The session runner: a session that fails is ended; its record brings it back."""
        session_id = session.record.id
        try:
            await session.run()
        except InterludeError as error:
            log.error("session ended", session=session_id, reason=error.key)
        except Exception:
            log.exception("session failed", session=session_id)
        finally:
            if self._sessions.get(session_id) is session:
                del self._sessions[session_id]
                del self._runners[session_id]
