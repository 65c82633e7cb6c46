"""`python -m server.db 0002 "what changes"` writes a migration from what `tables.py` has and
the newest migration has not. For developers; the server migrates by itself when it starts.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from server.db.engine import Database
from server.db.migrations.upgrade import write_revision


async def write(number: str, message: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        database = await Database.open(f"sqlite+aiosqlite:///{Path(directory) / 'scratch.db'}")
        async with database.write() as connection:
            await connection.run_sync(write_revision, message, number)
        await database.close()


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], sys.argv[2]))
