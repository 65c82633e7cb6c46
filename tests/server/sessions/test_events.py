"""The candidate's socket: what it says first, and what it does about nonsense."""

import pytest
from aiohttp import WSMsgType

from server.sessions.protocol import (
    EndWatching,
    MessageAdded,
    Problem,
    Say,
    StartAnswer,
    StateMessage,
    Submit,
)
from tests.server.conftest import Client
from tests.server.sessions.conftest import QUESTION, MakeSeat, Seat


async def test_it_says_hello_then_the_state(seat: Seat) -> None:
    async with seat.socket() as socket:
        state = await socket.hear()
    assert socket.hello.script.steps == (QUESTION,)
    assert socket.hello.candidate_name == "Kim"
    assert isinstance(state, StateMessage)
    assert state.state.stage.kind == "lobby"


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "{",
        "[]",
        "null",
        '{"type": "fly"}',
        '{"type": "start_answer"}',
        '{"type": "start_answer", "step_id": 7}',
        '{"type": "submit", "extra": 1}',
        '{"type": ["submit"]}',
        '{"type": "consent", "text_version": "x", "locale": "en", "live_watching": "maybe"}',
    ],
)
async def test_nonsense_is_answered_and_the_socket_lives(seat: Seat, nonsense: str) -> None:
    async with seat.socket() as socket:
        await socket.raw.send_str(nonsense)
        problem = await socket.hear_type("error")
        assert isinstance(problem, Problem)
        assert problem.key == "invalid_message"
        await socket.say(Say(type="say", text="Still there?"))
        assert isinstance(await socket.hear_type("message"), MessageAdded)


async def test_what_was_sent_is_never_repeated_in_the_answer(seat: Seat) -> None:
    async with seat.socket() as socket:
        await socket.raw.send_str('{"type": "start_answer", "step_id": {"secret-word": 1}}')
        problem = await socket.hear_type("error")
        assert isinstance(problem, Problem)
        assert "secret-word" not in problem.text


async def test_bytes_are_refused_with_a_word(seat: Seat) -> None:
    async with seat.socket() as socket:
        await socket.raw.send_bytes(b"\x00\x01")
        problem = await socket.hear_type("error")
        assert isinstance(problem, Problem)
        assert problem.key == "invalid_message"


@pytest.mark.parametrize(
    "wish", [Submit(type="submit"), StartAnswer(type="start_answer", step_id=QUESTION.id)]
)
async def test_a_wish_at_the_wrong_moment_is_answered_and_the_state_said_again(
    seat: Seat, wish: Submit | StartAnswer
) -> None:
    async with seat.socket() as socket:
        await socket.hear_type("state")
        await socket.say(wish)
        problem = await socket.hear()
        assert isinstance(problem, Problem)
        assert problem.key == "not_now"
        state = await socket.hear()
        assert isinstance(state, StateMessage)
        assert state.state.stage.kind == "lobby"


async def test_a_flood_is_closed(seat: Seat) -> None:
    async with seat.socket() as socket:
        for _ in range(100):
            if socket.raw.closed:
                break
            await socket.raw.send_str("{}")
        while (message := await socket.raw.receive()).type is WSMsgType.TEXT:
            pass
        assert message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED)
        assert socket.raw.close_code == 1008


async def test_a_message_of_a_megabyte_is_closed(seat: Seat) -> None:
    async with seat.socket() as socket:
        await socket.raw.send_str("x" * 1_000_000)
        while (message := await socket.raw.receive()).type is WSMsgType.TEXT:
            pass
        assert socket.raw.close_code == 1009, message


async def test_a_second_window_takes_over_and_the_first_is_told(seat: Seat) -> None:
    async with seat.socket() as first:
        async with seat.socket() as second:
            await first.hear_type("moved")
            assert (await first.raw.receive()).type is WSMsgType.CLOSE
            await second.hear_type("state")
        assert first.hello.page_id != second.hello.page_id


async def test_the_same_page_comes_back_under_its_own_name(seat: Seat) -> None:
    async with seat.socket() as first:
        page_id = first.hello.page_id
    async with seat.socket(page_id) as again:
        assert again.hello.page_id == page_id


async def test_a_page_cannot_claim_a_name_that_was_never_given(seat: Seat) -> None:
    async with seat.socket("pg_madeup") as socket:
        assert socket.hello.page_id != "pg_madeup"


async def test_another_candidates_socket_is_not_found(take_seat: MakeSeat) -> None:
    mine, other = await take_seat(), await take_seat()
    answer = await mine.client.get(f"/api/sessions/{other.session_id}/events")
    assert answer.status == 404
    assert (await answer.json())["key"] == "unknown_session"


async def test_a_socket_of_another_site_is_refused(seat: Seat) -> None:
    headers = {"Origin": "https://elsewhere.example", "Upgrade": "websocket"}
    answer = await seat.client.get(f"/api/sessions/{seat.session_id}/events", headers=headers)
    assert answer.status == 403


async def test_what_is_said_is_kept_and_reaches_both_sides(seat: Seat, owner: Client) -> None:
    async with seat.socket() as socket:
        await socket.say(Say(type="say", text="Is it hybrid?"))
        own = await socket.hear_type("message")
        assert isinstance(own, MessageAdded)
        address = f"/api/sessions/{seat.session_id}/messages"
        await owner.post(address, json={"text": "Yes, two days."})
        reply = await socket.hear_type("message")
        assert isinstance(reply, MessageAdded)
        assert (reply.message.sender, reply.message.text) == ("team", "Yes, two days.")
    async with seat.socket() as later:
        assert [message.text for message in later.hello.conversation] == [
            "Is it hybrid?",
            "Yes, two days.",
        ]


async def test_a_page_that_comes_back_knows_that_watching_was_ended(seat: Seat) -> None:
    async with seat.socket() as socket:
        await socket.consent(live_watching=True)
    async with seat.socket() as before:
        assert before.hello.consent is not None
        assert before.hello.consent.live_watching
        await before.say(EndWatching(type="end_watching"))
        await before.say(Say(type="say", text="Thanks."))
        await before.hear_type("message")
    async with seat.socket() as after:
        assert after.hello.consent is not None
        assert not after.hello.consent.live_watching
