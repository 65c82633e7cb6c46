"""The one timer of everything that is sent: clips and live watching alike.

A task or a timer for each packet or viewer costs more than the packets themselves, so whoever has
something to send joins here and is called every 10 ms for as long as it stays. With no members
there is no timer.

Invariants: at most one timer is pending; missed beats are skipped, not made up for; a member that
raises is dropped and the error goes to the event loop's handler, the others go on.
"""

import asyncio
import time
import weakref
from collections.abc import Callable
from typing import Final, Protocol

BEAT_SECONDS: Final = 0.01

CallLater = Callable[[float, Callable[[], None]], object]


class Paced(Protocol):
    def beat(self, now: float) -> None:
        """Send what is due at `now` (seconds of the pacer's clock). Must not block."""
        ...


class Pacer:
    """Calls its members' `beat` every 10 ms. `now` is a monotonic clock in seconds."""

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.monotonic,
        call_later: CallLater | None = None,
    ) -> None:
        self.now = now
        self._call_later = call_later or _on_running_loop
        self._members: dict[Paced, None] = {}
        self._is_armed = False

    @staticmethod
    def of_running_loop() -> "Pacer":
        """The pacer that all senders on this event loop share."""
        loop = asyncio.get_running_loop()
        pacer = _pacers.get(loop)
        if pacer is None:
            pacer = _pacers[loop] = Pacer()
        return pacer

    def join(self, member: Paced) -> None:
        self._members[member] = None
        self._arm()

    def leave(self, member: Paced) -> None:
        self._members.pop(member, None)

    def _arm(self) -> None:
        if self._members and not self._is_armed:
            self._is_armed = True
            self._call_later(BEAT_SECONDS, self._beat)

    def _beat(self) -> None:
        self._is_armed = False
        try:
            for member in tuple(self._members):
                self._beat_one(member)
        finally:
            self._arm()

    def _beat_one(self, member: Paced) -> None:
        if member not in self._members:
            return
        is_sound = False
        try:
            member.beat(self.now())
            is_sound = True
        finally:
            if not is_sound:
                self.leave(member)


def _on_running_loop(seconds: float, callback: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, callback)


_pacers: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Pacer]" = weakref.WeakKeyDictionary()
