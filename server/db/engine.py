"""The database: one engine, migrations applied when it opens, writers one at a time.

SQLite by default (WAL, synchronous=FULL: what was committed survives a power cut), any other
SQLAlchemy async URL when one machine is outgrown.

Invariants: a write is one transaction, begun IMMEDIATE, so that it never fails half-way on a lock
that a reader holds; within a process writers queue for their turn instead of polling SQLite's lock.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from server.db.migrations.revisions import is_newest

BUSY_SECONDS = 10
PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    f"busy_timeout = {BUSY_SECONDS * 1000}",
    "foreign_keys = ON",
)
WRITE = "interlude_write"


class Database:
    """Open it with `await Database.open(url)`; close it once nobody reads or writes any more."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._writing = asyncio.Lock()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect and bring the tables up to date."""
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            await asyncio.to_thread(Path(parsed.database).parent.mkdir, parents=True, exist_ok=True)
        database = cls(create_async_engine(parsed))
        if parsed.get_backend_name() == "sqlite":
            _prepare_sqlite(database._engine.sync_engine)
        try:
            async with database.write() as connection:
                await connection.run_sync(_bring_up_to_date)
        except BaseException:
            await database.close()
            raise
        return database

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one consistent moment."""
        async with self._engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed at the end, rolled back when an exception passes."""
        async with self._writing, self._engine.connect() as plain:
            connection = await plain.execution_options(**{WRITE: True})
            async with connection.begin():
                yield connection

    async def close(self) -> None:
        await self._engine.dispose()


def _bring_up_to_date(connection: Connection) -> None:
    if not is_newest(connection):
        from server.db.migrations.upgrade import upgrade  # noqa: PLC0415 (slow, and rarely needed)

        upgrade(connection)


def _prepare_sqlite(engine: Engine) -> None:
    """Transactions are ours to begin (PEP 249's implicit BEGIN would come too late for IMMEDIATE)."""

    def connected(dbapi_connection: Any, _record: object) -> None:
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
