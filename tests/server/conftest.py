"""What the server's tests share: a database in a file of its own, a clock, a running application."""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from server.accounts.store import NewOwner
from server.app import STORES, build
from server.config import Settings
from server.db.engine import Database
from server.http.identity import LOGIN
from tests.server.fakes import FakeClock, FakeRecorder
from tests.server.rivals import add_rival

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
def recorder() -> FakeRecorder:
    return FakeRecorder()


@pytest.fixture
async def app(settings: Settings, clock: FakeClock, recorder: FakeRecorder) -> web.Application:
    """The whole server, as `interlude serve` builds it, but for the recorder's process."""
    return await build(settings, clock, run_task=recorder)


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
async def rival(owner: Client, new_client: MakeClient, app: web.Application) -> Client:
    """A recruiter of another organization, logged in."""
    client = await new_client()
    token = await add_rival(app[STORES].database, app[STORES].accounts)
    client.session.cookie_jar.update_cookies({LOGIN: token}, client.make_url("/"))
    return client


@pytest.fixture
async def owner(new_client: MakeClient, app: web.Application) -> Client:
    """A browser in which the owner is logged in."""
    accounts = app[STORES].accounts
    new = NewOwner(OWNER["organization_name"], OWNER["name"], OWNER["email"], owners_hash())
    user = await accounts.set_up(await accounts.new_setup_token(), new)
    client = await new_client()
    token = await accounts.log_in(user.id, "Firefox on Linux")
    client.session.cookie_jar.update_cookies({LOGIN: token}, client.make_url("/"))
    return client


@functools.cache
def owners_hash() -> str:
    return PasswordHasher().hash(OWNER["password"])
