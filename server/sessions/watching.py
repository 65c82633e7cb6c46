"""Live watching: recruiters who follow a running take. Encoded frames are forwarded as they come.

Allowed only while a take runs, where the employer's script, the candidate's consent and nobody's
"end live watching" speak against it. The candidate is told every name, at once.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from media.errors import PeerLost
from media.forward import Forward
from media.ice import MediaPort
from media.inbound import Inbound
from media.peer import Peer
from server.errors import Conflict, Forbidden, NotFound, TooMany
from server.sessions.stages import Recording, State
from server.sessions.store import SessionRecord

log = structlog.get_logger(__name__)

MAX_WATCHERS = 5


def watching_allowed(record: SessionRecord) -> bool:
    """The three consents: employer's script, candidate's tick, and not ended by the candidate."""
    consent = record.consent
    agreed = consent is not None and consent.live_watching
    return record.script.live_watching and agreed and not record.watching_ended


def require_watchable(record: SessionRecord, state: State) -> None:
    """Raises Forbidden without the consents, Conflict while no take runs."""
    if not watching_allowed(record):
        raise Forbidden("watching_not_allowed", "This candidate does not want to be watched live.")
    if not isinstance(state.stage, Recording):
        raise Conflict("nothing_to_watch", "Live watching is possible while an answer is recorded.")


@dataclass(slots=True)
class Watcher:
    """`name` is what the candidate sees."""

    id: str
    user_id: str
    name: str
    peer: Peer
    forward: Forward | None = None

    async def close(self) -> None:
        if self.forward is not None:
            self.forward.close()
        await self.peer.close()


class Watching:
    """The watchers of one session; owned by its stage hand."""

    def __init__(self, port: MediaPort, changed: Callable[[list[str]], None]) -> None:
        self._port = port
        self._changed = changed
        self._watchers: dict[str, Watcher] = {}

    @property
    def names(self) -> list[str]:
        return sorted({watcher.name for watcher in self._watchers.values()})

    def watcher(self, watcher_id: str, user_id: str) -> Watcher:
        found = self._watchers.get(watcher_id)
        if found is None or found.user_id != user_id:
            raise NotFound("unknown_watcher", "There is no such live view.")
        return found

    async def admit(
        self, user_id: str, name: str, sdp_offer: str, inbound: Inbound
    ) -> tuple[Watcher, str]:
        """A new watcher and its SDP answer; raises media.errors.OfferRefused, TooMany."""
        if len(self._watchers) >= MAX_WATCHERS:
            raise TooMany("too_many_watchers", "Five people are watching already.")
        codec = inbound.codecs.get("video")
        peer = Peer(self._port, receive=False, send=True, video_codec=codec)
        watcher = Watcher(peer.id, user_id, name, peer)
        self._watchers[watcher.id] = watcher
        try:
            sdp_answer = await peer.answer(sdp_offer)
        except BaseException:
            del self._watchers[watcher.id]
            await peer.close()
            raise
        return watcher, sdp_answer

    async def follow(self, watcher: Watcher, inbound: Inbound) -> None:
        """Forwards from connected to lost; the candidate sees the name for exactly that time."""
        try:
            await watcher.peer.wait_connected()
            watcher.forward = Forward(inbound, watcher.peer.outbound)
            self._changed(self.names)
            log.info("watching", watcher=watcher.id)
            await watcher.peer.wait_lost()
        except PeerLost:
            log.info("watcher never connected", watcher=watcher.id)
        finally:
            await self.dismiss(watcher)

    async def dismiss(self, watcher: Watcher) -> None:
        if self._watchers.pop(watcher.id, None) is not None:
            self._changed(self.names)
        await watcher.close()

    async def end(self) -> None:
        """Nobody watches any more."""
        watchers = list(self._watchers.values())
        await asyncio.gather(*(self.dismiss(watcher) for watcher in watchers))
