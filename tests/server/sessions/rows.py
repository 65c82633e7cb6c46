"""One invited candidate in the database: organization, interview, version, invitation, session."""

from server.db.engine import Database
from server.db.tables import (
    interviews,
    invitations,
    organizations,
    script_versions,
    sessions,
)
from server.interviews.store import SCRIPT
from server.sessions.stages import State
from server.sessions.store import STATE
from tests.server.sessions import playbook

SESSION_ID = "se_1"
ORGANIZATION_ID = "or_1"


async def put_session(database: Database, state: State | None = None) -> str:
    """Returns the session's id. The interview is the playbook's script."""
    script = SCRIPT.dump_json(playbook.SCRIPT).decode()
    now = 1_800_000_000.0
    async with database.write() as connection:
        await connection.execute(
            organizations.insert().values(id=ORGANIZATION_ID, name="Lichtwerk", created_at=now)
        )
        await connection.execute(
            interviews.insert().values(
                id="in_1",
                organization_id=ORGANIZATION_ID,
                title="Ten minutes with us",
                position_title="Optical engineer",
                draft=script,
                created_at=now,
            )
        )
        await connection.execute(
            script_versions.insert().values(
                id="sv_1", interview_id="in_1", version=1, script=script, published_at=now
            )
        )
        await connection.execute(
            invitations.insert().values(
                id="iv_1",
                organization_id=ORGANIZATION_ID,
                interview_id="in_1",
                token_hash="0" * 64,
                candidate_name="Kim",
                sender_name="Ruth",
                created_at=now,
                closes_at=now + 7 * 86400,
            )
        )
        await connection.execute(
            sessions.insert().values(
                id=SESSION_ID,
                organization_id=ORGANIZATION_ID,
                invitation_id="iv_1",
                script_version_id="sv_1",
                state=STATE.dump_json(state or State()).decode(),
                watching_ended=False,
                created_at=now,
                updated_at=now,
            )
        )
    return SESSION_ID
