"""Clips recorded in the browser: the recruiter's camera goes the same way as a candidate's.

One connection, one part, no director: capturing begins when the connection stands and ends at the
recruiter's word, when the line is lost, or after ten minutes; what was captured is then prepared.
Invariant: a clip is recorded once, by one connection at a time.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from media.errors import OfferRefused, PeerLost
from media.ice import MediaPort
from media.peer import Peer
from server.clips.preparing import Preparing
from server.clips.spool import CAPTURE, ClipSpool
from server.clips.store import Clip, ClipStore
from server.clock import Clock
from server.errors import Conflict, NotFound
from server.interviews.script import ClipId
from server.sessions.parts import Parts
from server.sessions.stages import TakeId
from server.storage.space import Space

log = structlog.get_logger(__name__)

LONGEST_SECONDS = 600.0
PART = 1

NewPeer = Callable[[], Peer]


def peers_on(port: MediaPort) -> NewPeer:
    """Makes peers that only receive."""
    return lambda: Peer(port, receive=True, send=False)


@dataclass(slots=True)
class _Running:
    clip: Clip
    peer: Peer
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class ClipRecordings:
    """The recordings of clips in this process; owns their tasks until `close()`."""

    def __init__(
        self,
        *,
        new_peer: NewPeer,
        spool: ClipSpool,
        space: Space,
        store: ClipStore,
        preparing: Preparing,
        clock: Clock,
    ) -> None:
        self._new_peer = new_peer
        self._space = space
        self._spool = spool
        self._store = store
        self._preparing = preparing
        self._clock = clock
        self._running: dict[ClipId, _Running] = {}

    async def connect(self, clip: Clip, sdp_offer: str) -> tuple[str, str]:
        """The connection's id and the SDP answer.

        Raises OfferRefused; Conflict `already_recorded` or `already_recording`; Unavailable.
        """
        await self._space.require()
        if clip.state != "recording":
            raise Conflict("already_recorded", "This clip has been recorded already.")
        if clip.id in self._running:
            raise Conflict("already_recording", "This clip is being recorded in another window.")
        peer = self._new_peer()
        running = self._running[clip.id] = _Running(clip, peer)
        try:
            sdp_answer = await peer.answer(sdp_offer)
        except BaseException as error:
            del self._running[clip.id]
            await peer.close()
            if isinstance(error, OfferRefused):
                log.info("offer refused", clip=clip.id, key=error.key)
            raise
        running.task = asyncio.create_task(self._record(running), name=f"clip {clip.id}")
        return peer.id, sdp_answer

    async def finish(self, clip: Clip, connection_id: str) -> Clip:
        """End the recording; the clip is `preparing` when something was captured.

        Raises NotFound `unknown_connection`; Conflict `nothing_recorded`.
        """
        running = self._running.get(clip.id)
        if running is None or running.peer.id != connection_id or running.task is None:
            if clip.state != "recording":
                return clip
            raise NotFound("unknown_connection", "There is no such connection.")
        running.stop.set()
        await asyncio.wait({running.task})
        clip = await self._store.load_any(clip.id)
        if clip.state == "recording":
            raise Conflict(
                "nothing_recorded", "Neither picture nor sound arrived. Please try again."
            )
        return clip

    async def close(self) -> None:
        """Ends all recordings cleanly. Idempotent."""
        tasks = [running.task for running in self._running.values() if running.task is not None]
        for running in self._running.values():
            running.stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _record(self, running: _Running) -> None:
        clip_id = running.clip.id
        try:
            with suppress(PeerLost):
                await _first_of(running.stop.wait(), running.peer.wait_connected())
                if running.peer.is_connected:
                    await self._capture(running)
        except OSError as error:
            log.error("clip not recorded", clip=clip_id, reason=str(error))
        finally:
            await running.peer.close()
            del self._running[clip_id]

    async def _capture(self, running: _Running) -> None:
        """Everything between connected and the end, made safe and handed on."""
        clip_id = running.clip.id
        await asyncio.to_thread(self._spool.drop, clip_id)
        parts = Parts(self._spool.captures)
        part = parts.start(TakeId(clip_id), PART, running.peer.inbound)
        try:
            await _first_of(
                running.stop.wait(),
                running.peer.wait_lost(),
                part.writer.failed.wait(),
                self._clock.sleep(LONGEST_SECONDS),
            )
        finally:
            seconds = await parts.end(TakeId(clip_id), PART)
        if seconds > 0:
            await self._preparing.submit(await self._store.prepare(clip_id, CAPTURE))


async def _first_of(*waits: Coroutine[Any, Any, Any]) -> None:
    """Until one of them ends; the others are cancelled. Raises what that one raises."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
