"""The house of the tests of answers: the organizations `own` and `other`, without sessions."""

from pathlib import Path

import pytest

from server.db.engine import Database
from tests.server.answers.house import House
from tests.server.answers.rows import put_organization
from tests.server.fakes import FakeClock


@pytest.fixture
async def house(tmp_path: Path, database: Database, clock: FakeClock) -> House:
    await put_organization(database, "own")
    await put_organization(database, "other")
    return House(tmp_path, database, clock)
