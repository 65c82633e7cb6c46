"""What a start believes of the migrations is what Alembic says."""

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from server.db.engine import Database
from server.db.migrations.revisions import is_newest, newest, revision_of


def test_the_newest_file_is_the_head_of_all_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", "server.db:migrations")
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == newest()


async def test_an_opened_database_is_up_to_date(database: Database) -> None:
    async with database.read() as connection:
        assert await connection.run_sync(is_newest)


def test_an_empty_or_older_database_is_not(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.begin() as connection:
        assert revision_of(connection) is None
        assert not is_newest(connection)
        connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('0000')"))
        assert revision_of(connection) == "0000"
        assert not is_newest(connection)
    engine.dispose()
