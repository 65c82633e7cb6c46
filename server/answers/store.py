"""What is kept of takes: their state, what was made of them, and whose they are.

Every change of state names the states it may come from (states.py) in its own UPDATE, so that it
happens once however many ask for it.
"""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, select, update

from server.answers.states import (
    Owed,
    TakeFacts,
    TakeState,
    is_delivered,
    owed,
    states_before,
)
from server.answers.views import Kept, TakeRecord, step_text
from server.clock import Clock
from server.db.engine import Database
from server.db.tables import script_versions, sessions, takes
from server.errors import NotFound
from server.interviews.script import StepId
from server.interviews.store import SCRIPT
from server.sessions.stages import State, TakeId
from server.sessions.store import STATE

LOOK_BACK_SECONDS = 30 * 86400.0
UNFINISHED = (TakeState.CAPTURED, TakeState.PROCESSING)


@dataclass(frozen=True, slots=True)
class NextJob:
    """`attempts`: how often it was begun before. `seconds`: about how long the take is."""

    take_id: TakeId
    attempts: int
    seconds: float


class TakeStore:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # ── while it is captured ─────────────────────────────────────────────────────────────

    async def open(self, take_id: TakeId, session_id: str, step_id: StepId) -> None:
        """The take has begun. Saying it again, for its next part, changes nothing."""
        row = {
            "id": take_id,
            "session_id": session_id,
            "step_id": step_id,
            "started_at": self._clock.now(),
            "state": TakeState.OPEN,
            "attempts": 0,
        }
        async with self._database.write() as connection:
            known = await connection.scalar(select(takes.c.id).where(takes.c.id == take_id))
            if known is None:
                await connection.execute(takes.insert().values(row))

    # ── while it is processed ────────────────────────────────────────────────────────────

    async def captured(self, take_id: TakeId) -> bool:
        """All parts are closed. False when that was known already, or the take is not there."""
        return await self._move(take_id, TakeState.CAPTURED)

    async def begin(self, take_id: TakeId) -> bool:
        """Counts an attempt before it is made. False when the take was erased meanwhile."""
        return await self._move(take_id, TakeState.PROCESSING, attempts=takes.c.attempts + 1)

    async def unbegin(self, take_id: TakeId) -> None:
        """The attempt was broken off by us: it does not count."""
        async with self._database.write() as connection:
            await connection.execute(
                update(takes)
                .where(takes.c.id == take_id, takes.c.state == TakeState.PROCESSING)
                .values(attempts=takes.c.attempts - 1)
            )

    async def publish(self, take_id: TakeId, kept: Kept, edl: dict[str, Any] | None) -> bool:
        """Everything is stored for good. False when the take was erased meanwhile."""
        text = None if edl is None else json.dumps(edl)
        return await self._move(
            take_id, TakeState.READY, recording=kept.model_dump_json(), edl=text, error=None
        )

    async def fail(self, take_id: TakeId, error: str) -> bool:
        return await self._move(take_id, TakeState.FAILED, error=error)

    async def next_job(self) -> NextJob | None:
        """The oldest take that is captured and not finished."""
        query = (
            select(takes.c.id, takes.c.attempts, sessions.c.state)
            .join(sessions, sessions.c.id == takes.c.session_id)
            .where(takes.c.state.in_(UNFINISHED))
            .order_by(takes.c.started_at, takes.c.id)
            .limit(1)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        take_id, attempts, state = row
        return NextJob(take_id, attempts, sum(_part_seconds(STATE.validate_json(state), take_id)))

    # ── erasing ──────────────────────────────────────────────────────────────────────────

    async def erase(self, take_id: TakeId) -> None:
        """Gone for every reader from now on. `recording` stays, not NULL, until the files are gone."""
        row = takes.c.id == take_id, takes.c.erased_at.is_(None)
        async with self._database.write() as connection:
            await connection.execute(
                update(takes)
                .where(*row)
                .values(
                    state=TakeState.ERASED,
                    erased_at=self._clock.now(),
                    recording="",
                    edl=None,
                    error=None,
                )
            )

    async def files_gone(self, take_id: TakeId) -> None:
        row = takes.c.id == take_id, takes.c.state == TakeState.ERASED
        async with self._database.write() as connection:
            await connection.execute(update(takes).where(*row).values(recording=None))

    async def half_erased(self) -> list[TakeId]:
        """Erased, but perhaps not all of their files."""
        query = select(takes.c.id).where(
            takes.c.state == TakeState.ERASED, takes.c.recording.is_not(None)
        )
        async with self._database.read() as connection:
            return [TakeId(take_id) for take_id in (await connection.execute(query)).scalars()]

    async def state_of(self, take_id: TakeId) -> TakeState | None:
        async with self._database.read() as connection:
            state = await connection.scalar(select(takes.c.state).where(takes.c.id == take_id))
        return None if state is None else TakeState(state)

    async def owed(self) -> Owed:
        """What sessions of the last month asked for and a dead process did not carry out."""
        now = self._clock.now()
        recent = sessions.c.submitted_at.is_(None) | (
            sessions.c.submitted_at > now - LOOK_BACK_SECONDS
        )
        query = (
            select(takes.c.id, takes.c.state, takes.c.started_at, takes.c.session_id)
            .join(sessions, sessions.c.id == takes.c.session_id)
            .where(takes.c.state != TakeState.ERASED, recent)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
            states = (
                await connection.execute(
                    select(sessions.c.id, sessions.c.state).where(
                        sessions.c.id.in_(query.with_only_columns(takes.c.session_id))
                    )
                )
            ).all()
        facts: dict[str, dict[TakeId, TakeFacts]] = {}
        for take_id, state, started_at, session_id in rows:
            of_session = facts.setdefault(session_id, {})
            of_session[take_id] = TakeFacts(take_id, TakeState(state), started_at)
        debts = [owed(STATE.validate_json(text), facts[id_], now) for id_, text in states]
        return Owed(
            tuple(take_id for debt in debts for take_id in debt.process),
            tuple(take_id for debt in debts for take_id in debt.erase),
        )

    # ── reading ──────────────────────────────────────────────────────────────────────────

    async def load(self, take_id: TakeId) -> TakeRecord:
        """Raises NotFound for an unknown take, and for one that was erased."""
        async with self._database.read() as connection:
            found = await connection.execute(_records().where(takes.c.id == take_id))
            row = found.mappings().one_or_none()
        if row is None:
            raise NotFound("unknown_take", "There is no such recording.")
        return _record(row)

    async def of_session(self, session_id: str) -> list[TakeRecord]:
        """Every take of a session that was not erased, the oldest first."""
        query = _records().where(takes.c.session_id == session_id).order_by(takes.c.started_at)
        async with self._database.read() as connection:
            return [_record(row) for row in (await connection.execute(query)).mappings()]

    async def _move(self, take_id: TakeId, to: TakeState, **values: Any) -> bool:
        before = [state.value for state in states_before(to)]
        async with self._database.write() as connection:
            moved = await connection.execute(
                update(takes)
                .where(takes.c.id == take_id, takes.c.state.in_(before))
                .values(state=to, **values)
            )
        return bool(moved.rowcount)


def _records() -> Select[Any]:
    return (
        select(
            takes,
            sessions.c.organization_id,
            sessions.c.state.label("session_state"),
            script_versions.c.script,
        )
        .join(sessions, sessions.c.id == takes.c.session_id)
        .join(script_versions, script_versions.c.id == sessions.c.script_version_id)
        .where(takes.c.state != TakeState.ERASED)
    )


def _record(row: RowMapping) -> TakeRecord:
    session = STATE.validate_json(row["session_state"])
    take_id = TakeId(row["id"])
    return TakeRecord(
        id=take_id,
        session_id=row["session_id"],
        organization_id=row["organization_id"],
        step_id=row["step_id"],
        state=TakeState(row["state"]),
        error=row["error"],
        kept=Kept.model_validate_json(row["recording"]) if row["recording"] else None,
        edl=json.loads(row["edl"]) if row["edl"] else None,
        delivered=is_delivered(session, take_id),
        question=step_text(SCRIPT.validate_json(row["script"]), row["step_id"]) or "",
        part_seconds=_part_seconds(session, take_id),
    )


def _part_seconds(session: State, take_id: TakeId) -> tuple[float, ...]:
    """Seconds of the parts in which something was captured."""
    parts = next((take.parts for take in session.takes if take.id == take_id), ())
    return tuple(seconds for seconds in parts if seconds > 0)
