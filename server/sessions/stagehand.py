"""The stage hand of a session: carries out what the director says, with media and recorder.

It decides nothing. A command may bring about events at once (a part that was closed); what takes
its time (a segment that plays, a line that fails) is told to the session when it happens. All its
tasks live in the session's task group.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from media.errors import MediaError, PeerLost
from media.ice import MediaPort
from media.playout import Ending
from media.shelf import ClipShelf
from recorder.spool import Spool
from server.answers.processing import Processing
from server.answers.store import TakeStore
from server.clock import Clock
from server.errors import InterludeError
from server.interviews.script import ClipId, StepId
from server.sessions.connection import Connection
from server.sessions.page import Page
from server.sessions.parts import Parts, RunningPart
from server.sessions.protocol import Problem, Watchers
from server.sessions.stages import (
    Command,
    Connected,
    DeliverAnswers,
    Disconnected,
    EndPart,
    EraseTake,
    Event,
    PartEnded,
    PlaySegment,
    ProcessTake,
    Recording,
    SegmentEnded,
    StartPart,
    State,
    StopPlayout,
)
from server.sessions.store import SessionStore
from server.sessions.watching import Watcher, Watching

log = structlog.get_logger(__name__)

LINE_SECONDS = 0.5
TAIL_SECONDS = 0.15  # from camera to here: what was spoken when "stop" was pressed

Tell = Callable[[Event], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Props:
    """What every stage hand works with; built once by app.py."""

    port: MediaPort
    spool: Spool
    shelf: ClipShelf
    clip_directory: Callable[[ClipId], Awaitable[Path]]
    takes: TakeStore
    processing: Processing
    store: SessionStore
    clock: Clock


class StageHand:
    def __init__(self, props: Props, page: Callable[[], Page | None]) -> None:
        self._props = props
        self._page = page
        self._parts = Parts(props.spool)
        self.connection: Connection | None = None
        self.watching = Watching(props.port, self._tell_watchers)
        self._tasks: asyncio.TaskGroup | None = None
        self._tell: Tell | None = None
        self._playing: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        self._step_of: dict[str, StepId] = {}

    def begin(self, tasks: asyncio.TaskGroup, tell: Tell) -> None:
        self._tasks, self._tell = tasks, tell

    def is_idle(self) -> bool:
        return self.connection is None and self._parts.running is None

    # ── connections ──────────────────────────────────────────────────────────────────────

    async def adopt(self, connection: Connection) -> None:
        """This connection is the one from now on."""
        await self.drop_connection()
        self.connection = connection
        self._spawn(self._follow(connection))

    async def drop_connection(self) -> None:
        """Ends the connection there is, if any, and tells the director."""
        connection, self.connection = self.connection, None
        if connection is None:
            return
        played = connection.played_seconds
        try:
            await self._say(Disconnected(self._props.clock.now(), played))
        finally:
            await connection.close()

    async def _follow(self, connection: Connection) -> None:
        try:
            await connection.peer.wait_connected()
        except PeerLost as lost:
            log.info("never connected", connection=connection.id, reason=str(lost))
        else:
            if self.connection is connection:
                await self._say(Connected(self._props.clock.now()))
                await self._report_until_lost(connection)
        if self.connection is connection:
            await self.drop_connection()
        await connection.close()

    async def _report_until_lost(self, connection: Connection) -> None:
        reports = asyncio.ensure_future(self._report_line(connection))
        try:
            reason = await connection.peer.wait_lost()
            log.info("connection ended", connection=connection.id, reason=reason)
        finally:
            reports.cancel()
            with suppress(asyncio.CancelledError):
                await reports

    async def _report_line(self, connection: Connection) -> None:
        while True:
            await self._props.clock.sleep(LINE_SECONDS)
            if (page := self._page()) is not None:
                page.send(connection.line(self._props.clock.now()))

    # ── commands ─────────────────────────────────────────────────────────────────────────

    async def perform(self, command: Command, session_id: str) -> list[Event]:
        """Carries it out; idempotent by take id. Returns what it brought about at once."""
        match command:
            case PlaySegment():
                return await self._play(command)
            case StopPlayout():
                self._stop_playing()
            case StartPart():
                return await self._start_part(command, session_id)
            case EndPart(take_id=take_id, part=part):
                if self.connection is not None:  # the last words are still under way
                    inbound = self.connection.peer.inbound
                    await inbound.wait_delivered(inbound.now() + TAIL_SECONDS)
                seconds = await self._parts.end(take_id, part)
                self._stop_following_writer()
                return [PartEnded(self._props.clock.now(), take_id, part, seconds)]
            case ProcessTake(take_id=take_id):
                await self._props.processing.submit(take_id)
            case EraseTake(take_id=take_id):
                await self._props.processing.erase(take_id)
            case DeliverAnswers():
                await self._props.store.mark_submitted(session_id, self._props.clock.now())
        return []

    def stage_changed(self, state: State) -> None:
        if isinstance(state.stage, Recording):
            self._step_of[state.stage.take_id] = state.stage.step_id
        elif self.watching.names:
            self._spawn(self.watching.end())

    async def close(self) -> None:
        """Lets go of everything; what was captured is safe before it returns."""
        connection, self.connection = self.connection, None
        self._stop_playing()
        self._stop_following_writer()
        await self._parts.close()
        await self.watching.end()
        if connection is not None:
            await connection.close()

    # ── segments ─────────────────────────────────────────────────────────────────────────

    async def _play(self, command: PlaySegment) -> list[Event]:
        self._stop_playing()
        connection = self.connection
        if connection is None or connection.playout is None:
            return []
        try:
            directory = await self._props.clip_directory(command.clip_id)
            clip = await self._props.shelf.clip(directory, connection.playout.video_codec or "h264")
        except (InterludeError, MediaError) as problem:
            log.error("segment cannot play", clip=command.clip_id, reason=problem.key)
            return [SegmentEnded(self._props.clock.now(), command.step_id)]
        connection.playout.play(clip, command.from_seconds)
        self._playing = self._spawn(self._follow_segment(connection, command.step_id))
        return []

    async def _follow_segment(self, connection: Connection, step_id: StepId) -> None:
        assert connection.playout is not None
        ending = await connection.playout.wait_finished()
        if ending is not Ending.STOPPED and self.connection is connection:
            await self._say(SegmentEnded(self._props.clock.now(), step_id))

    def _stop_playing(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            self._playing = None
        if self.connection is not None and self.connection.playout is not None:
            self.connection.playout.stop()

    # ── parts ────────────────────────────────────────────────────────────────────────────

    async def _start_part(self, command: StartPart, session_id: str) -> list[Event]:
        take_id, part = command.take_id, command.part
        nothing = PartEnded(self._props.clock.now(), take_id, part, 0.0)
        if self.connection is None:
            return [nothing]
        await self._props.takes.open(take_id, session_id, self._step_of[take_id])
        try:
            running = self._parts.start(take_id, part, self.connection.peer.inbound)
        except OSError as error:
            log.error("cannot record", take=take_id, reason=str(error))
            self._apologise()
            return [nothing]
        self._writing = self._spawn(self._follow_writer(running))
        return []

    async def _follow_writer(self, running: RunningPart) -> None:
        """A disk that fills up ends the part, not the take."""
        await running.writer.failed.wait()
        log.error("recorder gave up", take=running.take_id, reason=str(running.writer.failure))
        seconds = await self._parts.end(running.take_id, running.part)
        self._apologise()
        now = self._props.clock.now()
        await self._say(PartEnded(now, running.take_id, running.part, seconds))

    def _stop_following_writer(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    def _apologise(self) -> None:
        if (page := self._page()) is not None:
            text = "Something failed on our side. What you said is kept, and no try is used up."
            page.send(Problem(type="error", key="recorder_failed", text=text))

    # ── watchers ─────────────────────────────────────────────────────────────────────────

    async def admit_watcher(self, user_id: str, name: str, sdp_offer: str) -> tuple[Watcher, str]:
        """A new watcher of the running take; the caller has checked that watching is allowed."""
        assert self.connection is not None
        inbound = self.connection.peer.inbound
        watcher, sdp_answer = await self.watching.admit(user_id, name, sdp_offer, inbound)
        self._spawn(self.watching.follow(watcher, inbound))
        return watcher, sdp_answer

    def _tell_watchers(self, names: list[str]) -> None:
        if (page := self._page()) is not None:
            page.send(Watchers(type="watchers", names=names))

    # ── tasks ────────────────────────────────────────────────────────────────────────────

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        assert self._tasks is not None
        return self._tasks.create_task(work)

    async def _say(self, event: Event) -> None:
        assert self._tell is not None
        with suppress(InterludeError):  # the stage moved on; the director has ignored or refused it
            await self._tell(event)
