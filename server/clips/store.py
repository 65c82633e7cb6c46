"""Clips: what the recruiters recorded or uploaded, to be shown to candidates.

Invariants: a clip is found only by its organization, or by a candidate whose script shows it; it
is `ready` only once all its files are stored for good; states move recording → preparing →
ready | failed, and a preparing clip is taken up again at start.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import RowMapping, delete, func, insert, select, update

from server.clips.files import CAPTIONS, FILE, POSTER, url
from server.clips.shapes import ClipRow
from server.clock import Clock
from server.db.engine import Database
from server.db.tables import clips, script_versions, sessions
from server.errors import Conflict, NotFound, TooMany
from server.ids import new_id
from server.interviews.estimate import ClipFacts, clip_ids
from server.interviews.script import ClipId, Script
from server.interviews.store import SCRIPT
from server.sessions.protocol import ClipView

State = Literal["recording", "preparing", "ready", "failed"]

MAX_CLIPS = 1000  # of one organization
UNRECORDED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Clip:
    """`source`: what it is made from, in the spool; None once it is ready or has failed."""

    id: ClipId
    organization_id: str
    title: str
    state: State
    error: str | None
    source: str | None
    duration_seconds: float | None
    has_captions: bool
    created_at: float

    def row(self, progress: float = 0.0) -> ClipRow:
        """What the console shows; `progress` counts while preparing."""
        ready = self.state == "ready"
        return ClipRow(
            id=self.id,
            title=self.title,
            state=self.state,
            progress=1.0 if ready else progress,
            error=self.error,
            duration_seconds=self.duration_seconds,
            url=url(self.id, FILE) if ready else None,
            poster_url=url(self.id, POSTER) if ready else None,
            captions_url=url(self.id, CAPTIONS) if self.has_captions else None,
            created_at=self.created_at,
        )

    def view(self) -> ClipView:
        """What a candidate's page needs of it."""
        return ClipView(
            id=self.id,
            title=self.title,
            duration_seconds=self.duration_seconds or 0.0,
            url=url(self.id, FILE),
            poster_url=url(self.id, POSTER),
            captions_url=url(self.id, CAPTIONS) if self.has_captions else None,
        )


class ClipStore:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def create(
        self,
        organization_id: str,
        title: str,
        *,
        state: State,
        source: str | None = None,
        clip_id: str | None = None,
    ) -> Clip:
        """A new clip; `clip_id` when it has one already. Raises TooMany beyond a thousand."""
        clip = Clip(
            id=ClipId(clip_id or new_id("cl")),
            organization_id=organization_id,
            title=title,
            state=state,
            error=None,
            source=source,
            duration_seconds=None,
            has_captions=False,
            created_at=self._clock.now(),
        )
        counted = select(func.count()).where(clips.c.organization_id == organization_id)
        async with self._db.write() as connection:
            if (await connection.scalar(counted) or 0) >= MAX_CLIPS:
                raise TooMany("too_many_clips", f"There are {MAX_CLIPS} clips already.")
            await connection.execute(
                insert(clips).values(
                    id=clip.id,
                    organization_id=organization_id,
                    title=title,
                    state=state,
                    source_name=source,
                    created_at=clip.created_at,
                )
            )
        return clip

    async def all(self, organization_id: str) -> list[Clip]:
        """The organization's clips, newest first."""
        query = (
            select(clips)
            .where(clips.c.organization_id == organization_id)
            .order_by(clips.c.created_at.desc(), clips.c.id)
        )
        return await self._clips(query)

    async def load(self, organization_id: str, clip_id: str) -> Clip:
        """Raises NotFound `unknown_clip`."""
        query = select(clips).where(
            clips.c.id == clip_id, clips.c.organization_id == organization_id
        )
        return _only(await self._clips(query))

    async def load_any(self, clip_id: str) -> Clip:
        """For our own work, whoever owns it. Raises NotFound."""
        return _only(await self._clips(select(clips).where(clips.c.id == clip_id)))

    async def load_for_session(self, session_id: str, clip_id: str) -> Clip:
        """A clip that the script of this session shows. Raises NotFound."""
        query = (
            select(script_versions.c.script)
            .join(sessions, sessions.c.script_version_id == script_versions.c.id)
            .where(sessions.c.id == session_id)
        )
        async with self._db.read() as connection:
            text = await connection.scalar(query)
        if text is None or clip_id not in clip_ids(SCRIPT.validate_json(text)):
            raise _unknown()
        return await self.load_any(clip_id)

    async def facts(
        self, organization_id: str, wanted: Collection[ClipId]
    ) -> dict[ClipId, ClipFacts]:
        """What an author must know of those clips; unknown ones are left out."""
        query = select(clips).where(
            clips.c.organization_id == organization_id, clips.c.id.in_(set(wanted))
        )
        return {
            clip.id: ClipFacts(
                clip.title, clip.state == "ready", clip.duration_seconds, clip.has_captions
            )
            for clip in await self._clips(query)
        }

    async def of_script(self, script: Script) -> list[Clip]:
        """The clips of a published script, each once, in order."""
        wanted = clip_ids(script)
        query = select(clips).where(clips.c.id.in_(set(wanted)))
        known = {clip.id: clip for clip in await self._clips(query)}
        return [known[clip_id] for clip_id in dict.fromkeys(wanted) if clip_id in known]

    async def views(self, script: Script) -> list[ClipView]:
        """What the candidate's page needs of them."""
        return [clip.view() for clip in await self.of_script(script)]

    async def in_state(self, state: State) -> list[Clip]:
        """All of them, of every organization, oldest first."""
        query = select(clips).where(clips.c.state == state).order_by(clips.c.created_at)
        return await self._clips(query)

    async def forget_unrecorded(self) -> None:
        """Clips that were begun an hour ago and never recorded: the window was just closed."""
        old = clips.c.created_at < self._clock.now() - UNRECORDED_SECONDS
        async with self._db.write() as connection:
            await connection.execute(delete(clips).where(clips.c.state == "recording", old))

    async def prepare(self, clip_id: ClipId, source: str) -> Clip:
        """recording → preparing, from `source`. Raises Conflict when it was not recording."""
        return await self._move(clip_id, "recording", state="preparing", source_name=source)

    async def ready(self, clip_id: ClipId, duration_seconds: float) -> Clip:
        """preparing → ready; its files are stored."""
        return await self._move(
            clip_id,
            "preparing",
            state="ready",
            source_name=None,
            duration_seconds=duration_seconds,
        )

    async def fail(self, clip_id: ClipId, error: str) -> Clip:
        """recording or preparing → failed, with one sentence for the recruiter."""
        return await self._move(
            clip_id, "recording", "preparing", state="failed", source_name=None, error=error
        )

    async def captioned(self, clip_id: ClipId) -> Clip:
        """Its captions are stored."""
        return await self._move(clip_id, "recording", "preparing", "ready", has_captions=True)

    async def _move(self, clip_id: ClipId, *expected: State, **values: Any) -> Clip:
        condition = (clips.c.id == clip_id) & clips.c.state.in_(expected)
        async with self._db.write() as connection:
            moved = await connection.execute(update(clips).where(condition).values(**values))
        if moved.rowcount == 0:
            raise Conflict("clip_state", "This clip is not in the right state for that.")
        return await self.load_any(clip_id)

    async def _clips(self, query: Any) -> list[Clip]:
        async with self._db.read() as connection:
            return [_clip(row) for row in (await connection.execute(query)).mappings()]


def _clip(row: RowMapping) -> Clip:
    return Clip(
        id=ClipId(row["id"]),
        organization_id=row["organization_id"],
        title=row["title"],
        state=row["state"],
        error=row["error"],
        source=row["source_name"],
        duration_seconds=row["duration_seconds"],
        has_captions=row["has_captions"],
        created_at=row["created_at"],
    )


def _only(found: Sequence[Clip]) -> Clip:
    if not found:
        raise _unknown()
    return found[0]


def _unknown() -> NotFound:
    return NotFound("unknown_clip", "There is no such clip.")
