"""What is kept of a session: the director's state, the consent, and what a page must know of it.

The state is one JSON value, written whole; a session is resumed by reading it back.
"""

from dataclasses import dataclass

from pydantic import TypeAdapter
from sqlalchemy import RowMapping, select, update

from server.clock import Clock
from server.db.engine import Database
from server.db.tables import (
    consents,
    interviews,
    invitations,
    organizations,
    script_versions,
    sessions,
    takes,
)
from server.errors import NotFound
from server.ids import new_id
from server.interviews.script import Script
from server.interviews.store import SCRIPT
from server.sessions.protocol import Consent, GiveConsent
from server.sessions.stages import State

STATE = TypeAdapter(State)


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One sitting with all that its page is told; `script` is the version it was opened with."""

    id: str
    organization_id: str
    organization_name: str
    candidate_name: str
    sender_name: str
    interview_title: str
    position_title: str
    closes_at: float
    revoked: bool
    script: Script
    state: State
    watching_ended: bool
    consent: Consent | None


class SessionStore:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def load(self, session_id: str) -> SessionRecord:
        """Raises NotFound for an id that was never given out."""
        query = (
            select(
                sessions,
                script_versions.c.script,
                invitations.c.candidate_name,
                invitations.c.sender_name,
                invitations.c.closes_at,
                invitations.c.revoked_at,
                interviews.c.title,
                interviews.c.position_title,
                organizations.c.name.label("organization_name"),
            )
            .join(script_versions, script_versions.c.id == sessions.c.script_version_id)
            .join(invitations, invitations.c.id == sessions.c.invitation_id)
            .join(interviews, interviews.c.id == invitations.c.interview_id)
            .join(organizations, organizations.c.id == sessions.c.organization_id)
            .where(sessions.c.id == session_id)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
            if row is None:
                raise NotFound("unknown_session", "There is no such interview session.")
            given = await connection.execute(
                select(consents)
                .where(consents.c.session_id == session_id)
                .order_by(consents.c.at.desc())
                .limit(1)
            )
            consent = given.mappings().one_or_none()
        return _record(row, consent)

    async def save_state(self, session_id: str, state: State) -> None:
        now = self._clock.now()
        values = {"state": STATE.dump_json(state).decode(), "updated_at": now}
        async with self._database.write() as connection:
            await connection.execute(
                update(sessions).where(sessions.c.id == session_id).values(values)
            )

    async def save_consent(self, session_id: str, given: GiveConsent) -> Consent:
        """Keeps what was agreed to, its text's version, the language and the time."""
        now = self._clock.now()
        row = {
            "id": new_id("co"),
            "session_id": session_id,
            "text_version": given.text_version,
            "locale": given.locale,
            "live_watching": given.live_watching,
            "at": now,
        }
        async with self._database.write() as connection:
            await connection.execute(consents.insert().values(row))
        return Consent(text_version=given.text_version, live_watching=given.live_watching, at=now)

    async def end_watching(self, session_id: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                update(sessions).where(sessions.c.id == session_id).values(watching_ended=True)
            )

    async def mark_submitted(self, session_id: str, at: float) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                update(sessions)
                .where(sessions.c.id == session_id, sessions.c.submitted_at.is_(None))
                .values(submitted_at=at)
            )

    async def left_open(self) -> list[str]:
        """Sessions that a dead process left connected or with a take that is not closed."""
        with_open_take = select(takes.c.session_id).where(takes.c.state == "open")
        query = select(sessions.c.id).where(
            sessions.c.state.contains('"connected":true') | sessions.c.id.in_(with_open_take)
        )
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())


def _record(row: RowMapping, consent: RowMapping | None) -> SessionRecord:
    return SessionRecord(
        id=row["id"],
        organization_id=row["organization_id"],
        organization_name=row["organization_name"],
        candidate_name=row["candidate_name"],
        sender_name=row["sender_name"],
        interview_title=row["title"],
        position_title=row["position_title"],
        closes_at=row["closes_at"],
        revoked=row["revoked_at"] is not None,
        script=SCRIPT.validate_json(row["script"]),
        state=STATE.validate_json(row["state"]),
        watching_ended=row["watching_ended"],
        consent=None
        if consent is None
        else Consent(
            text_version=consent["text_version"],
            live_watching=consent["live_watching"],
            at=consent["at"],
        ),
    )
