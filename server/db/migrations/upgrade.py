"""Bring a database to the newest migration, tell how the tables differ from it, write a new one."""

from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from server.db.tables import metadata

OPTIONS: dict[str, Any] = {
    "target_metadata": metadata,
    "render_as_batch": True,
    "compare_type": True,
}


def upgrade(connection: Connection) -> None:
    """Apply what is missing, within the caller's transaction."""
    command.upgrade(_config(connection), "head")


def differences(connection: Connection) -> list[Any]:
    """What `tables.py` has and the migrated database has not, and the other way round."""
    context = MigrationContext.configure(connection, opts=OPTIONS)
    return list(compare_metadata(context, metadata))


def write_revision(connection: Connection, message: str, number: str) -> None:
    """Write the next file of `versions/` from the differences; for people changing `tables.py`."""
    command.revision(_config(connection), message, autogenerate=True, rev_id=number)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "server.db:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
