"""`interlude candidate LINK`: sits a whole interview by itself, through the same doors as a page.

It opens the link, consents, connects, listens to the segments, answers each question for a given
time, chooses, submits, and reports what it lived through. What it may do next it reads from the
state it is sent, as the page does.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from pydantic import BaseModel, TypeAdapter

from media.synthetic import SyntheticPeer
from server.errors import BadInput, Unavailable
from server.sessions.protocol import (
    CONSENT_VERSION,
    ChooseTake,
    ContinueAnswer,
    GiveConsent,
    Hello,
    PassCheck,
    Problem,
    ServerMessage,
    StartAnswer,
    StateMessage,
    StopAnswer,
    Submit,
)
from server.sessions.stages import (
    Checking,
    Choosing,
    Interrupted,
    Lobby,
    Playing,
    Recording,
    Reviewing,
    Stage,
    State,
    Submitted,
    Thinking,
)

Socket = aiohttp.ClientWebSocketResponse
MESSAGE: TypeAdapter[ServerMessage] = TypeAdapter(ServerMessage)


@dataclass(frozen=True, slots=True)
class Habits:
    """How this candidate behaves."""

    audio: Path
    video: Path
    answer_seconds: float = 10.0
    codec: str = "VP8"
    live_watching: bool = True
    limit_seconds: float = 900.0


@dataclass(slots=True)
class Report:
    """What it lived through. `stages`: in order; frames: decoded ones that it was sent."""

    session_id: str = ""
    stages: list[str] = field(default_factory=list)
    takes: list[str] = field(default_factory=list)
    audio_frames: int = 0
    video_frames: int = 0
    problems: list[str] = field(default_factory=list)
    submitted: bool = False


class SyntheticCandidate:
    """`await run()` sits the interview behind `link` and returns the report.

    Raises BadInput for a link that is not an invitation of that server, Unavailable when it does
    not come to the end within `limit_seconds`.
    """

    def __init__(
        self, link: str, habits: Habits, said: Callable[[str], None] = lambda _: None
    ) -> None:
        parts = urlsplit(link)
        if parts.scheme not in ("http", "https") or not parts.path.startswith("/i/"):
            raise BadInput("not_a_link", "Give the invitation's link: https://…/i/…")
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._token = parts.path.removeprefix("/i/")
        self._habits = habits
        self._said = said
        self.report = Report()

    async def run(self) -> Report:
        jar = aiohttp.CookieJar(unsafe=True)
        try:
            async with (
                asyncio.timeout(self._habits.limit_seconds),
                aiohttp.ClientSession(self._base, cookie_jar=jar) as http,
            ):
                await self._open(http)
                address = f"/api/sessions/{self.report.session_id}/events"
                async with http.ws_connect(address) as socket:
                    await _Sitting(http, socket, self._habits, self.report, self._said).run()
        except TimeoutError:
            raise Unavailable("too_slow", "The interview did not end within the limit.") from None
        return self.report

    async def _open(self, http: aiohttp.ClientSession) -> None:
        """Asks again each second while the server is still preparing the clips."""
        while True:
            async with http.post("/api/invitations/open", json={"token": self._token}) as answer:
                if answer.status == HTTPStatus.OK:
                    self.report.session_id = (await answer.json())["session_id"]
                    return
                if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                    text = f"The server refuses this link ({answer.status})."
                    raise BadInput("link_refused", text)
            await asyncio.sleep(1.0)


@dataclass(slots=True)
class _Sitting:
    """One socket's worth of it: hears the server and does the next thing."""

    http: aiohttp.ClientSession
    socket: Socket
    habits: Habits
    report: Report
    said: Callable[[str], None]
    page_id: str = ""
    stage: Stage | None = None
    peer: SyntheticPeer | None = None
    speaking: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until submitted, or until the server closes the socket."""
        try:
            async for message in self.socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                await self._hear(MESSAGE.validate_json(message.data))
                if self.report.submitted:
                    break
        finally:
            await self._hang_up()

    async def _hear(self, message: ServerMessage) -> None:
        match message:
            case Hello(page_id=page_id):
                self.page_id = page_id
            case StateMessage(state=state) if state.stage != self.stage:
                self.stage = state.stage
                self.report.stages.append(state.stage.kind)
                self.said(state.stage.kind)
                await self._act(state)
            case Problem(key=key):
                self.report.problems.append(key)

    async def _act(self, state: State) -> None:
        match state.stage:
            case Lobby():
                await self._send(_consent(self.habits))
            case Checking():
                await self._connect()
                await self._send(PassCheck(type="check_passed"))
            case Playing():
                await self._connect()
            case Thinking(step_id=step_id):
                await self._connect()
                await self._send(StartAnswer(type="start_answer", step_id=step_id))
            case Recording(take_id=take_id):
                self.report.takes.append(take_id)
                self._stop_speaking()
                self.speaking = asyncio.create_task(self._speak(state.stage))
            case Interrupted(take_id=take_id):
                await self._connect()
                await self._send(ContinueAnswer(type="continue_answer", take_id=take_id))
            case Choosing(step_id=step_id):
                last = [take.id for take in state.takes if take.step_id == step_id][-1]
                await self._send(ChooseTake(type="choose_take", step_id=step_id, take_id=last))
            case Reviewing():
                await self._send(Submit(type="submit"))
            case Submitted():
                self.report.submitted = True

    async def _speak(self, stage: Recording) -> None:
        """Speaks for its time; the server may stop it earlier."""
        await asyncio.sleep(self.habits.answer_seconds)
        if self.stage == stage and not self.socket.closed:
            await self._send(StopAnswer(type="stop_answer", take_id=stage.take_id))

    def _stop_speaking(self) -> None:
        if self.speaking is not None:
            self.speaking.cancel()

    async def _connect(self) -> None:
        """Once; later calls do nothing."""
        if self.peer is not None:
            return
        habits = self.habits
        try:
            self.peer = SyntheticPeer(habits.audio, habits.video, codec=habits.codec)
        except ValueError as error:
            raise BadInput("not_media", str(error)) from None
        address = f"/api/sessions/{self.report.session_id}/connections?page={self.page_id}"
        headers = {"Content-Type": "application/sdp"}
        offer = await self.peer.offer()
        async with self.http.post(address, data=offer.encode(), headers=headers) as answer:
            text = await answer.text()
            if answer.status != 201:
                raise BadInput("connection_refused", f"The server refuses the offer: {text}")
        await self.peer.accept(text)
        await self.peer.wait_connected()

    async def _hang_up(self) -> None:
        self._stop_speaking()
        if self.peer is not None:
            self.report.audio_frames = self.peer.received.audio_frames
            self.report.video_frames = self.peer.received.video_frames
            await self.peer.close()

    async def _send(self, wish: BaseModel) -> None:
        await self.socket.send_str(wish.model_dump_json())


def _consent(habits: Habits) -> GiveConsent:
    return GiveConsent(
        type="consent",
        text_version=CONSENT_VERSION,
        locale="en",
        live_watching=habits.live_watching,
    )
