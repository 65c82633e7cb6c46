"""Live notices between those who change something and those who look at it.

Best effort: a notice tells that something changed and how it is now; who missed one asks the
database. Topics: `org:{organization_id}` for consoles, `session:{session_id}` for a candidate's page.

Invariants: a subscriber gets what was published after `subscribe` was entered, in order; it is
never skipped over: one that falls too far behind is ended with SubscriberTooSlow.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from server.errors import Unavailable

QUEUED_NOTICES = 256


class SubscriberTooSlow(Unavailable):
    """This subscriber let `QUEUED_NOTICES` pile up; it should begin anew."""

    def __init__(self) -> None:
        super().__init__("subscriber_too_slow", "This page could not keep up. Please reload it.")


class Bus(Protocol):
    async def publish(self, topic: str, payload: bytes) -> None:
        """Tell every subscriber of `topic`. Never raises for an engine that is away."""
        ...

    def subscribe(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The notices of `topic` from now on; iterating raises SubscriberTooSlow."""
        ...

    async def close(self) -> None: ...
