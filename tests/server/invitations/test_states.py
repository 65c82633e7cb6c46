"""What an invitation is worth, at which moment."""

from dataclasses import replace

import pytest

from server.errors import Gone
from server.invitations.states import (
    AFTERWARDS_SECONDS,
    GRACE_SECONDS,
    Facts,
    check_open,
    closes_at,
    state_of,
)

CLOSES = 1000.0
FRESH = Facts(closes_at=CLOSES, opened_at=None, started=False, submitted_at=None, revoked_at=None)


@pytest.mark.parametrize(
    ("facts", "now", "state"),
    [
        (FRESH, 0.0, "invited"),
        (FRESH, CLOSES - 1, "invited"),
        (FRESH, CLOSES, "expired"),
        (replace(FRESH, opened_at=5.0), 10.0, "opened"),
        (replace(FRESH, opened_at=5.0), CLOSES, "expired"),
        (replace(FRESH, opened_at=5.0, started=True), 10.0, "started"),
        (replace(FRESH, opened_at=5.0, started=True), CLOSES + GRACE_SECONDS - 1, "started"),
        (replace(FRESH, opened_at=5.0, started=True), CLOSES + GRACE_SECONDS, "expired"),
        (replace(FRESH, started=True, submitted_at=50.0), CLOSES + 10**9, "submitted"),
        (replace(FRESH, revoked_at=5.0), 10.0, "revoked"),
        (replace(FRESH, revoked_at=5.0), CLOSES, "revoked"),
        (replace(FRESH, submitted_at=4.0, revoked_at=5.0), 10.0, "submitted"),
    ],
)
def test_what_the_console_shows(facts: Facts, now: float, state: str) -> None:
    assert state_of(facts, now) == state


@pytest.mark.parametrize(
    ("facts", "now", "key"),
    [
        (FRESH, CLOSES, "expired"),
        (replace(FRESH, started=True), CLOSES + GRACE_SECONDS, "expired"),
        (replace(FRESH, revoked_at=5.0), 6.0, "revoked"),
        (replace(FRESH, submitted_at=4.0, revoked_at=5.0), 6.0, "revoked"),
        (replace(FRESH, submitted_at=900.0), 900.0 + AFTERWARDS_SECONDS, "expired"),
    ],
)
def test_a_link_that_is_over_says_why(facts: Facts, now: float, key: str) -> None:
    with pytest.raises(Gone) as refused:
        check_open(facts, now)
    assert refused.value.key == key


def test_who_started_may_finish_and_who_submitted_may_come_back() -> None:
    check_open(replace(FRESH, started=True), CLOSES + GRACE_SECONDS - 1)
    check_open(replace(FRESH, submitted_at=900.0), 900.0 + AFTERWARDS_SECONDS - 1)
    assert closes_at(replace(FRESH, submitted_at=1.0, closes_at=10.0**9)) == 10.0**9
