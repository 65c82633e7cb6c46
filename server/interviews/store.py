"""Interviews: the draft that is edited, and the versions that were published.

Invariants: a published version is never changed; a draft is replaced whole; nothing is found but
by the organization that owns it.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.clock import Clock
from server.db.engine import Database
from server.db.tables import consents, interviews, invitations, script_versions, sessions
from server.errors import NotFound
from server.ids import new_id
from server.interviews.script import Script
from server.interviews.shapes import InterviewRow

SCRIPT = TypeAdapter(Script)


@dataclass(frozen=True, slots=True)
class Published:
    """A frozen version; `id` is what a session refers to."""

    id: str
    version: int
    script: Script


@dataclass(frozen=True, slots=True)
class Interview:
    id: str
    title: str
    position_title: str
    draft: Script
    published: Published | None


class InterviewStore:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def rows(self, organization_id: str) -> list[InterviewRow]:
        """The organization's interviews, newest first."""
        query = _counted().where(interviews.c.organization_id == organization_id)
        query = query.order_by(interviews.c.created_at.desc(), interviews.c.id)
        async with self._db.read() as connection:
            found = (await connection.execute(query)).mappings().all()
        return [_row(dict(row)) for row in found]

    async def create(
        self,
        *,
        organization_id: str,
        title: str,
        position_title: str,
        draft: Script | None = None,
    ) -> str:
        """The id of a new interview, not published yet."""
        interview_id = new_id("in")
        async with self._db.write() as connection:
            await connection.execute(
                insert(interviews).values(
                    id=interview_id,
                    organization_id=organization_id,
                    title=title,
                    position_title=position_title,
                    draft=_json(draft or Script(())),
                    created_at=self._clock.now(),
                )
            )
        return interview_id

    async def load(self, organization_id: str, interview_id: str) -> Interview:
        """Raises NotFound `unknown_interview`."""
        async with self._db.read() as connection:
            return await _load(connection, organization_id, interview_id)

    async def save_draft(
        self,
        organization_id: str,
        interview_id: str,
        *,
        title: str,
        position_title: str,
        draft: Script,
    ) -> None:
        """Replace the draft whole; the last one to save wins. Raises NotFound."""
        async with self._db.write() as connection:
            saved = await connection.execute(
                update(interviews)
                .where(
                    interviews.c.id == interview_id,
                    interviews.c.organization_id == organization_id,
                )
                .values(title=title, position_title=position_title, draft=_json(draft))
            )
        if saved.rowcount == 0:
            raise _unknown()

    async def publish(self, organization_id: str, interview_id: str, script: Script) -> Published:
        """Freeze `script` as the next version; the same script again stays the version it is."""
        async with self._db.write() as connection:
            interview = await _load(connection, organization_id, interview_id)
            if interview.published is not None and interview.published.script == script:
                return interview.published
            version = interview.published.version + 1 if interview.published else 1
            published = Published(new_id("sv"), version, script)
            await connection.execute(
                insert(script_versions).values(
                    id=published.id,
                    interview_id=interview_id,
                    version=version,
                    script=_json(script),
                    published_at=self._clock.now(),
                )
            )
        return published


async def _load(connection: AsyncConnection, organization_id: str, interview_id: str) -> Interview:
    query = select(interviews).where(
        interviews.c.id == interview_id, interviews.c.organization_id == organization_id
    )
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise _unknown()
    newest = (
        select(script_versions)
        .where(script_versions.c.interview_id == interview_id)
        .order_by(script_versions.c.version.desc())
        .limit(1)
    )
    version = (await connection.execute(newest)).mappings().one_or_none()
    return Interview(
        id=row["id"],
        title=row["title"],
        position_title=row["position_title"],
        draft=SCRIPT.validate_json(row["draft"]),
        published=None
        if version is None
        else Published(version["id"], version["version"], SCRIPT.validate_json(version["script"])),
    )


def _counted() -> Select[Any]:
    """Interviews with their counts. Started: consented; invited: every link ever made."""
    of_interview = invitations.c.interview_id == interviews.c.id
    sat = select(func.count(sessions.c.id)).join(
        invitations, invitations.c.id == sessions.c.invitation_id
    )
    consented = select(consents.c.session_id).where(consents.c.session_id == sessions.c.id)
    return select(
        interviews,
        select(func.max(script_versions.c.version))
        .where(script_versions.c.interview_id == interviews.c.id)
        .scalar_subquery()
        .label("published_version"),
        select(func.count(invitations.c.id)).where(of_interview).scalar_subquery().label("invited"),
        sat.where(of_interview, consented.exists()).scalar_subquery().label("started"),
        sat.where(of_interview, sessions.c.submitted_at.is_not(None))
        .scalar_subquery()
        .label("submitted"),
    )


def _row(row: dict[str, Any]) -> InterviewRow:
    draft = SCRIPT.validate_json(row["draft"])
    questions = len(draft.questions())
    return InterviewRow(
        id=row["id"],
        title=row["title"],
        position_title=row["position_title"],
        published_version=row["published_version"],
        questions=questions,
        segments=len(draft.steps) - questions,
        invited=row["invited"],
        started=row["started"],
        submitted=row["submitted"],
        created_at=row["created_at"],
    )


def _json(script: Script) -> str:
    return SCRIPT.dump_json(script).decode()


def _unknown() -> NotFound:
    return NotFound("unknown_interview", "There is no such interview.")
