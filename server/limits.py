"""How often something may be tried, per key, in this process (a moving window, no bursts at edges)."""

from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from server.errors import TooMany


@dataclass(frozen=True, slots=True)
class Allowance:
    """`times` within `minutes`; `name` keeps the counts of different doors apart."""

    name: str
    times: int
    minutes: int = 1


class Limits:
    def __init__(self) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def spend(self, allowance: Allowance, key: str) -> None:
        """Count one try. Raises TooMany `too_many` when `key` has none left."""
        if not self._window.hit(_item(allowance), allowance.name, key):
            raise _too_many(allowance)

    def check(self, allowance: Allowance, key: str) -> None:
        """Raises TooMany when `key` has none left; counts nothing."""
        if not self._window.test(_item(allowance), allowance.name, key):
            raise _too_many(allowance)


def _item(allowance: Allowance) -> RateLimitItemPerMinute:
    return RateLimitItemPerMinute(allowance.times, allowance.minutes)


def _too_many(allowance: Allowance) -> TooMany:
    return TooMany(
        "too_many",
        "That was too often. Please wait a little and try again.",
        retry_seconds=allowance.minutes * 60,
    )
