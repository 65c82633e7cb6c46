"""One sitting, live: the director's shell. One task, one inbox, one owner of the state.

Every event goes through the inbox; the new state is stored first, then its commands are carried
out by the stage hand, then the page is told. What a command brings about (a part that ended, say)
comes back as an event. When nobody is there any more the session ends its task; it is resumed by
reading its record.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

import structlog

from server.clock import Clock
from server.errors import InterludeError, TooMany, Unavailable, UnexpectedEvent
from server.ids import new_id
from server.sessions.director import Impossible, advance, deadline_of, restore
from server.sessions.page import Page
from server.sessions.protocol import Consent, Moved, StateMessage
from server.sessions.stagehand import StageHand
from server.sessions.stages import DeadlineReached, Event, State, TakeId
from server.sessions.store import SessionRecord, SessionStore

log = structlog.get_logger(__name__)

MAX_INBOX = 256
IDLE_SECONDS = 30.0

REFUSALS = {
    "not_now": "That is not possible at this step.",
    "not_connected": "Your camera is not connected yet. Please wait a moment and try again.",
    "no_takes_left": "You have used all the tries for this question. Please pick one of them.",
    "other_question": "That question is not open now.",
    "still_saving": "We are still saving what you said. Please try again in a moment.",
    "no_such_take": "That take is not there to choose.",
    "take_over": "That take is finished.",
}

CLOSED = Unavailable("session_closed", "This session was closed. Please reload the page.")


@dataclass(frozen=True, slots=True)
class _Letter:
    event: Event
    done: asyncio.Future[None]

    def refuse(self, error: InterludeError) -> None:
        """Tells the sender, if there still is one; a timer's letter has none."""
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()


class Session:
    """Owned by the registry, which runs `run()` and closes it."""

    def __init__(
        self,
        record: SessionRecord,
        *,
        store: SessionStore,
        stage_hand: StageHand,
        clock: Clock,
        changed: Callable[[str], Awaitable[None]],
        recovered: Mapping[tuple[TakeId, int], float],
    ) -> None:
        self.record = record
        self.state = record.state
        self.page: Page | None = None
        self.page_id: str | None = None
        self.stage_hand = stage_hand
        self._store = store
        self._clock = clock
        self._changed = changed
        self._recovered = recovered
        self._inbox: asyncio.Queue[_Letter] = asyncio.Queue(MAX_INBOX)
        self._closed = False
        self._resumed = asyncio.Event()

    # ── what others may ask of it ────────────────────────────────────────────────────────

    async def tell(self, event: Event) -> None:
        """Lets the director decide; returns when its commands are carried out.

        Raises UnexpectedEvent when the stage does not allow it, TooMany when the inbox is full.
        """
        if self._closed:
            raise CLOSED
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            self._inbox.put_nowait(_Letter(event, done))
        except asyncio.QueueFull:
            raise TooMany("too_many_events", "Too many messages at once. Please wait.") from None
        await done

    async def claim(self, page: Page) -> None:
        """This page is the one from now on; another one is told, and its media ends.

        The same page with a new socket keeps its media.
        """
        former, self.page = self.page, page
        moved, self.page_id = self.page_id != page.id, page.id
        if former is not None and not moved:
            former.close()
        elif former is not None:
            former.move(Moved(type="moved"))
        if moved:
            await self.stage_hand.drop_connection()

    def leave(self, page: Page) -> None:
        if self.page is page:
            self.page = None

    def set_consent(self, consent: Consent) -> None:
        self.record = replace(self.record, consent=consent)

    def set_watching_ended(self) -> None:
        self.record = replace(self.record, watching_ended=True)

    @property
    def closed(self) -> bool:
        return self._closed

    async def resumed(self) -> None:
        """Waits until what an earlier life left open is settled."""
        await self._resumed.wait()

    async def revoke(self) -> None:
        """The invitation was withdrawn: nobody may go on with it."""
        self.record = replace(self.record, revoked=True)
        if self.page is not None:
            self.page.close()
        await self.stage_hand.drop_connection()

    async def retire(self) -> None:
        """The server stops: what runs is closed as if the line had failed, and kept."""
        await self.stage_hand.drop_connection()

    def tell_page(self) -> None:
        """Sends the state as it is now."""
        if self.page is not None:
            now = self._clock.now()
            self.page.send(StateMessage(type="state", now=now, state=self.state))

    # ── its own task ─────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Until nobody is there, or cancelled. A session that fails is resumed by its record."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self.stage_hand.begin(tasks, self.tell)
                await self._resume()
                await self._serve()
                await self.stage_hand.close()
        finally:
            self._closed = True
            self._resumed.set()
            await self.stage_hand.close()
            self._refuse_waiting()
            if self.page is not None:
                self.page.close()

    async def _resume(self) -> None:
        """What an earlier life of this session left open is closed, with what was recovered."""
        now = self._clock.now()
        state, commands = restore(self.record.script, self.state, self._recovered, now)
        await self._enter(state)
        for command in commands:
            await self.stage_hand.perform(command, self.record.id)
        self._resumed.set()

    async def _serve(self) -> None:
        while True:
            letter = await self._next_letter()
            if letter is not None:
                await self._deliver(letter)
            elif self._is_idle():
                self._closed = True
                return

    def _is_idle(self) -> bool:
        return self.page is None and self.stage_hand.is_idle() and deadline_of(self.state) is None

    async def _next_letter(self) -> _Letter | None:
        """The next letter: of the inbox or of the timer; None after a while without either."""
        deadline = deadline_of(self.state)
        if not self._inbox.empty():
            return self._inbox.get_nowait()
        wait = IDLE_SECONDS if deadline is None else max(0.0, deadline.at - self._clock.now())
        letter = asyncio.ensure_future(self._inbox.get())
        timer = asyncio.ensure_future(self._clock.sleep(wait))
        try:
            await asyncio.wait({letter, timer}, return_when=asyncio.FIRST_COMPLETED)
            if letter.done():
                return letter.result()
        finally:
            letter.cancel()
            timer.cancel()
        if deadline is None:
            return None
        event = DeadlineReached(self._clock.now(), deadline.about, TakeId(new_id("tk")))
        return _Letter(event, asyncio.get_running_loop().create_future())

    async def _deliver(self, letter: _Letter) -> None:
        try:
            await self._handle(letter.event)
        except Impossible as refusal:
            text = REFUSALS.get(refusal.key, REFUSALS["not_now"])
            letter.refuse(UnexpectedEvent(refusal.key, text))
        except BaseException:
            letter.refuse(CLOSED)
            raise
        else:
            if not letter.done.done():
                letter.done.set_result(None)

    async def _handle(self, event: Event) -> None:
        following = [event]
        while following:
            state, commands = advance(self.record.script, self.state, following.pop(0))
            await self._enter(state)
            for command in commands:
                following += await self.stage_hand.perform(command, self.record.id)

    async def _enter(self, state: State) -> None:
        if state == self.state:
            return
        await self._store.save_state(self.record.id, state)
        self.state = state
        log.info("stage", session=self.record.id, stage=state.stage.kind)
        self.stage_hand.stage_changed(state)
        self.tell_page()
        await self._changed(self.record.id)

    def _refuse_waiting(self) -> None:
        while not self._inbox.empty():
            self._inbox.get_nowait().refuse(CLOSED)
