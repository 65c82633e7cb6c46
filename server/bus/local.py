"""The bus within one process: a bounded queue for each subscriber."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.bus.base import QUEUED_NOTICES, SubscriberTooSlow


class LocalBus:
    def __init__(self) -> None:
        self._subscribers: defaultdict[str, set[_Subscriber]] = defaultdict(set)

    async def publish(self, topic: str, payload: bytes) -> None:
        self.deliver(topic, payload)

    def deliver(self, topic: str, payload: bytes) -> None:
        """To the subscribers in this process, without waiting for any of them."""
        for subscriber in tuple(self._subscribers.get(topic, ())):
            subscriber.put(payload)

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[AsyncIterator[bytes]]:
        subscriber = _Subscriber()
        self._subscribers[topic].add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers[topic].discard(subscriber)
            if not self._subscribers[topic]:
                del self._subscribers[topic]

    def subscribers(self, topic: str) -> int:
        return len(self._subscribers.get(topic, ()))

    async def close(self) -> None:
        self._subscribers.clear()


class _Subscriber:
    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUED_NOTICES)
        self._too_slow = False

    def put(self, payload: bytes) -> None:
        if self._queue.full():
            self._too_slow = True
        else:
            self._queue.put_nowait(payload)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._too_slow:
            raise SubscriberTooSlow
        return await self._queue.get()
