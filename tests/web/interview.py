"""A server that exists only for the page: it says what a test wants said and hears what is wished.

Everything that travels is made of the product's own classes, so a page that passes here speaks the
product's protocol. Media goes to a real peer, since a page can tell.
"""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from playwright.async_api import Page, Route, WebSocketRoute
from pydantic import BaseModel

from media.clip import Clip
from media.errors import PeerLost
from media.ice import MediaPort
from media.peer import Peer
from media.playout import Playout
from server.http.guard import HEADERS
from server.interviews.script import ClipId, Question, Script, Segment, StepId
from server.sessions.protocol import ClipView, Consent, Hello, StateMessage
from server.sessions.stages import Stage, State, Take, TakeId

ORIGIN = "https://interview.example"
LINK = f"{ORIGIN}/i/abcdefghijkmnpqrstuvwxyz23"
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".html": "text/html",
}

SCRIPT = Script(
    steps=(
        Segment(StepId("st_1"), "Welcome to the workshop", ClipId("cl_1"), "history"),
        Question(
            StepId("st_2"),
            "Tell us about a piece of work you are proud of. What made it good?",
            takes=3,
        ),
        Segment(StepId("st_3"), "A walk through our office", ClipId("cl_2"), "office"),
        Question(
            StepId("st_4"),
            "How do you decide what not to build?",
            think_seconds=60,
            answer_seconds=90,
            takes=1,
        ),
    ),
    live_watching=True,
    reply_promise="Jonas answers within two working days.",
)
TAKES = (
    Take(TakeId("tk_1"), StepId("st_2"), (48.2,), status="done"),
    Take(TakeId("tk_2"), StepId("st_2"), (31.0, 40.5), status="done"),
    Take(TakeId("tk_3"), StepId("st_4"), (82.0,), status="done"),
)


def clip(number: int, title: str) -> ClipView:
    base = f"/api/clips/cl_{number}"
    return ClipView(
        id=ClipId(f"cl_{number}"),
        title=title,
        duration_seconds=60.0,
        url=f"{base}/file.mp4",
        poster_url=None,
        captions_url=f"{base}/captions.vtt",
    )


def hello(**changes: Any) -> Hello:
    """The first message of a socket; `changes` replace fields."""
    now = time.time()
    fields: dict[str, Any] = {
        "type": "hello",
        "now": now,
        "session_id": "se_1",
        "page_id": "pg_1",
        "candidate_name": "Mia Jansen",
        "organization_name": "Nordlicht Studio",
        "sender_name": "Jonas Weber",
        "interview_title": "Product designer, first conversation",
        "position_title": "Product designer",
        "closes_at": now + 5 * 86400,
        "script": SCRIPT,
        "clips": [clip(1, "Welcome to the workshop"), clip(2, "A walk through our office")],
        "consent": Consent(text_version="2026-11", live_watching=True, at=now),
        "conversation": [],
    }
    return Hello(**(fields | changes))


class Interview:
    """One page's server. `heard` are its wishes, in order; every connection is shown `clip`."""

    def __init__(self, pages: Path, clip: Clip) -> None:
        self.heard: list[dict[str, Any]] = []
        self.offers: list[str] = []
        self.sockets: list[str] = []
        self.restarts = 0
        self.opening: tuple[int, dict[str, str]] = (200, {"session_id": "se_1"})
        self.hello = hello()
        self.state = State()
        self._clip = clip
        self._pages = pages
        self._socket: WebSocketRoute | None = None
        self._news = asyncio.Condition()
        self._port: MediaPort | None = None
        self._peers: list[Peer] = []
        self._playouts: list[Playout] = []
        self._watch = asyncio.TaskGroup()

    async def __aenter__(self) -> "Interview":
        self._port = await MediaPort.open("127.0.0.1", 0, ["127.0.0.1"])
        await self._watch.__aenter__()
        return self

    async def __aexit__(self, *raised: Any) -> None:
        for playout in self._playouts:
            playout.close()
        for peer in self._peers:
            await peer.close()
        await self._watch.__aexit__(*raised)
        assert self._port is not None
        await self._port.close()

    async def install(self, page: Page) -> None:
        await page.route(f"{ORIGIN}/**", self._serve)
        await page.route_web_socket("**/events*", self._welcome)

    # ── what the server says ─────────────────────────────────────────────────────────────

    def say(self, message: BaseModel) -> None:
        assert self._socket is not None, "no page is there to be told"
        self._socket.send(message.model_dump_json())

    def show(self, stage: Stage, *, takes: tuple[Take, ...] = (), **changes: Any) -> None:
        """Changes the state as the director would, and tells the page."""
        known: dict[str, Any] = {"connected": self.state.connected}
        self.state = State(stage=stage, takes=takes, **(known | changes))
        if self._socket is not None:
            self.say(StateMessage(type="state", now=time.time(), state=self.state))

    async def lose_socket(self) -> None:
        assert self._socket is not None
        await self._socket.close()

    # ── what the page wishes ─────────────────────────────────────────────────────────────

    async def wish(self, kind: str) -> dict[str, Any]:
        """The next wish of that type, at most ten seconds away; it is then no longer in `heard`."""

        def found() -> dict[str, Any] | None:
            return next((wish for wish in self.heard if wish["type"] == kind), None)

        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: found() is not None)
        wish = found()
        assert wish is not None
        self.heard.remove(wish)
        return wish

    async def offered(self, count: int = 1) -> str:
        """The page's offer number `count`."""
        async with asyncio.timeout(20), self._news:
            await self._news.wait_for(lambda: len(self.offers) >= count)
        return self.offers[count - 1]

    async def welcomed(self, count: int) -> str:
        """The address of the page's socket number `count`."""
        async with asyncio.timeout(20), self._news:
            await self._news.wait_for(lambda: len(self.sockets) >= count)
        return self.sockets[count - 1]

    # ── behind the doors ─────────────────────────────────────────────────────────────────

    async def _welcome(self, socket: WebSocketRoute) -> None:
        self._socket = socket
        async with self._news:
            self.sockets.append(socket.url)
            self._news.notify_all()
        socket.on_message(self._hear)
        self.say(self.hello)
        self.say(StateMessage(type="state", now=time.time(), state=self.state))

    async def _hear(self, text: str | bytes) -> None:
        async with self._news:
            self.heard.append(json.loads(text))
            self._news.notify_all()

    async def _serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        if path.startswith("/i/"):
            await self._file(route, "candidate.html")
        elif path.startswith("/assets/"):
            await self._file(route, path.removeprefix("/"))
        elif path == "/api/invitations/open":
            status, answer = self.opening
            kind = "application/json" if status == 200 else "application/problem+json"
            await route.fulfill(status=status, body=json.dumps(answer), content_type=kind)
        elif path.endswith("/connections"):
            await self._connect(route)
        elif path.endswith("captions.vtt"):
            text = "WEBVTT\n\n00:00.000 --> 00:59.000\nThis is where it all began."
            await route.fulfill(body=text, content_type="text/vtt")
        elif route.request.method == "PATCH":
            await self._restart_ice(route, path)
        elif route.request.method == "DELETE":
            await route.fulfill(status=204)
        else:
            await route.fulfill(status=404)

    async def _file(self, route: Route, name: str) -> None:
        file = self._pages / name
        await route.fulfill(
            body=file.read_bytes(), headers=HEADERS, content_type=TYPES[file.suffix]
        )

    async def _connect(self, route: Route) -> None:
        sdp_offer = route.request.post_data or ""
        async with self._news:
            self.offers.append(sdp_offer)
            self._news.notify_all()
        assert self._port is not None
        peer = Peer(self._port, receive=True, send=True)
        self._peers.append(peer)
        sdp_answer = await peer.answer(sdp_offer)
        self._watch.create_task(self._flow(peer))
        headers = {"Location": f"/api/sessions/se_1/connections/{peer.id}"}
        await route.fulfill(
            status=201, body=sdp_answer, headers=headers, content_type="application/sdp"
        )

    async def _restart_ice(self, route: Route, path: str) -> None:
        peer = next(peer for peer in self._peers if path.endswith(f"/{peer.id}"))
        self.restarts += 1
        fragment = peer.restart_ice(route.request.post_data or "")
        await route.fulfill(body=fragment, content_type="application/trickle-ice-sdpfrag")

    async def _flow(self, peer: Peer) -> None:
        """Once media flows the page is told so, and the clip plays."""
        try:
            await peer.wait_connected()
        except PeerLost:
            return
        state = self.state
        self.show(state.stage, takes=state.takes, answers=state.answers, connected=True)
        playout = Playout(peer.outbound)
        self._playouts.append(playout)
        playout.play(self._clip)
