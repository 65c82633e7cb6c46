"""A candidate in front of the running server: invited, cookie in hand, on the landing page."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import ClientWebSocketResponse
from pydantic import BaseModel, TypeAdapter

from server.interviews.script import Question, Script, StepId
from server.interviews.store import SCRIPT
from server.sessions.protocol import CONSENT_VERSION, GiveConsent, Hello, ServerMessage
from tests.server.conftest import Client, MakeClient

MESSAGE: TypeAdapter[ServerMessage] = TypeAdapter(ServerMessage)
QUESTION = Question(StepId("q1"), "What would you like to build?", answer_seconds=20)


@dataclass(slots=True)
class Socket:
    """A page's socket, as the page sees it."""

    raw: ClientWebSocketResponse
    hello: Hello

    async def hear(self) -> ServerMessage:
        return MESSAGE.validate_json(await self.raw.receive_str())

    async def hear_type(self, kind: str) -> ServerMessage:
        """The next message of that type; others before it are passed over."""
        while True:
            message = await self.hear()
            if message.type == kind:
                return message

    async def say(self, message: BaseModel) -> None:
        await self.raw.send_str(message.model_dump_json())

    async def consent(self, *, live_watching: bool = True) -> None:
        given = GiveConsent(
            type="consent",
            text_version=CONSENT_VERSION,
            locale="en",
            live_watching=live_watching,
        )
        await self.say(given)
        await self.hear_type("state")
        await self.hear_type("state")


@dataclass(slots=True)
class Seat:
    """One candidate's browser."""

    client: Client
    session_id: str

    @asynccontextmanager
    async def socket(self, page_id: str | None = None) -> AsyncIterator[Socket]:
        query = "" if page_id is None else f"?page={page_id}"
        address = f"/api/sessions/{self.session_id}/events{query}"
        async with self.client.ws_connect(address) as raw:
            hello = MESSAGE.validate_json(await raw.receive_str())
            assert isinstance(hello, Hello)
            yield Socket(raw, hello)

    async def offer(self, body: str | bytes, page_id: str, **headers: str) -> tuple[int, str]:
        """Posts an offer; the status and the problem's key (or the answer's text)."""
        address = f"/api/sessions/{self.session_id}/connections?page={page_id}"
        headers = {"Content-Type": "application/sdp", **headers}
        async with self.client.post(address, data=body, headers=headers) as answer:
            text = await answer.text()
            return answer.status, json.loads(text)["key"] if answer.status >= 400 else text


MakeSeat = Callable[[], Awaitable[Seat]]


@pytest.fixture
async def interview_id(owner: Client) -> str:
    """One question, live watching allowed, published."""
    new = {"title": "Ten minutes with us", "position_title": "Optical engineer"}
    page = await (await owner.post("/api/interviews", json=new)).json()
    script = Script((QUESTION,), live_watching=True)
    draft = {**new, "draft": json.loads(SCRIPT.dump_json(script))}
    address = f"/api/interviews/{page['id']}"
    assert (await owner.put(f"{address}/draft", json=draft)).status == 200
    assert (await owner.post(f"{address}/publish")).status == 200
    return str(page["id"])


@pytest.fixture
async def link(owner: Client, interview_id: str) -> str:
    """An invitation to the interview."""
    address = f"/api/interviews/{interview_id}/invitations"
    async with owner.post(address, json={"candidate_name": "Kim", "days": 7}) as answer:
        return str((await answer.json())["link"])


@pytest.fixture
def take_seat(owner: Client, interview_id: str, new_client: MakeClient) -> MakeSeat:
    """Invites and opens, in a browser of its own."""

    async def take() -> Seat:
        address = f"/api/interviews/{interview_id}/invitations"
        invited = await owner.post(address, json={"candidate_name": "Kim", "days": 7})
        token = (await invited.json())["link"].rpartition("/")[2]
        client = await new_client()
        opened = await client.post("/api/invitations/open", json={"token": token})
        assert opened.status == 200, await opened.text()
        return Seat(client, (await opened.json())["session_id"])

    return take


@pytest.fixture
async def seat(take_seat: MakeSeat) -> Seat:
    return await take_seat()
