"""The whole server on Redis: two processes' worth of it share their notices."""

import asyncio

from aiohttp.test_utils import TestClient, TestServer

from server.accounts.store import NewOwner
from server.app import STORES, build
from server.config import Settings
from server.http.identity import LOGIN
from tests.server.bus.conftest import RedisServer
from tests.server.clips.making import upload
from tests.server.conftest import owners_hash
from tests.server.fakes import FakeClock, FakeRecorder


async def test_a_console_at_one_server_hears_of_a_clip_at_the_other(
    settings: Settings, clock: FakeClock, redis_server: RedisServer
) -> None:
    shared = settings.model_copy(
        update={
            "redis_url": redis_server.url,
            "database_url": f"sqlite+aiosqlite:///{settings.data / 'shared.db'}",
        }
    )
    other = shared.model_copy(update={"data": settings.data / "other"})
    apps = [await build(one, clock, run_task=FakeRecorder()) for one in (shared, other)]
    accounts = apps[0][STORES].accounts
    new = NewOwner("Lichtwerk", "Ruth", "ruth@example.org", owners_hash())
    user = await accounts.set_up(await accounts.new_setup_token(), new)
    token = await accounts.log_in(user.id, "Firefox on Linux")
    async with TestClient(TestServer(apps[0])) as here, TestClient(TestServer(apps[1])) as there:
        for client in (here, there):
            client.session.cookie_jar.update_cookies({LOGIN: token}, client.make_url("/"))
        socket = await there.ws_connect("/api/console/events")
        row = await upload(here)
        async with asyncio.timeout(20):
            assert (await socket.receive_json())["clip"]["id"] == row["id"]
        await socket.close()
