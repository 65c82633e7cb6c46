"""The thread between a candidate and the team: order, reading, unread counts, who is told."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.bus.local import LocalBus
from server.db.engine import Database
from server.errors import BadInput, Conflict, NotFound
from server.messages import store
from server.messages.store import MAX_LETTERS, Conversations
from tests.server.answers.rows import put_organization, put_session
from tests.server.fakes import FakeClock

KIM, LEE = "se_kim", "se_lee"


@pytest.fixture
async def bus() -> LocalBus:
    return LocalBus()


@pytest.fixture
async def conversations(database: Database, bus: LocalBus, clock: FakeClock) -> Conversations:
    """Kim with the organization `own`, Lee with `other`."""
    await put_organization(database, "own")
    await put_organization(database, "other")
    await put_session(database, "own", "kim")
    await put_session(database, "other", "lee")
    return Conversations(database, bus, clock)


async def heard(notices: AsyncIterator[bytes]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(await anext(notices))
    return told


async def test_messages_keep_the_order_in_which_they_were_said(
    conversations: Conversations,
) -> None:
    texts = [f"message {number}" for number in range(20)]
    for text in texts:  # all within one tick of the clock
        await conversations.say(KIM, "candidate", "Kim", text)
    thread = await conversations.of_session(KIM)
    assert [message.text for message in thread] == texts
    assert len({message.at for message in thread}) == 20


async def test_both_sides_are_told_of_a_message(
    conversations: Conversations, bus: LocalBus
) -> None:
    async with bus.subscribe("session:se_kim") as page, bus.subscribe("org:or_own") as console:
        said = await conversations.say(KIM, "candidate", "Kim", "  Is it hybrid?  ")
        expected = {"type": "message", "message": said.model_dump()}
        assert await heard(page) == expected
        assert await heard(console) == expected
    assert (said.text, said.sender, said.read) == ("Is it hybrid?", "candidate", False)


async def test_reading_marks_the_other_sides_messages_up_to_that_one(
    conversations: Conversations,
) -> None:
    first = await conversations.say(KIM, "team", "Ruth", "Welcome")
    await conversations.say(KIM, "candidate", "Kim", "Thanks")
    await conversations.say(KIM, "team", "Ruth", "Anything else?")
    await conversations.mark_read(KIM, "candidate", first.id)
    assert [message.read for message in await conversations.of_session(KIM)] == [
        True,
        False,
        False,
    ]


async def test_both_sides_are_told_of_a_reading_once(
    conversations: Conversations, bus: LocalBus
) -> None:
    said = await conversations.say(KIM, "candidate", "Kim", "Is it hybrid?")
    async with bus.subscribe("session:se_kim") as page, bus.subscribe("org:or_own") as console:
        await conversations.mark_read(KIM, "team", said.id)
        await conversations.mark_read(KIM, "team", said.id)
        await conversations.say(KIM, "team", "Ruth", "It is")
        told = {"type": "messages_read", "by": "team", "message_id": said.id}
        assert await heard(page) == told
        assert await heard(console) == {**told, "session_id": KIM}
        assert (await heard(page))["type"] == "message"
        assert (await heard(console))["type"] == "message"


async def test_the_list_counts_what_nobody_in_the_team_has_seen(
    conversations: Conversations, clock: FakeClock
) -> None:
    assert await conversations.of_organization("or_own") == []
    await conversations.say(KIM, "team", "Ruth", "Welcome")
    second = await conversations.say(KIM, "candidate", "Kim", "One")
    clock.advance(60)
    last = await conversations.say(KIM, "candidate", "Kim", "Two")
    (row,) = await conversations.of_organization("or_own")
    assert (row.session_id, row.candidate_name, row.interview_title) == (
        KIM,
        "kim",
        "Interview of own",
    )
    assert (row.last, row.unread) == (last, 2)
    await conversations.mark_read(KIM, "team", second.id)
    (row,) = await conversations.of_organization("or_own")
    assert row.unread == 1
    await conversations.mark_read(KIM, "candidate", last.id)
    (row,) = await conversations.of_organization("or_own")
    assert row.unread == 1


async def test_the_newest_conversation_comes_first(
    conversations: Conversations, database: Database, clock: FakeClock
) -> None:
    await put_session(database, "own", "ada")
    await conversations.say("se_ada", "candidate", "Ada", "Hello")
    clock.advance(60)
    await conversations.say(KIM, "candidate", "Kim", "Hello")
    rows = await conversations.of_organization("or_own")
    assert [row.session_id for row in rows] == [KIM, "se_ada"]


async def test_another_organization_sees_nothing_of_it(conversations: Conversations) -> None:
    await conversations.say(KIM, "candidate", "Kim", "Hello")
    assert await conversations.of_organization("or_other") == []
    with pytest.raises(NotFound):
        await conversations.require_session("or_other", KIM)
    with pytest.raises(NotFound):
        await conversations.require_session("or_own", "se_nobody")


async def test_a_message_of_another_thread_cannot_be_read_here(
    conversations: Conversations,
) -> None:
    foreign = await conversations.say(LEE, "candidate", "Lee", "Hello")
    with pytest.raises(NotFound):
        await conversations.mark_read(KIM, "team", foreign.id)
    (message,) = await conversations.of_session(LEE)
    assert not message.read


@pytest.mark.parametrize("text", ["", "   \n ", "x" * (MAX_LETTERS + 1)])
async def test_an_empty_or_endless_message_is_refused(
    conversations: Conversations, text: str
) -> None:
    with pytest.raises(BadInput):
        await conversations.say(KIM, "candidate", "Kim", text)
    assert await conversations.of_session(KIM) == []


async def test_nothing_is_said_in_a_session_that_is_not_there(
    conversations: Conversations,
) -> None:
    with pytest.raises(NotFound):
        await conversations.say("se_nobody", "candidate", "Kim", "Hello")


async def test_a_conversation_cannot_grow_without_end(
    conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MAX_MESSAGES", 3)
    for _ in range(3):
        await conversations.say(KIM, "candidate", "Kim", "Hello")
    with pytest.raises(Conflict):
        await conversations.say(KIM, "candidate", "Kim", "Hello")
    assert len(await conversations.of_session(KIM)) == 3
