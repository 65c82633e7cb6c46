"""Lists and notices: everything of one's own organization, nothing of another's."""

import pytest

from server.answers.states import TakeState
from server.errors import NotFound
from server.sessions.stages import State
from tests.server.answers.house import OTHER, OWN, House
from tests.server.answers.recorder import capture
from tests.server.answers.rows import (
    NOW,
    ONE,
    SECOND,
    TWO,
    choosing,
    put_consent,
    put_session,
    put_state,
    put_take,
    recording,
    submitted,
)


async def test_the_list_has_the_own_sessions_only(house: House) -> None:
    await put_session(house.database, "own", "kim")
    await put_session(house.database, "other", "lee")
    rows = await house.overview.sessions(OWN)
    assert [(row.id, row.candidate_name, row.interview_id) for row in rows] == [
        ("se_kim", "kim", "in_own")
    ]
    assert await house.overview.sessions(OWN, "in_other") == []
    assert len(await house.overview.sessions(OTHER, "in_other")) == 1


async def test_another_organization_finds_no_session(house: House) -> None:
    await put_session(house.database, "own", "kim")
    with pytest.raises(NotFound):
        await house.overview.page(OTHER, "se_kim")
    with pytest.raises(NotFound):
        await house.overview.page(OWN, "se_nobody")


async def test_the_last_consent_decides_about_watching(house: House) -> None:
    session_id = await put_session(
        house.database, "own", "kim", State(stage=recording(ONE), connected=True)
    )
    await put_consent(house.database, session_id, "a", live_watching=True, at=1.0)
    assert (await house.overview.page(OWN, session_id)).session.watchable
    await put_consent(house.database, session_id, "b", live_watching=False, at=2.0)
    assert not (await house.overview.page(OWN, session_id)).session.watchable


async def test_the_answers_come_with_the_submit_and_in_their_order(house: House) -> None:
    session_id = await put_session(house.database, "own", "kim", choosing(ONE))
    await put_take(house.database, session_id, TWO, step_id=SECOND, started_at=NOW + 9)
    await put_take(house.database, session_id, ONE, TakeState.CAPTURED)
    assert (await house.overview.page(OWN, session_id)).answers == []
    await put_state(house.database, session_id, submitted(ONE, TWO))
    answers = (await house.overview.page(OWN, session_id)).answers
    assert [answer.question for answer in answers] == ["What moves you?", "What holds you?"]


async def test_a_change_is_told_to_the_own_organization(house: House) -> None:
    session_id = await put_session(house.database, "own", "kim", choosing(ONE))
    async with house.notices_of(OWN) as own, house.notices_of(OTHER) as other:
        await house.notices.publish_session_changed(session_id)
        told = await own.next()
        await put_session(house.database, "other", "lee")
        await house.notices.publish_session_changed("se_lee")
        assert (await other.next())["session"]["id"] == "se_lee"
    assert (told["type"], told["session"]["stage"]) == ("session", "choosing")


async def test_the_submit_tells_of_every_answer(house: House) -> None:
    session_id = await put_session(house.database, "own", "kim", submitted(ONE, TWO))
    await put_take(house.database, session_id, ONE, TakeState.CAPTURED)
    await put_take(house.database, session_id, TWO, TakeState.CAPTURED, started_at=NOW + 9)
    capture(house.spool, ONE)
    async with house.notices_of() as heard:
        await house.notices.publish_session_changed(session_id)
        assert (await heard.next())["session"]["progress"] == "submitted"
        await heard.answer(ONE, "playable")
        await heard.answer(TWO, "waiting")


async def test_an_answer_that_was_not_delivered_is_told_to_nobody(house: House) -> None:
    session_id = await put_session(house.database, "own", "kim", choosing(ONE))
    await put_take(house.database, session_id, ONE, TakeState.CAPTURED)
    async with house.notices_of() as heard:
        await house.notices.publish_answer_changed(ONE)
        await house.notices.publish_session_changed(session_id)
        assert (await heard.next())["type"] == "session"
