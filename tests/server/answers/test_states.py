"""The states of a take, and what is owed to it."""

import pytest

from server.answers.states import (
    ERASE_AFTER_SECONDS,
    NEXT,
    Owed,
    TakeFacts,
    TakeState,
    is_delivered,
    owed,
    states_before,
)
from server.sessions.stages import Answer, Reviewing, State, Take, TakeId
from tests.server.answers.rows import FIRST, NOW, OLD, ONE, TWO, choosing, submitted

HOUR = 3600.0


def facts(*take_ids: TakeId, state: TakeState = TakeState.READY) -> dict[TakeId, TakeFacts]:
    return {take_id: TakeFacts(take_id, state, NOW) for take_id in take_ids}


def chosen(take_id: TakeId, *others: TakeId) -> State:
    """At the review, with an answer for the first question."""
    takes = tuple(Take(id_, FIRST, (9.0,), status="done") for id_ in (*others, take_id))
    return State(stage=Reviewing(), takes=takes, answers=(Answer(FIRST, take_id),))


def test_nothing_comes_back_from_erased() -> None:
    assert NEXT[TakeState.ERASED] == frozenset()
    assert all(TakeState.ERASED in NEXT[state] for state in TakeState if state != "erased")


def test_ready_and_failed_come_from_processing_only() -> None:
    assert states_before(TakeState.READY) == {TakeState.PROCESSING}
    assert states_before(TakeState.FAILED) == {TakeState.PROCESSING}


def test_every_state_can_be_reached_from_open() -> None:
    reached, waiting = {TakeState.OPEN}, [TakeState.OPEN]
    while waiting:
        for state in NEXT[waiting.pop()] - reached:
            reached.add(state)
            waiting.append(state)
    assert reached == set(TakeState)


@pytest.mark.parametrize("state", [s for s in TakeState if s is not TakeState.OPEN])
def test_only_an_open_take_that_is_done_is_owed_processing(state: TakeState) -> None:
    session = choosing(ONE)
    assert owed(session, facts(ONE, state=TakeState.OPEN), NOW) == Owed(process=(ONE,))
    assert owed(session, facts(ONE, state=state), NOW) == Owed()


def test_a_take_that_can_still_be_chosen_is_never_erased() -> None:
    assert owed(choosing(OLD, ONE), facts(OLD, ONE), NOW + 1000 * HOUR) == Owed()


def test_a_replaced_take_is_erased_within_a_day() -> None:
    session, known = chosen(ONE, OLD), facts(OLD, ONE)
    assert owed(session, known, NOW + HOUR) == Owed()
    assert owed(session, known, NOW + ERASE_AFTER_SECONDS) == Owed(erase=(OLD,))
    assert ERASE_AFTER_SECONDS + HOUR <= 24 * HOUR


def test_an_abandoned_take_is_erased_within_a_day() -> None:
    session = State(stage=choosing().stage, takes=(Take(OLD, FIRST, (3.0,), status="abandoned"),))
    assert owed(session, facts(OLD), NOW + ERASE_AFTER_SECONDS) == Owed(erase=(OLD,))


def test_with_the_submit_all_but_the_answers_is_erased_at_once() -> None:
    session = submitted(ONE, TWO, dropped=(OLD,))
    assert owed(session, facts(ONE, TWO, OLD), NOW) == Owed(erase=(OLD,))


def test_what_is_erased_or_unknown_is_owed_nothing() -> None:
    session = submitted(ONE, dropped=(OLD,))
    assert owed(session, facts(OLD, state=TakeState.ERASED), NOW) == Owed()


def test_an_answer_is_delivered_by_the_submit_and_nothing_else() -> None:
    assert not is_delivered(chosen(ONE), ONE)
    assert is_delivered(submitted(ONE, dropped=(OLD,)), ONE)
    assert not is_delivered(submitted(ONE, dropped=(OLD,)), OLD)
