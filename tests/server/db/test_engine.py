"""The engine: migrations match the tables, transactions are whole, writers take turns."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from server.db.engine import Database
from server.db.migrations.upgrade import differences
from server.db.tables import organizations, users


async def add_organization(database: Database, organization_id: str) -> None:
    async with database.write() as connection:
        await connection.execute(
            insert(organizations).values(id=organization_id, name="A", created_at=1.0)
        )


async def count(database: Database) -> int:
    async with database.read() as connection:
        return int(await connection.scalar(select(func.count()).select_from(organizations)) or 0)


async def test_migrations_make_exactly_the_tables(database: Database) -> None:
    async with database.read() as connection:
        found = await connection.run_sync(differences)
    assert found == [], 'run: python -m server.db 0002 "what changes"'


async def test_a_second_opening_keeps_what_is_there(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'new' / 'folder' / 'x.db'}"
    first = await Database.open(url)
    await add_organization(first, "or_a")
    await first.close()
    second = await Database.open(url)
    assert await count(second) == 1
    await second.close()


async def test_the_pragmas_hold_on_every_connection(database: Database) -> None:
    async with database.read() as one, database.read() as other:
        for connection in (one, other):
            for pragma, value in (
                ("journal_mode", "wal"),
                ("synchronous", 2),
                ("foreign_keys", 1),
                ("busy_timeout", 10_000),
            ):
                assert await connection.scalar(text(f"PRAGMA {pragma}")) == value


async def test_an_exception_rolls_the_whole_write_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.write() as connection:
            await connection.execute(
                insert(organizations).values(id="or_a", name="A", created_at=1.0)
            )
            raise ZeroDivisionError
    assert await count(database) == 0


async def test_foreign_keys_are_enforced(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await connection.execute(
                insert(users).values(
                    id="us_a",
                    organization_id="or_nobody",
                    name="A",
                    email="a@example.org",
                    password_hash="",
                    role="owner",
                    created_at=1.0,
                )
            )


async def test_many_writers_at_once_all_succeed(database: Database) -> None:
    await asyncio.gather(*(add_organization(database, f"or_{n}") for n in range(40)))
    assert await count(database) == 40


async def test_a_reader_sees_one_moment_while_others_write(database: Database) -> None:
    async with database.read() as connection:
        before = await connection.scalar(select(func.count()).select_from(organizations))
        await add_organization(database, "or_a")
        after = await connection.scalar(select(func.count()).select_from(organizations))
    assert (before, after) == (0, 0)
    assert await count(database) == 1


async def test_a_cancelled_write_leaves_nothing_and_blocks_nobody(database: Database) -> None:
    inside = asyncio.Event()

    async def write_for_ever() -> None:
        async with database.write() as connection:
            await connection.execute(
                insert(organizations).values(id="or_a", name="A", created_at=1.0)
            )
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_for_ever())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await add_organization(database, "or_b")
    assert await count(database) == 1
