"""Clips for tests, through the front door."""

import asyncio
from typing import Any

from tests.server.conftest import Client
from tests.server.fakes import FakeRecorder

LIMIT_SECONDS = 10


async def upload(client: Client, title: str = "Welcome") -> dict[str, Any]:
    """A clip as it is right after its upload."""
    answer = await client.post(
        "/api/clips/upload",
        params={"title": title},
        data=FakeRecorder.MOVIE + b" of " + title.encode(),
    )
    assert answer.status == 201, await answer.text()
    row: dict[str, Any] = await answer.json()
    return row


async def clip_row(client: Client, clip_id: str) -> dict[str, Any]:
    rows = await (await client.get("/api/clips")).json()
    return next(row for row in rows if row["id"] == clip_id)


async def settled(client: Client, clip_id: str) -> dict[str, Any]:
    """The clip once it is ready or failed."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            row = await clip_row(client, clip_id)
            if row["state"] in ("ready", "failed"):
                return row


async def ready_clip(client: Client, title: str = "Welcome") -> str:
    """The id of a clip that can be shown."""
    row = await settled(client, (await upload(client, title))["id"])
    assert row["state"] == "ready", row
    return str(row["id"])
