"""The shell around the director: stored first, then carried out, then told; one owner, one inbox."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from pydantic import TypeAdapter

from server.db.engine import Database
from server.errors import UnexpectedEvent
from server.sessions.page import Page
from server.sessions.protocol import Moved, ServerMessage, StateMessage
from server.sessions.session import IDLE_SECONDS, Session
from server.sessions.stages import (
    AnswerStarted,
    CheckPassed,
    Choosing,
    Connected,
    Consented,
    EndPart,
    Interrupted,
    PlaySegment,
    ProcessTake,
    Recording,
    SegmentEnded,
    StartPart,
    State,
    SubmitRequested,
    Take,
    TakeId,
)
from server.sessions.store import SessionStore
from tests.server.fakes import FakeClock
from tests.server.sessions.fakes import FakeStageHand, as_stage_hand
from tests.server.sessions.playbook import FIRST, WELCOME, tk
from tests.server.sessions.rows import SESSION_ID, put_session

MESSAGE: TypeAdapter[ServerMessage] = TypeAdapter(ServerMessage)


@asynccontextmanager
async def running(
    database: Database,
    clock: FakeClock,
    hand: FakeStageHand,
    recovered: dict[tuple[TakeId, int], float] | None = None,
) -> AsyncIterator[Session]:
    store = SessionStore(database, clock)

    async def changed(_session_id: str) -> None:
        return

    session = Session(
        await store.load(SESSION_ID),
        store=store,
        stage_hand=as_stage_hand(hand),
        clock=clock,
        changed=changed,
        recovered=recovered or {},
    )
    runner = asyncio.ensure_future(session.run())
    await session.resumed()
    try:
        yield session
    finally:
        runner.cancel()
        with suppress(asyncio.CancelledError, ExceptionGroup):
            await runner


async def to_first_question(session: Session) -> None:
    await session.tell(Consented(0.0))
    await session.tell(Connected(1.0))
    await session.tell(CheckPassed(2.0))
    await session.tell(SegmentEnded(3.0, WELCOME.id))


async def until(kind: str, session: Session, clock: FakeClock) -> None:
    """Lets time pass until the session's stage is of that kind; fails after an hour of it."""
    for _ in range(3600):
        if session.state.stage.kind == kind:
            return
        await asyncio.sleep(0.001)
        clock.advance(1.0)
    raise AssertionError(f"still in {session.state.stage.kind}, not {kind}")


async def test_a_state_is_stored_before_its_commands_are_carried_out(
    database: Database, clock: FakeClock
) -> None:
    await put_session(database)
    hand = FakeStageHand(breaks_on=PlaySegment)
    with suppress(ExceptionGroup):
        async with running(database, clock, hand) as session:
            await session.tell(Consented(0.0))
            await session.tell(Connected(1.0))
            with suppress(Exception):
                await session.tell(CheckPassed(2.0))
    stored = await SessionStore(database, clock).load(SESSION_ID)
    assert stored.state.stage.kind == "playing"


async def test_the_servers_clock_starts_and_ends_a_take(
    database: Database, clock: FakeClock
) -> None:
    await put_session(database)
    hand = FakeStageHand()
    async with running(database, clock, hand) as session:
        await to_first_question(session)
        await session.tell(AnswerStarted(clock.now(), FIRST.id, tk("1")))
        await until("recording", session, clock)
        assert isinstance(session.state.stage, Recording)
        deadline = session.state.stage.deadline
        await until("choosing", session, clock)
        assert clock.now() >= deadline
    assert hand.commands[-3:] == [
        StartPart(tk("1"), 1),
        EndPart(tk("1"), 1),
        ProcessTake(tk("1")),
    ]
    assert session.state.take(tk("1")).seconds == hand.seconds


async def test_a_refused_wish_tells_why_and_changes_nothing(
    database: Database, clock: FakeClock
) -> None:
    await put_session(database)
    async with running(database, clock, FakeStageHand()) as session:
        with pytest.raises(UnexpectedEvent) as refused:
            await session.tell(SubmitRequested(1.0))
    assert refused.value.key == "not_now"
    assert session.state == State()


async def test_a_restarted_server_finds_the_take_with_what_was_recovered(
    database: Database, clock: FakeClock
) -> None:
    open_take = Take(tk("1"), FIRST.id, (), 1)
    recording = Recording(FIRST.id, tk("1"), 1, 10.0, 70.0, 80.0)
    await put_session(database, State(recording, True, (open_take,)))
    async with running(database, clock, FakeStageHand(), {(tk("1"), 1): 7.5}) as session:
        assert session.state.stage == Interrupted(FIRST.id, tk("1"))
        assert session.state.take(tk("1")).seconds == 7.5
    stored = await SessionStore(database, clock).load(SESSION_ID)
    assert stored.state == session.state


async def test_resuming_says_finished_takes_again(database: Database, clock: FakeClock) -> None:
    done = Take(tk("1"), FIRST.id, (9.0,), None, "done")
    await put_session(database, State(Choosing(FIRST.id), False, (done,)))
    hand = FakeStageHand()
    async with running(database, clock, hand):
        assert hand.commands == [ProcessTake(tk("1"))]


async def test_the_newest_page_claims_the_session(database: Database, clock: FakeClock) -> None:
    await put_session(database)
    hand = FakeStageHand()
    async with running(database, clock, hand) as session:
        first, second = Page(), Page()
        await session.claim(first)
        dropped = hand.dropped
        await session.claim(second)
        moved = MESSAGE.validate_json(await first.next_text() or "")
        assert isinstance(moved, Moved)
        assert await first.next_text() is None
        assert hand.dropped == dropped + 1


async def test_the_same_page_with_a_new_socket_keeps_its_media(
    database: Database, clock: FakeClock
) -> None:
    await put_session(database)
    hand = FakeStageHand()
    async with running(database, clock, hand) as session:
        first = Page()
        await session.claim(first)
        dropped = hand.dropped
        await session.claim(Page(first.id))
        assert hand.dropped == dropped
        assert await first.next_text() is None


async def test_every_change_is_told_to_the_page(database: Database, clock: FakeClock) -> None:
    await put_session(database)
    async with running(database, clock, FakeStageHand()) as session:
        page = Page()
        await session.claim(page)
        await session.tell(Consented(0.0))
        told = MESSAGE.validate_json(await page.next_text() or "")
        assert isinstance(told, StateMessage)
        assert told.state == session.state


async def test_a_session_with_nobody_in_it_ends(database: Database, clock: FakeClock) -> None:
    await put_session(database)
    async with running(database, clock, FakeStageHand()) as session:
        for _ in range(2000):
            clock.advance(IDLE_SECONDS)
            await asyncio.sleep(0.001)
            if session.closed:
                break
        assert session.closed
