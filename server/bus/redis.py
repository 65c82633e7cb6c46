"""The bus through Redis, for several processes: one subscribing connection, shared by all.

Redis away is not a fault of a session: notices published meanwhile are dropped with one log line,
and the subscriptions are made again when it is back.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from server.bus.local import LocalBus
from server.errors import Unavailable

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 2.0
QUIET_SECONDS = 15.0
RETRY_SECONDS = 1.0
PREFIX = "interlude:"
STANDBY = f"{PREFIX}standby"  # keeps the connection subscribed when nobody listens


class RedisBus:
    """`await RedisBus.open(url)`; owns its reading task until `close()`."""

    def __init__(self, url: str) -> None:
        self._sending = Redis.from_url(
            url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS
        )
        self._listening = Redis.from_url(url, socket_connect_timeout=ANSWER_SECONDS)
        self._local = LocalBus()
        self._pubsub: PubSub | None = None
        self._in_order = asyncio.Lock()
        self._confirmed: dict[str, asyncio.Event] = {}
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, url: str) -> Self:
        """Raises Unavailable `redis_away` when there is no Redis at `url`."""
        bus = cls(url)
        try:
            await bus._sending.ping()
        except (RedisError, OSError) as error:
            await bus.close()
            raise Unavailable("redis_away", f"Redis does not answer: {error}") from None
        bus._reader = asyncio.create_task(bus._read(), name="redis bus")
        await bus._want(STANDBY)
        return bus

    async def publish(self, topic: str, payload: bytes) -> None:
        try:
            await self._sending.publish(PREFIX + topic, payload)
        except (RedisError, OSError) as error:
            log.warning("notice not sent, redis is away", reason=type(error).__name__)

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[AsyncIterator[bytes]]:
        try:
            async with self._local.subscribe(topic) as notices:
                await self._want(PREFIX + topic)
                yield notices
        finally:
            await self._leave(topic)

    async def close(self) -> None:
        while self._reader is not None and not self._reader.done():
            self._reader.cancel()  # again and again: redis-py swallows it while it connects
            await asyncio.wait({self._reader}, timeout=RETRY_SECONDS)
        await self._sending.aclose()
        await self._listening.aclose()

    async def _want(self, channel: str) -> None:
        """Returns once Redis has confirmed, or is away (the reader subscribes when it is back)."""
        confirmed = self._confirmed.setdefault(channel, asyncio.Event())
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                async with self._in_order:
                    if self._pubsub is not None and not confirmed.is_set():
                        await self._pubsub.subscribe(channel)
                await confirmed.wait()

    async def _leave(self, topic: str) -> None:
        """Unsubscribes when the last one in this process has gone."""
        channel = PREFIX + topic
        async with self._in_order:
            if self._local.subscribers(topic) or self._confirmed.pop(channel, None) is None:
                return
            with suppress(RedisError, OSError):
                if self._pubsub is not None:
                    await self._pubsub.unsubscribe(channel)

    async def _read(self) -> None:
        while True:
            try:
                async with self._listening.pubsub() as pubsub:
                    async with self._in_order:
                        await pubsub.subscribe(*self._confirmed)
                        self._pubsub = pubsub
                    await self._pass_on(pubsub)
            except (RedisError, OSError) as error:
                log.warning("redis is away", reason=type(error).__name__)
            finally:
                self._pubsub = None
                for confirmed in self._confirmed.values():
                    confirmed.clear()
            await asyncio.sleep(RETRY_SECONDS)

    async def _pass_on(self, pubsub: PubSub) -> None:
        while True:
            message = await pubsub.get_message(timeout=QUIET_SECONDS)
            if message is None:
                await pubsub.ping()
            else:
                self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        channel = message["channel"]
        if not isinstance(channel, bytes):
            return
        name = channel.decode()
        if message["type"] == "subscribe" and name in self._confirmed:
            self._confirmed[name].set()
        elif message["type"] == "message":
            self._local.deliver(name.removeprefix(PREFIX), message["data"])
