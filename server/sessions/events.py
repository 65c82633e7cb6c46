"""The candidate's socket: the server speaks first, then wishes come in and states go out.

The newest socket claims the session. Garbage is answered with an `error` message; a page that
floods is closed; a page that is silent is kept alive by pings.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

import structlog
from aiohttp import WSMsgType, web

from server import http
from server.bus.base import Bus
from server.clock import Clock
from server.errors import Gone, InterludeError, TooMany
from server.messages.store import Conversations
from server.sessions.page import Page
from server.sessions.protocol import ClipView, Consent, Hello, Problem
from server.sessions.registry import Registry
from server.sessions.session import Session
from server.sessions.store import SessionRecord
from server.sessions.wishes import Wishes, parse

log = structlog.get_logger(__name__)

MAX_MESSAGE_BYTES = 16 * 1024
MESSAGES_PER_SECOND = 20
HEARTBEAT_SECONDS = 15.0
POLICY_VIOLATION = 1008

ClipViews = Callable[[Session], Awaitable[list[ClipView]]]


class Events:
    def __init__(
        self,
        *,
        registry: Registry,
        wishes: Wishes,
        conversations: Conversations,
        clip_views: ClipViews,
        bus: Bus,
        clock: Clock,
    ) -> None:
        self._registry = registry
        self._wishes = wishes
        self._conversations = conversations
        self._clip_views = clip_views
        self._bus = bus
        self._clock = clock

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        session_id = http.candidate_session_id(request, request.match_info["session_id"])
        session = await self._registry.get(session_id)
        if session.record.revoked:
            raise Gone("revoked", "This invitation was withdrawn.")
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=MAX_MESSAGE_BYTES)
        await socket.prepare(request)
        page = Page(_known_page(session, request.query.get("page")))
        try:
            async with self._bus.subscribe(f"session:{session_id}") as notices:
                await self._welcome(session, page)
                await _first_of(
                    _write(socket, page),
                    self._read(socket, session, page),
                    _pass_on(notices, page),
                )
        finally:
            session.leave(page)
            page.close()
            await socket.close()
        return socket

    async def _welcome(self, session: Session, page: Page) -> None:
        record = session.record
        page.send(
            Hello(
                type="hello",
                now=self._clock.now(),
                session_id=record.id,
                page_id=page.id,
                candidate_name=record.candidate_name,
                organization_name=record.organization_name,
                sender_name=record.sender_name,
                interview_title=record.interview_title,
                position_title=record.position_title,
                closes_at=record.closes_at,
                script=record.script,
                clips=await self._clip_views(session),
                consent=_consent_now(record),
                conversation=await self._conversations.of_session(record.id),
            )
        )
        await session.claim(page)
        session.tell_page()
        if session.closed:  # it ended while we came in: the page comes back and finds a new one
            page.close()

    async def _read(self, socket: web.WebSocketResponse, session: Session, page: Page) -> None:
        allowed = _Allowance(self._clock)
        async for message in socket:
            try:
                allowed.spend()
                if message.type is not WSMsgType.TEXT:
                    page.send(_problem("invalid_message", "Send messages as JSON text."))
                    continue
                await self._wishes.grant(session, parse(message.data))
            except TooMany as flood:
                page.send(_problem(flood.key, flood.text))
                await socket.close(code=POLICY_VIOLATION, message=b"too many messages")
            except InterludeError as refused:
                page.send(_problem(refused.key, refused.text))
                session.tell_page()


class _Allowance:
    """Twenty messages a second, and a second's worth saved up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.now()
        self._left = float(MESSAGES_PER_SECOND)

    def spend(self) -> None:
        now = self._clock.now()
        earned = (now - self._since) * MESSAGES_PER_SECOND
        self._left = min(float(MESSAGES_PER_SECOND), self._left + earned) - 1
        self._since = now
        if self._left < 0:
            raise TooMany("too_many_messages", "Too many messages at once.")


def _consent_now(record: SessionRecord) -> Consent | None:
    """What the candidate agrees to at this moment: "end live watching" takes that part back."""
    if record.consent is None or not record.watching_ended:
        return record.consent
    return record.consent.model_copy(update={"live_watching": False})


def _known_page(session: Session, page_id: str | None) -> str | None:
    """The page that the session knows, when its socket comes back; None for a new page."""
    return page_id if page_id is not None and page_id == session.page_id else None


def _problem(key: str, text: str) -> Problem:
    return Problem(type="error", key=key, text=text)


async def _write(socket: web.WebSocketResponse, page: Page) -> None:
    while (text := await page.next_text()) is not None:
        await socket.send_str(text)
    await socket.close()


async def _pass_on(notices: AsyncIterator[bytes], page: Page) -> None:
    async for notice in notices:
        page.send_text(notice.decode())


async def _first_of(*work: Coroutine[None, None, None]) -> None:
    """Runs them side by side until the first one ends; the others are cancelled and awaited."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except ConnectionError:
        log.debug("socket lost")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
