"""What the server's tests share: a database in a file of its own, a clock, a running application."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from server.app import ACCOUNTS, build
from server.config import Settings
from server.db.engine import Database
from tests.server.fakes import FakeClock

Client = TestClient[web.Request, web.Application]
MakeClient = Callable[[], Awaitable[Client]]

OWNER = {
    "organization_name": "Lichtwerk",
    "name": "Ruth",
    "email": "ruth@example.org",
    "password": "correct horse battery",
}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    yield opened
    await opened.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    pages = tmp_path / "pages"
    (pages / "assets").mkdir(parents=True)
    (pages / "recruiter.html").write_text("<!doctype html><title>console</title>")
    (pages / "candidate.html").write_text("<!doctype html><title>interview</title>")
    (pages / "assets" / "recruiter-abc123.js").write_text("export {};")
    return Settings(
        data=tmp_path / "data",
        pages=pages,
        port=0,
        media_host="127.0.0.1",
        media_addresses=["127.0.0.1"],
        reserve_megabytes=0,
    )


@pytest.fixture
async def app(settings: Settings, clock: FakeClock) -> web.Application:
    """The whole server, as `interlude serve` builds it."""
    return await build(settings, clock)


@pytest.fixture
async def server(app: web.Application) -> AsyncIterator[TestServer]:
    running = TestServer(app)
    await running.start_server()
    yield running
    await running.close()


@pytest.fixture
async def new_client(server: TestServer) -> AsyncIterator[MakeClient]:
    """Makes another browser: a client with cookies of its own."""
    made: list[Client] = []

    async def make() -> Client:
        made.append(TestClient(server))
        return made[-1]

    yield make
    for client in made:
        await client.session.close()


@pytest.fixture
async def stranger(new_client: MakeClient) -> Client:
    """A browser that is not logged in."""
    return await new_client()


@pytest.fixture
async def owner(new_client: MakeClient, app: web.Application) -> Client:
    """A browser in which the owner is logged in."""
    client = await new_client()
    token = await app[ACCOUNTS].new_setup_token()
    answer = await client.post("/api/setup", json={"token": token, **OWNER})
    assert answer.status == 201, await answer.text()
    return client
