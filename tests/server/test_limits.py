"""How often something may be tried."""

import pytest

from server.errors import TooMany
from server.limits import Allowance, Limits

THRICE = Allowance("door", times=3, minutes=5)


def test_after_the_last_try_comes_a_refusal_that_says_for_how_long() -> None:
    limits = Limits()
    for _ in range(3):
        limits.check(THRICE, "203.0.113.7")
        limits.spend(THRICE, "203.0.113.7")
    for refuse in (limits.spend, limits.check):
        with pytest.raises(TooMany) as refused:
            refuse(THRICE, "203.0.113.7")
        assert refused.value.params == {"retry_seconds": 300}


def test_others_and_other_doors_are_not_affected() -> None:
    limits = Limits()
    for _ in range(3):
        limits.spend(THRICE, "203.0.113.7")
    limits.spend(THRICE, "203.0.113.8")
    limits.spend(Allowance("other", times=1), "203.0.113.7")


def test_checking_counts_nothing() -> None:
    limits = Limits()
    for _ in range(10):
        limits.check(THRICE, "203.0.113.7")
