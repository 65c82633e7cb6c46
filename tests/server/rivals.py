"""Another organization on the same server, to show that the two never see each other."""

from sqlalchemy import insert

from server.accounts.store import AccountStore
from server.db.engine import Database
from server.db.tables import organizations, users


async def add_rival(database: Database, accounts: AccountStore) -> str:
    """The cookie of a recruiter in a second organization."""
    async with database.write() as connection:
        await connection.execute(
            insert(organizations).values(id="or_rival", name="Rival", created_at=2e9)
        )
        await connection.execute(
            insert(users).values(
                id="us_rival",
                organization_id="or_rival",
                name="Rita",
                email="rita@rival.example",
                password_hash="",
                role="owner",
                created_at=2e9,
            )
        )
    return await accounts.log_in("us_rival", "Firefox on Linux")
