"""What every bus promises, tried on each engine; and what Redis' one does when Redis is away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from server.bus.base import QUEUED_NOTICES, Bus, SubscriberTooSlow
from server.bus.local import LocalBus
from server.bus.redis import RedisBus
from server.errors import Unavailable
from tests.server.bus.conftest import RedisServer

SOON = 5.0


@pytest.fixture(params=["local", "redis"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    made: Bus
    if request.param == "local":
        made = LocalBus()
    else:
        server: RedisServer = request.getfixturevalue("redis_server")
        made = await RedisBus.open(server.url)
    yield made
    await made.close()


async def hear(notices: AsyncIterator[bytes], count: int) -> list[bytes]:
    async with asyncio.timeout(SOON):
        return [await anext(notices) for _ in range(count)]


async def test_a_subscriber_hears_what_is_published_after_it_entered(bus: Bus) -> None:
    await bus.publish("org:a", b"before")
    async with bus.subscribe("org:a") as notices:
        await bus.publish("org:a", b"one")
        await bus.publish("org:a", b"two")
        assert await hear(notices, 2) == [b"one", b"two"]


async def test_topics_are_apart(bus: Bus) -> None:
    async with bus.subscribe("org:a") as a, bus.subscribe("org:b") as b:
        await bus.publish("org:b", b"for b")
        await bus.publish("org:a", b"for a")
        assert await hear(a, 1) == [b"for a"]
        assert await hear(b, 1) == [b"for b"]


async def test_every_subscriber_of_a_topic_hears_it(bus: Bus) -> None:
    async with bus.subscribe("org:a") as one:
        async with bus.subscribe("org:a") as other:
            await bus.publish("org:a", b"first")
            assert await hear(one, 1) == await hear(other, 1) == [b"first"]
        await bus.publish("org:a", b"second")
        assert await hear(one, 1) == [b"second"]


async def test_who_left_may_come_back(bus: Bus) -> None:
    for round_ in (b"1", b"2", b"3"):
        async with bus.subscribe("org:a") as notices:
            await bus.publish("org:a", round_)
            assert await hear(notices, 1) == [round_]


async def test_any_bytes_arrive_as_they_were(bus: Bus) -> None:
    payload = bytes(range(256)) + "Grüße 你好".encode()
    async with bus.subscribe("org:a") as notices:
        await bus.publish("org:a", payload)
        assert await hear(notices, 1) == [payload]


async def test_one_that_is_too_slow_is_ended_and_the_others_are_not(bus: Bus) -> None:
    async with bus.subscribe("org:a") as slow, bus.subscribe("org:a") as quick:
        for number in range(QUEUED_NOTICES + 1):
            await bus.publish("org:a", b"%d" % number)
            assert await hear(quick, 1) == [b"%d" % number]
        with pytest.raises(SubscriberTooSlow):
            await hear(slow, 1)


async def test_publishing_to_nobody_is_fine(bus: Bus) -> None:
    await bus.publish("org:nobody", b"hello?")


async def test_closing_twice_is_fine(bus: Bus) -> None:
    await bus.close()


async def test_two_processes_hear_each_other(redis_server: RedisServer) -> None:
    here, there = await RedisBus.open(redis_server.url), await RedisBus.open(redis_server.url)
    async with there.subscribe("session:s") as notices:
        await here.publish("session:s", b"hello")
        assert await hear(notices, 1) == [b"hello"]
    await here.close()
    await there.close()


async def until(heard: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await heard():
            pass


async def test_redis_may_go_away_and_come_back(redis_server: RedisServer) -> None:
    bus = await RedisBus.open(redis_server.url)
    async with bus.subscribe("org:a") as notices:
        redis_server.stop()
        await bus.publish("org:a", b"lost")
        async with bus.subscribe("org:b"):
            pass
        redis_server.start()

        async def arrives() -> bool:
            await bus.publish("org:a", b"again")
            try:
                async with asyncio.timeout(0.2):
                    return await anext(notices) == b"again"
            except TimeoutError:
                return False

        await until(arrives)
    await bus.close()


async def test_a_redis_that_is_not_there_is_said_at_once(redis_server: RedisServer) -> None:
    redis_server.stop()
    with pytest.raises(Unavailable, match="Redis does not answer"):
        await RedisBus.open(redis_server.url)
