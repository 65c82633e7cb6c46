"""Peer connections over HTTP: WHIP-shaped for the candidate (RFC 9725), WHEP-shaped for watchers.

An `sdp_offer` is posted, an `sdp_answer` comes back with the connection's address; PATCH restarts
ICE, DELETE ends it. What is refused is refused before a camera would be lost: no consent, another
window, a take that runs already. docs/protocol.md tells it in prose.
"""

from aiohttp import web

from media.errors import OfferRefused
from media.ice import MediaPort
from media.peer import Peer
from server import http
from server.errors import Conflict, Forbidden, Gone, NotFound
from server.http.sdp import FRAGMENT, created, read_offer, refusal
from server.sessions.connection import Connection
from server.sessions.registry import Registry
from server.sessions.session import Session
from server.sessions.stages import Recording, Submitted
from server.sessions.watching import Watcher, require_watchable


class Signaling:
    """Handlers of connections and watchers; the sessions own what is made here."""

    def __init__(self, registry: Registry, port: MediaPort) -> None:
        self._registry = registry
        self._port = port

    # ── the candidate's own connection ───────────────────────────────────────────────────

    async def connect(self, request: web.Request) -> web.Response:
        session = await self._own_session(request)
        _require_may_connect(session, request.query.get("page"))
        sdp_offer = await read_offer(request)
        connection = Connection(self._port)
        try:
            sdp_answer = await connection.answer(sdp_offer)
            _require_may_connect(session, request.query.get("page"))
        except OfferRefused as refused:
            await connection.close()
            raise refusal(refused) from None
        except BaseException:
            await connection.close()
            raise
        await session.stage_hand.adopt(connection)
        return created(sdp_answer, f"/api/sessions/{session.record.id}/connections/{connection.id}")

    async def restart_ice(self, request: web.Request) -> web.Response:
        connection = _connection(await self._own_session(request), request)
        return await _restarted(connection.peer, request)

    async def disconnect(self, request: web.Request) -> web.Response:
        """Idempotent: a connection that is gone already is no reason to complain."""
        session = await self._own_session(request)
        connection = session.stage_hand.connection
        if connection is not None and connection.id == request.match_info["connection_id"]:
            await session.stage_hand.drop_connection()
        return web.Response(status=204)

    async def _own_session(self, request: web.Request) -> Session:
        session_id = http.candidate_session_id(request, request.match_info["session_id"])
        return await self._registry.get(session_id)

    # ── watchers ─────────────────────────────────────────────────────────────────────────

    async def watch(self, request: web.Request) -> web.Response:
        session = await self._watched_session(request)
        who = http.account(request)
        sdp_offer = await read_offer(request)
        require_watchable(session.record, session.state)
        if session.stage_hand.connection is None:
            raise Conflict("nothing_to_watch", "The candidate's line is down at the moment.")
        try:
            admitted = await session.stage_hand.admit_watcher(who.user_id, who.name, sdp_offer)
        except OfferRefused as refused:
            raise refusal(refused) from None
        watcher, sdp_answer = admitted
        return created(sdp_answer, f"/api/sessions/{session.record.id}/watchers/{watcher.id}")

    async def restart_watcher_ice(self, request: web.Request) -> web.Response:
        watcher = await self._watcher(request)
        return await _restarted(watcher.peer, request)

    async def stop_watching(self, request: web.Request) -> web.Response:
        session = await self._watched_session(request)
        await session.stage_hand.watching.dismiss(await self._watcher(request))
        return web.Response(status=204)

    async def _watcher(self, request: web.Request) -> Watcher:
        session = await self._watched_session(request)
        user_id = http.account(request).user_id
        return session.stage_hand.watching.watcher(request.match_info["watcher_id"], user_id)

    async def _watched_session(self, request: web.Request) -> Session:
        """Raises NotFound for another organization's session as for an unknown one."""
        who = http.account(request)
        session = await self._registry.get(request.match_info["session_id"])
        if session.record.organization_id != who.organization_id:
            raise NotFound("unknown_session", "There is no such interview session.")
        return session


async def _restarted(peer: Peer, request: web.Request) -> web.Response:
    fragment = await read_offer(request, FRAGMENT)
    try:
        answer = peer.restart_ice(fragment)
    except OfferRefused as refused:
        raise refusal(refused) from None
    return web.Response(text=answer, content_type=FRAGMENT)


def _require_may_connect(session: Session, page_id: str | None) -> None:
    if session.record.consent is None:
        raise Forbidden(
            "consent_missing", "Nothing is recorded without consent. Please give it first."
        )
    if session.record.revoked or isinstance(session.state.stage, Submitted):
        raise Gone("session_over", "This interview is finished.")
    if page_id is None or page_id != session.page_id:
        raise Conflict("moved", "This interview is open in another window.")
    running = isinstance(session.state.stage, Recording)
    if running and session.stage_hand.connection is not None:
        raise Conflict("already_recording", "This answer is being recorded already.")


def _connection(session: Session, request: web.Request) -> Connection:
    connection = session.stage_hand.connection
    if connection is None or connection.id != request.match_info["connection_id"]:
        raise NotFound("unknown_connection", "This connection has ended. Please connect anew.")
    return connection
