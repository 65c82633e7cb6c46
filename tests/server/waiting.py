"""Waiting for something that happens elsewhere (another task, a process, the disk), with a limit."""

import asyncio
from collections.abc import Awaitable, Callable

LIMIT_SECONDS = 20.0
LOOK_SECONDS = 0.01


async def until(true: Callable[[], bool]) -> None:
    """Returns as soon as `true()`; TimeoutError after twenty seconds."""

    async def look() -> bool:
        return true()

    await until_async(look)


async def until_async(
    true: Callable[[], Awaitable[bool]], *, limit_seconds: float = LIMIT_SECONDS
) -> None:
    async with asyncio.timeout(limit_seconds):
        while not await true():  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
