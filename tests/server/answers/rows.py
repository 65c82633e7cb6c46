"""Candidates in the database: an organization with an interview, and sessions in any state."""

from server.answers.states import TakeState
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
from server.interviews.script import ClipId, Question, Script, Segment, StepId
from server.interviews.store import SCRIPT
from server.sessions.stages import (
    Answer,
    Choosing,
    Recording,
    Stage,
    State,
    Submitted,
    Take,
    TakeId,
)
from server.sessions.store import STATE

NOW = 1_800_000_000.0
WELCOME, FIRST, SECOND = StepId("st_welcome"), StepId("st_first"), StepId("st_second")
A_SCRIPT = Script(
    (
        Segment(WELCOME, "Welcome", ClipId("cl_welcome")),
        Question(FIRST, "What moves you?"),
        Question(SECOND, "What holds you?"),
    ),
    live_watching=True,
)
ONE, TWO, OLD = TakeId("tk_one"), TakeId("tk_two"), TakeId("tk_old")


def submitted(*take_ids: TakeId, dropped: tuple[TakeId, ...] = ()) -> State:
    """Everything answered: the first take for the first question, and so on."""
    answers = tuple(
        Answer(step_id, take_id)
        for step_id, take_id in zip((FIRST, SECOND), take_ids, strict=False)
    )
    chosen = tuple(Take(a.take_id, a.step_id, (12.0,), status="done") for a in answers)
    others = tuple(Take(take_id, FIRST, (12.0,), status="done") for take_id in dropped)
    return State(stage=Submitted(NOW), takes=(*others, *chosen), answers=answers)


def choosing(*take_ids: TakeId) -> State:
    """At the first question, with these takes done."""
    return State(
        stage=Choosing(FIRST),
        takes=tuple(Take(take_id, FIRST, (12.0,), status="done") for take_id in take_ids),
    )


def recording(take_id: TakeId) -> Stage:
    return Recording(FIRST, take_id, 1, NOW, NOW + 120, NOW + 130)


async def put_organization(database: Database, name: str, script: Script = A_SCRIPT) -> str:
    """`or_{name}` with the interview `in_{name}`, published once."""
    text = SCRIPT.dump_json(script).decode()
    async with database.write() as connection:
        await connection.execute(
            organizations.insert().values(id=f"or_{name}", name=name, created_at=NOW)
        )
        await connection.execute(
            interviews.insert().values(
                id=f"in_{name}",
                organization_id=f"or_{name}",
                title=f"Interview of {name}",
                position_title="Optician",
                draft=text,
                created_at=NOW,
            )
        )
        await connection.execute(
            script_versions.insert().values(
                id=f"sv_{name}",
                interview_id=f"in_{name}",
                version=1,
                script=text,
                published_at=NOW,
            )
        )
    return f"or_{name}"


async def put_session(
    database: Database, organization: str, name: str, state: State | None = None
) -> str:
    """`se_{name}` of the candidate `name`, in the organization `or_{organization}`."""
    async with database.write() as connection:
        await connection.execute(
            invitations.insert().values(
                id=f"iv_{name}",
                organization_id=f"or_{organization}",
                interview_id=f"in_{organization}",
                token_hash=f"hash of {name}",
                candidate_name=name,
                sender_name="Ruth",
                created_at=NOW,
                closes_at=NOW + 7 * 86400,
            )
        )
        await connection.execute(
            sessions.insert().values(
                id=f"se_{name}",
                organization_id=f"or_{organization}",
                invitation_id=f"iv_{name}",
                script_version_id=f"sv_{organization}",
                state=STATE.dump_json(state or State()).decode(),
                watching_ended=False,
                created_at=NOW,
                updated_at=NOW,
            )
        )
    return f"se_{name}"


async def put_state(database: Database, session_id: str, state: State) -> None:
    async with database.write() as connection:
        await connection.execute(
            sessions.update()
            .where(sessions.c.id == session_id)
            .values(state=STATE.dump_json(state).decode())
        )


async def put_take(
    database: Database,
    session_id: str,
    take_id: TakeId,
    state: TakeState = TakeState.OPEN,
    *,
    step_id: StepId = FIRST,
    started_at: float = NOW,
    attempts: int = 0,
) -> None:
    async with database.write() as connection:
        await connection.execute(
            takes.insert().values(
                id=take_id,
                session_id=session_id,
                step_id=step_id,
                started_at=started_at,
                state=state,
                attempts=attempts,
            )
        )


async def put_consent(
    database: Database, session_id: str, name: str, *, live_watching: bool, at: float
) -> None:
    async with database.write() as connection:
        await connection.execute(
            consents.insert().values(
                id=f"co_{name}",
                session_id=session_id,
                text_version="1",
                locale="en",
                live_watching=live_watching,
                at=at,
            )
        )
