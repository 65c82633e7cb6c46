"""The console's socket: who gets which notices, and when it ends."""

import asyncio

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestClient, TestServer

from server.accounts.store import LoggedIn
from server.bus.base import QUEUED_NOTICES
from server.bus.local import LocalBus
from server.console import CHECK_SECONDS, Console
from server.http.guard import SECURE
from server.http.identity import LOGGED_IN
from tests.server.clips.making import upload
from tests.server.conftest import Client
from tests.server.fakes import FakeClock
from tests.server.waiting import until_async

SOON = 10.0


async def close_code(socket: ClientWebSocketResponse) -> int | None:
    """How the server ended it."""
    async with asyncio.timeout(SOON):
        while True:
            message = await socket.receive()
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING):
                return socket.close_code


async def test_notices_reach_the_own_organization_only(owner: Client, rival: Client) -> None:
    own = await owner.ws_connect("/api/console/events")
    other = await rival.ws_connect("/api/console/events")
    row = await upload(owner)
    async with asyncio.timeout(SOON):
        notice = await own.receive_json()
    assert (notice["type"], notice["clip"]["id"]) == ("clip", row["id"])
    with pytest.raises(TimeoutError):
        await other.receive(timeout=0.2)
    await own.close()
    await other.close()


async def test_strangers_and_other_sites_are_refused(owner: Client, stranger: Client) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await stranger.ws_connect("/api/console/events")
    assert refused.value.status == 401
    with pytest.raises(WSServerHandshakeError) as refused:
        await owner.ws_connect("/api/console/events", origin="https://evil.example")
    assert refused.value.status == 403
    plain = await owner.get("/api/console/events")
    assert plain.status == 400


async def test_what_a_page_says_is_ignored_and_too_much_ends_the_socket(owner: Client) -> None:
    socket = await owner.ws_connect("/api/console/events")
    await socket.send_str("rubbish {")
    await socket.send_bytes(b"\x00\xff")
    row = await upload(owner)
    async with asyncio.timeout(SOON):
        assert (await socket.receive_json())["clip"]["id"] == row["id"]
    await socket.send_str("x" * 100_000)
    assert await close_code(socket) == 1009


async def test_a_login_that_ended_ends_its_sockets(owner: Client, clock: FakeClock) -> None:
    socket = await owner.ws_connect("/api/console/events")
    ended = asyncio.create_task(close_code(socket))
    assert (await owner.delete("/api/logins/current")).status == 204

    async def noticed() -> bool:
        clock.advance(CHECK_SECONDS)
        return ended.done()

    await until_async(noticed)
    assert await ended == 1008


async def test_a_page_that_cannot_keep_up_is_closed(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus, told = LocalBus(), asyncio.Event()
    someone = LoggedIn("us_a", "or_a", "Ruth", "lg_a")

    async def find_login(_token: str) -> LoggedIn:
        return someone

    async def send(_socket: web.WebSocketResponse, _text: str) -> None:
        """The first notice is on its way while too many others pile up behind it."""
        for number in range(QUEUED_NOTICES + 1):
            bus.deliver("org:or_a", b"%d" % number)
        told.set()

    async def serve(request: web.Request) -> web.WebSocketResponse:
        request[LOGGED_IN] = someone
        return await Console(bus, find_login, clock).handle(request)

    monkeypatch.setattr(web.WebSocketResponse, "send_str", send)
    app = web.Application()
    app[SECURE] = False
    app.add_routes([web.get("/", serve)])
    async with TestClient(TestServer(app)) as client:
        socket = await client.ws_connect("/")

        async def subscribed() -> bool:
            return bus.subscribers("org:or_a") == 1

        await until_async(subscribed)
        bus.deliver("org:or_a", b"the first")
        assert await close_code(socket) == 1013
    assert told.is_set()


async def test_the_servers_end_is_told(owner: Client, server: TestServer) -> None:
    socket = await owner.ws_connect("/api/console/events")
    ended = asyncio.create_task(close_code(socket))
    await server.close()
    assert await ended == 1001
