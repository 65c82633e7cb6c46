"""The team's requests about conversations."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient, TestServer

from server.accounts.store import LoggedIn
from server.bus.local import LocalBus
from server.config import Settings
from server.db.engine import Database
from server.http.application import application
from server.messages import api
from server.messages.store import Conversations
from tests.server.answers.rows import put_organization, put_session
from tests.server.conftest import Client
from tests.server.fakes import FakeClock

RUTH = {"Cookie": "interlude_login=own"}
EVE = {"Cookie": "interlude_login=other"}
THREAD = "/api/sessions/se_kim/messages"


async def find_login(token: str) -> LoggedIn | None:
    return LoggedIn("us_1", f"or_{token}", "Ruth", "lo_1")


async def find_session(token: str) -> str | None:
    return token


@pytest.fixture
async def conversations(database: Database, clock: FakeClock) -> Conversations:
    await put_organization(database, "own")
    await put_organization(database, "other")
    await put_session(database, "own", "kim")
    return Conversations(database, LocalBus(), clock)


@pytest.fixture
async def client(conversations: Conversations, settings: Settings) -> AsyncIterator[Client]:
    app = application(settings, find_login, find_session)
    app.add_routes(api.routes(conversations))
    async with TestClient(TestServer(app)) as running:
        yield running


async def test_the_team_answers_under_its_own_name(
    client: Client, conversations: Conversations
) -> None:
    asked = await conversations.say("se_kim", "candidate", "Kim", "Is it hybrid?")
    answer = await client.post(THREAD, json={"text": "It is"}, headers=RUTH)
    said = await answer.json()
    assert answer.status == 201
    assert (said["sender"], said["sender_name"], said["text"]) == ("team", "Ruth", "It is")
    thread = await (await client.get(THREAD, headers=RUTH)).json()
    assert [message["id"] for message in thread] == [asked.id, said["id"]]


async def test_reading_empties_the_unread_count(
    client: Client, conversations: Conversations
) -> None:
    asked = await conversations.say("se_kim", "candidate", "Kim", "Is it hybrid?")
    rows = await (await client.get("/api/conversations", headers=RUTH)).json()
    assert [row["unread"] for row in rows] == [1]
    read = await client.post(f"{THREAD}/read", json={"message_id": asked.id}, headers=RUTH)
    assert read.status == 204
    rows = await (await client.get("/api/conversations", headers=RUTH)).json()
    assert [row["unread"] for row in rows] == [0]


async def test_another_organization_gets_404_everywhere(
    client: Client, conversations: Conversations
) -> None:
    asked = await conversations.say("se_kim", "candidate", "Kim", "Is it hybrid?")
    assert await (await client.get("/api/conversations", headers=EVE)).json() == []
    answers = [
        await client.get(THREAD, headers=EVE),
        await client.post(THREAD, json={"text": "x"}, headers=EVE),
        await client.post(f"{THREAD}/read", json={"message_id": asked.id}, headers=EVE),
    ]
    assert [answer.status for answer in answers] == [404, 404, 404]
    assert len(await conversations.of_session("se_kim")) == 1


@pytest.mark.parametrize("headers", [{}, {"Cookie": "interlude_candidate=se_kim"}])
async def test_without_a_login_there_is_nothing(client: Client, headers: dict[str, str]) -> None:
    assert (await client.get("/api/conversations", headers=headers)).status == 401
    assert (await client.get(THREAD, headers=headers)).status == 401
    assert (await client.post(THREAD, json={"text": "x"}, headers=headers)).status == 401


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": "   "}, {"text": "x" * 4001}, {"text": 1}, {"words": "x"}]
)
async def test_a_bad_message_is_400_and_not_stored(
    client: Client, conversations: Conversations, body: dict[str, object]
) -> None:
    answer = await client.post(THREAD, json=body, headers=RUTH)
    assert answer.status == 400
    assert await conversations.of_session("se_kim") == []
