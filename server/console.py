"""The console's socket: what changes in an organization, told to every recruiter who looks.

One way: the bus' notices are passed through as they are. A login that ended closes its sockets
within `CHECK_SECONDS`; a page that cannot keep up is closed and asks anew.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import WSCloseCode, web

from server import http
from server.accounts.store import LoggedIn
from server.bus.base import Bus, SubscriberTooSlow
from server.clock import Clock
from server.http.identity import LOGIN, cookie

HEARTBEAT_SECONDS = 15.0
CHECK_SECONDS = 15.0
MAX_MESSAGE_BYTES = 1024

FindLogin = Callable[[str], Awaitable[LoggedIn | None]]


class Console:
    """Owns the open sockets; `close()` tells every page to come back later."""

    def __init__(self, bus: Bus, find_login: FindLogin, clock: Clock) -> None:
        self._bus = bus
        self._find_login = find_login
        self._clock = clock
        self._sockets: set[web.WebSocketResponse] = set()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/console/events", self.handle)]

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        logged_in = http.account(request)
        token = cookie(request, LOGIN) or ""
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=MAX_MESSAGE_BYTES)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            async with self._bus.subscribe(f"org:{logged_in.organization_id}") as notices:
                await self._serve(socket, notices, token)
        finally:
            self._sockets.discard(socket)
            await socket.close()
        return socket

    async def close(self) -> None:
        sockets = list(self._sockets)
        going = (socket.close(code=WSCloseCode.GOING_AWAY) for socket in sockets)
        await asyncio.gather(*going, return_exceptions=True)

    async def _serve(
        self, socket: web.WebSocketResponse, notices: AsyncIterator[bytes], token: str
    ) -> None:
        """Until the page goes, falls behind, or its login has ended."""
        tasks = [
            asyncio.create_task(_pass_on(notices, socket)),
            asyncio.create_task(_ignore(socket)),
            asyncio.create_task(self._watch_login(token)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if tasks[2] in done:
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"logged out")
        elif any(isinstance(task.exception(), SubscriberTooSlow) for task in done):
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow")

    async def _watch_login(self, token: str) -> None:
        while await self._find_login(token) is not None:
            await self._clock.sleep(CHECK_SECONDS)


async def _pass_on(notices: AsyncIterator[bytes], socket: web.WebSocketResponse) -> None:
    async for notice in notices:
        await socket.send_str(notice.decode())


async def _ignore(socket: web.WebSocketResponse) -> None:
    """The page has nothing to say here; reading is what notices that it went."""
    async for _ in socket:
        pass
