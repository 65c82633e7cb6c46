"""The sessions of an organization with their answers: what the console lists and opens.

Read only. The answers are there once the candidate has submitted; until then the takes are the
candidate's own, and the console sees how far the session has come.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import RowMapping, Select, func, select

from server.answers.shapes import AnswerView, SessionPage, SessionRow
from server.answers.store import TakeStore
from server.answers.views import Capture, SessionFacts, TakeRecord, answer_view, session_row
from server.db.engine import Database
from server.db.tables import (
    consents,
    interviews,
    invitations,
    messages,
    script_versions,
    sessions,
)
from server.errors import NotFound
from server.interviews.store import SCRIPT
from server.sessions.stages import TakeId
from server.sessions.store import STATE

MAX_SESSIONS = 1000

FindCapture = Callable[[TakeId], Capture | None]


class Overview:
    def __init__(self, database: Database, takes: TakeStore, find_capture: FindCapture) -> None:
        self._database = database
        self._takes = takes
        self._find_capture = find_capture

    async def sessions(
        self, organization_id: str, interview_id: str | None = None
    ) -> list[SessionRow]:
        """The thousand that changed last, of one interview or of all; the newest first."""
        query = _facts().where(sessions.c.organization_id == organization_id)
        if interview_id is not None:
            query = query.where(interviews.c.id == interview_id)
        query = query.order_by(sessions.c.updated_at.desc()).limit(MAX_SESSIONS)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [session_row(_session_facts(row)) for row in rows]

    async def page(self, organization_id: str, session_id: str) -> SessionPage:
        """Raises NotFound when the session is not one of that organization."""
        facts = await self.facts(session_id)
        if facts.organization_id != organization_id:
            raise _unknown()
        return SessionPage(session=session_row(facts), answers=await self.answers(session_id))

    async def facts(self, session_id: str) -> SessionFacts:
        """Raises NotFound for an id that was never given out."""
        async with self._database.read() as connection:
            found = await connection.execute(_facts().where(sessions.c.id == session_id))
            row = found.mappings().one_or_none()
        if row is None:
            raise _unknown()
        return _session_facts(row)

    async def answers(self, session_id: str) -> list[AnswerView]:
        """What was delivered, in the order in which it was recorded."""
        records = await self._takes.of_session(session_id)
        return [self.view(record) for record in records if record.delivered]

    def view(self, record: TakeRecord) -> AnswerView:
        return answer_view(record, self._find_capture(record.id))


def _unknown() -> NotFound:
    return NotFound("unknown_session", "There is no such interview session.")


def _facts() -> Select[Any]:
    unread = (
        select(func.count())
        .where(
            messages.c.session_id == sessions.c.id,
            messages.c.sender == "candidate",
            messages.c.read_at.is_(None),
        )
        .scalar_subquery()
    )
    agreed = (
        select(consents.c.live_watching)
        .where(consents.c.session_id == sessions.c.id)
        .order_by(consents.c.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            sessions,
            script_versions.c.script,
            invitations.c.candidate_name,
            invitations.c.interview_id,
            interviews.c.title,
            unread.label("unread"),
            agreed.label("agreed_to_watching"),
        )
        .join(script_versions, script_versions.c.id == sessions.c.script_version_id)
        .join(invitations, invitations.c.id == sessions.c.invitation_id)
        .join(interviews, interviews.c.id == invitations.c.interview_id)
    )


def _session_facts(row: RowMapping) -> SessionFacts:
    return SessionFacts(
        id=row["id"],
        organization_id=row["organization_id"],
        interview_id=row["interview_id"],
        interview_title=row["title"],
        candidate_name=row["candidate_name"],
        script=SCRIPT.validate_json(row["script"]),
        state=STATE.validate_json(row["state"]),
        agreed_to_watching=bool(row["agreed_to_watching"]),
        watching_ended=row["watching_ended"],
        unread=row["unread"],
        updated_at=row["updated_at"],
    )
