"""What an invitation is worth at a moment. Pure.

The link closes at `closes_at`; who has started by then may finish within a day, and who has
submitted may come back for a month, to watch the own answers and to read replies.
"""

from dataclasses import dataclass
from typing import Literal

from server.errors import Gone

GRACE_SECONDS = 24 * 3600.0
AFTERWARDS_SECONDS = 30 * 24 * 3600.0

InvitationState = Literal["invited", "opened", "started", "submitted", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class Facts:
    """Seconds since the Unix epoch. `started`: the candidate has consented."""

    closes_at: float
    opened_at: float | None
    started: bool
    submitted_at: float | None
    revoked_at: float | None


def state_of(facts: Facts, now: float) -> InvitationState:
    """What the console shows."""
    if facts.submitted_at is not None:
        return "submitted"
    if facts.revoked_at is not None:
        return "revoked"
    if now >= closes_at(facts):
        return "expired"
    if facts.started:
        return "started"
    return "opened" if facts.opened_at is not None else "invited"


def closes_at(facts: Facts) -> float:
    """When the link really stops opening."""
    if facts.submitted_at is not None:
        return max(facts.closes_at, facts.submitted_at + AFTERWARDS_SECONDS)
    return facts.closes_at + (GRACE_SECONDS if facts.started else 0.0)


def check_open(facts: Facts, now: float) -> None:
    """Raises Gone `revoked` or `expired`."""
    if facts.revoked_at is not None:
        raise Gone("revoked", "This invitation was withdrawn.")
    if now >= closes_at(facts):
        raise Gone("expired", "This invitation has expired. Please ask for a new link.")
