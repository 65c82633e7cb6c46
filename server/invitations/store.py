"""Invitations: one candidate's right to sit one interview, as a bearer link.

Invariants: the link's token is kept only as a hash and told once, when it is made; opening it any
number of times, on any device, leads to the one session of the invitation, with the script that
was published when it was opened first; a cookie is worth exactly what its invitation is worth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.clock import Clock
from server.db.engine import Database
from server.db.tables import (
    candidate_cookies,
    consents,
    interviews,
    invitations,
    script_versions,
    sessions,
)
from server.errors import Conflict, Gone, NotFound
from server.ids import new_id, new_token, token_hash
from server.interviews.script import Script
from server.interviews.store import SCRIPT
from server.invitations.shapes import InvitationRow
from server.invitations.states import Facts, check_open, state_of
from server.sessions.stages import State
from server.sessions.store import STATE

DAY_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Made:
    """A new invitation; `token` is known only now."""

    id: str
    token: str


@dataclass(frozen=True, slots=True)
class Opened:
    """`cookie`: the token that this browser gets; None when it has one for this session."""

    session_id: str
    organization_id: str
    cookie: str | None
    first_time: bool


@dataclass(frozen=True, slots=True)
class Revoked:
    """`session_id`: the sitting that ends with it, if there was one."""

    interview_id: str
    session_id: str | None


class InvitationStore:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def create(
        self,
        *,
        organization_id: str,
        interview_id: str,
        candidate_name: str,
        sender_name: str,
        days: int,
    ) -> Made:
        """Raises NotFound `unknown_interview`; Conflict `not_published`."""
        now = self._clock.now()
        made = Made(new_id("iv"), new_token())
        async with self._db.write() as connection:
            await _require_published(connection, organization_id, interview_id)
            await connection.execute(
                insert(invitations).values(
                    id=made.id,
                    organization_id=organization_id,
                    interview_id=interview_id,
                    token_hash=token_hash(made.token),
                    candidate_name=candidate_name,
                    sender_name=sender_name,
                    created_at=now,
                    closes_at=now + days * DAY_SECONDS,
                )
            )
        return made

    async def rows(self, organization_id: str, interview_id: str) -> list[InvitationRow]:
        """Of one interview, newest first; links are not in it. Raises NotFound."""
        query = (
            _invitations()
            .where(invitations.c.interview_id == interview_id)
            .order_by(invitations.c.created_at.desc(), invitations.c.id)
        )
        async with self._db.read() as connection:
            await _require_interview(connection, organization_id, interview_id)
            found = (await connection.execute(query)).mappings().all()
        return [self._row(row) for row in found]

    async def row(self, organization_id: str, invitation_id: str) -> InvitationRow:
        """Raises NotFound `unknown_invitation`."""
        query = _invitations().where(
            invitations.c.id == invitation_id, invitations.c.organization_id == organization_id
        )
        async with self._db.read() as connection:
            found = (await connection.execute(query)).mappings().one_or_none()
        if found is None:
            raise _unknown_invitation()
        return self._row(found)

    async def revoke(self, organization_id: str, invitation_id: str) -> Revoked:
        """The link and its cookies stop working at once; idempotent. Raises NotFound."""
        row = await self.row(organization_id, invitation_id)
        async with self._db.write() as connection:
            await connection.execute(
                update(invitations)
                .where(invitations.c.id == invitation_id, invitations.c.revoked_at.is_(None))
                .values(revoked_at=self._clock.now())
            )
        return Revoked(row.interview_id, row.session_id)

    async def check_token(self, token: str) -> Script:
        """The script that this link leads to. Raises NotFound `unknown_link`, Gone."""
        async with self._db.read() as connection:
            found = await self._by_token(connection, token)
            version_id = found["script_version_id"] or await _newest_version(
                connection, found["interview_id"]
            )
            query = select(script_versions.c.script).where(script_versions.c.id == version_id)
            return SCRIPT.validate_json(str(await connection.scalar(query)))

    async def open(self, token: str, *, known_session_id: str | None = None) -> Opened:
        """Exchange the link for a cookie. `known_session_id`: whose cookie the browser has already.

        Raises NotFound `unknown_link`, Gone.
        """
        async with self._db.write() as connection:
            found = await self._by_token(connection, token)
            session_id = found["session_id"] or await self._begin(connection, found)
            cookie = None
            if session_id != known_session_id:
                cookie = await self._give_cookie(connection, session_id)
        return Opened(session_id, found["organization_id"], cookie, found["session_id"] is None)

    async def find_session(self, cookie: str) -> str | None:
        """The session of that cookie; None when it is unknown, or its invitation no longer open."""
        query = (
            _invitations()
            .join(candidate_cookies, candidate_cookies.c.session_id == sessions.c.id)
            .where(candidate_cookies.c.token_hash == token_hash(cookie))
        )
        async with self._db.read() as connection:
            found = (await connection.execute(query)).mappings().one_or_none()
        if found is None:
            return None
        try:
            check_open(_facts(found), self._clock.now())
        except Gone:
            return None
        return str(found["session_id"])

    async def _by_token(self, connection: AsyncConnection, token: str) -> RowMapping:
        query = _invitations().where(invitations.c.token_hash == token_hash(token))
        found: RowMapping | None = (await connection.execute(query)).mappings().one_or_none()
        if found is None:
            raise NotFound("unknown_link", "This link does not work. Please check it is complete.")
        check_open(_facts(found), self._clock.now())
        return found

    async def _begin(self, connection: AsyncConnection, found: RowMapping) -> str:
        """The session of an invitation, with the newest script, frozen from now on."""
        now = self._clock.now()
        session_id = new_id("se")
        await connection.execute(
            insert(sessions).values(
                id=session_id,
                organization_id=found["organization_id"],
                invitation_id=found["id"],
                script_version_id=await _newest_version(connection, found["interview_id"]),
                state=STATE.dump_json(State()).decode(),
                created_at=now,
                updated_at=now,
            )
        )
        await connection.execute(
            update(invitations).where(invitations.c.id == found["id"]).values(opened_at=now)
        )
        return session_id

    async def _give_cookie(self, connection: AsyncConnection, session_id: str) -> str:
        token = new_token()
        await connection.execute(
            insert(candidate_cookies).values(
                token_hash=token_hash(token), session_id=session_id, created_at=self._clock.now()
            )
        )
        return token

    def _row(self, row: RowMapping) -> InvitationRow:
        return InvitationRow(
            id=row["id"],
            interview_id=row["interview_id"],
            candidate_name=row["candidate_name"],
            state=state_of(_facts(row), self._clock.now()),
            session_id=row["session_id"],
            link=None,
            created_at=row["created_at"],
            closes_at=row["closes_at"],
        )


def _invitations() -> Select[Any]:
    """Invitations with their session, if there is one."""
    consented = select(consents.c.id).where(consents.c.session_id == sessions.c.id).exists()
    return select(
        invitations,
        sessions.c.id.label("session_id"),
        sessions.c.script_version_id,
        sessions.c.submitted_at,
        consented.label("started"),
    ).outerjoin(sessions, sessions.c.invitation_id == invitations.c.id)


def _facts(row: RowMapping) -> Facts:
    return Facts(
        closes_at=row["closes_at"],
        opened_at=row["opened_at"],
        started=bool(row["started"]),
        submitted_at=row["submitted_at"],
        revoked_at=row["revoked_at"],
    )


async def _require_interview(
    connection: AsyncConnection, organization_id: str, interview_id: str
) -> None:
    query = select(interviews.c.id).where(
        interviews.c.id == interview_id, interviews.c.organization_id == organization_id
    )
    if await connection.scalar(query) is None:
        raise NotFound("unknown_interview", "There is no such interview.")


async def _require_published(
    connection: AsyncConnection, organization_id: str, interview_id: str
) -> None:
    await _require_interview(connection, organization_id, interview_id)
    if await _newest_version(connection, interview_id) is None:
        raise Conflict("not_published", "Publish this interview before you invite somebody.")


async def _newest_version(connection: AsyncConnection, interview_id: str) -> str | None:
    query = (
        select(script_versions.c.id)
        .where(script_versions.c.interview_id == interview_id)
        .order_by(script_versions.c.version.desc())
        .limit(1)
    )
    found: Sequence[str] = (await connection.execute(query)).scalars().all()
    return found[0] if found else None


def _unknown_invitation() -> NotFound:
    return NotFound("unknown_invitation", "There is no such invitation.")
