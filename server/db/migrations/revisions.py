"""Which migration a database has, and which is the newest: without Alembic.

Alembic takes a third of a second to import; a start that finds nothing to do should not pay for it.
A file of `versions/` is named after its revision, `0002_what_it_does.py`.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

VERSIONS = Path(__file__).parent / "versions"
TABLE = "alembic_version"


def is_newest(connection: Connection) -> bool:
    return revision_of(connection) == newest()


def newest() -> str:
    return max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py"))


def revision_of(connection: Connection) -> str | None:
    """None for a database without tables of ours."""
    if not inspect(connection).has_table(TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {TABLE}")).scalar()  # noqa: S608
