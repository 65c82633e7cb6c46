"""The life of a take on the server, and what is owed to it. Pure: values in, values out.

    open → captured → processing → ready
                          └──────→ failed        every one of them → erased

`open`: parts are still being captured. `captured`: all parts are closed, nothing was made of them.
`processing`: the recorder works on it, or did when the server died. `ready`: stored for good.
`failed`: the capture is kept as it is, but no rendition could be made. `erased`: gone, for good.

Invariant: a state only moves along `NEXT`; whoever moves it names the state it expects, so that
two mouths can never undo each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from server.sessions.stages import State, Submitted, TakeId


class TakeState(StrEnum):
    OPEN = "open"
    CAPTURED = "captured"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"
    ERASED = "erased"


NEXT: dict[TakeState, frozenset[TakeState]] = {
    TakeState.OPEN: frozenset({TakeState.CAPTURED, TakeState.ERASED}),
    TakeState.CAPTURED: frozenset({TakeState.PROCESSING, TakeState.ERASED}),
    TakeState.PROCESSING: frozenset(
        {TakeState.PROCESSING, TakeState.READY, TakeState.FAILED, TakeState.ERASED}
    ),
    TakeState.READY: frozenset({TakeState.ERASED}),
    TakeState.FAILED: frozenset({TakeState.ERASED}),
    TakeState.ERASED: frozenset(),
}

TRIES = 2  # a recorder process that crashes on a take gets one more try
MAX_ATTEMPTS = 5  # begun, and never ended: the server itself died each time
ERASE_AFTER_SECONDS = 22 * 3600.0  # with an hourly look, always within 24 h of being replaced


def states_before(state: TakeState) -> frozenset[TakeState]:
    """From where that state may be entered."""
    return frozenset(before for before, allowed in NEXT.items() if state in allowed)


@dataclass(frozen=True, slots=True)
class TakeFacts:
    """What the database knows of a take; times are seconds since the Unix epoch."""

    id: TakeId
    state: TakeState
    started_at: float


@dataclass(frozen=True, slots=True)
class Owed:
    """What the director had asked for and a dead process did not carry out."""

    process: tuple[TakeId, ...] = ()
    erase: tuple[TakeId, ...] = ()


def owed(session: State, takes: Mapping[TakeId, TakeFacts], now: float) -> Owed:
    """Compares what a session says of its takes with what was done about them.

    A finished take that nobody submitted for processing is owed that; a take that is not the
    answer is owed its erasure, at once after submit, else a day after it was replaced.
    """
    process, erase = [], []
    submitted = isinstance(session.stage, Submitted)
    for take in session.takes:
        facts = takes.get(take.id)
        if facts is None or facts.state is TakeState.ERASED:
            continue
        if is_discarded(session, take.id):
            if submitted or now - facts.started_at >= ERASE_AFTER_SECONDS:
                erase.append(take.id)
        elif take.status == "done" and facts.state is TakeState.OPEN:
            process.append(take.id)
    return Owed(tuple(process), tuple(erase))


def is_discarded(session: State, take_id: TakeId) -> bool:
    """The candidate dropped it, or chose another take of its question, or submitted without it."""
    take = session.take(take_id)
    chosen = next((a.take_id for a in session.answers if a.step_id == take.step_id), None)
    if chosen is not None:
        return chosen != take_id
    return take.status == "abandoned" or isinstance(session.stage, Submitted)


def is_delivered(session: State, take_id: TakeId) -> bool:
    """The team may see it: the candidate submitted, and this take is one of the answers."""
    chosen = (answer.take_id for answer in session.answers)
    return isinstance(session.stage, Submitted) and take_id in chosen
