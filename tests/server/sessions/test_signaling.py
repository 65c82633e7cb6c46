"""Peer connections over HTTP: who may connect when, and every bad offer named by its cause."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from media.synthetic import SyntheticPeer
from server.sessions.protocol import PassCheck, StartAnswer, StateMessage
from tests.material.picture import write_mjpeg
from tests.material.speech import write_wav
from tests.server.conftest import Client
from tests.server.fakes import FakeClock
from tests.server.sessions.conftest import QUESTION, MakeSeat, Seat, Socket

DATA_ONLY = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 99\r\nc=IN IP4 0.0.0.0\r\na=rtcp-mux\r\na=mid:0\r\n"
    "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=setup:actpass\r\n"
    "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\n"
    "a=sendrecv\r\na=rtpmap:99 THEORA/90000\r\n"
)


@pytest.fixture
async def peer(tmp_path: Path) -> SyntheticPeer:
    write_mjpeg(tmp_path / "face.mjpeg", 30)
    write_wav(tmp_path / "voice.wav", np.zeros(48000, np.float32))
    return SyntheticPeer(tmp_path / "voice.wav", tmp_path / "face.mjpeg")


async def test_nothing_connects_before_consent(seat: Seat, peer: SyntheticPeer) -> None:
    async with seat.socket() as socket:
        status, key = await seat.offer(await peer.offer(), socket.hello.page_id)
    await peer.close()
    assert (status, key) == (403, "consent_missing")


@pytest.mark.parametrize(
    ("body", "status", "key"),
    [
        ("", 400, "offer_not_sdp"),
        ("hello there", 400, "offer_not_sdp"),
        ("\x00" * 100, 400, "offer_not_sdp"),
        (b"\xff\xfe\xfd", 400, "offer_not_sdp"),
        ("v=0\r\n", 400, "offer_empty"),
        ("a=x\r\n" * 200_000, 413, "body_too_large"),
        ("v=0\r\n" + "a=x\r\n" * 4000, 413, "offer_too_large"),
        (DATA_ONLY, 415, "no_common_codec"),
    ],
    ids=["empty", "words", "zeros", "not-text", "no-media", "megabyte", "long", "no-codec"],
)
async def test_a_bad_offer_is_refused_by_its_cause(
    seat: Seat, body: str | bytes, status: int, key: str
) -> None:
    async with seat.socket() as socket:
        await socket.consent()
        refused, reason = await seat.offer(body, socket.hello.page_id)
    assert (refused, reason) == (status, key)


async def test_an_offer_has_to_say_that_it_is_sdp(seat: Seat, peer: SyntheticPeer) -> None:
    async with seat.socket() as socket:
        await socket.consent()
        offer = await peer.offer()
        headers = {"Content-Type": "application/json"}
        status, key = await seat.offer(offer, socket.hello.page_id, **headers)
    await peer.close()
    assert (status, key) == (415, "wrong_content_type")


async def test_only_the_page_that_claimed_the_session_connects(
    seat: Seat, peer: SyntheticPeer
) -> None:
    async with seat.socket() as socket:
        await socket.consent()
        status, key = await seat.offer(await peer.offer(), "pg_other")
    await peer.close()
    assert (status, key) == (409, "moved")


async def test_another_candidates_session_is_not_found(take_seat: MakeSeat) -> None:
    mine, other = await take_seat(), await take_seat()
    async with other.socket() as socket:
        await socket.consent()
        theirs = Seat(mine.client, other.session_id)
        status, key = await theirs.offer("v=0\r\n", socket.hello.page_id)
    assert (status, key) == (404, "unknown_session")


async def start_take(socket: Socket, clock: FakeClock) -> None:
    """From connected to a running take."""
    await socket.say(PassCheck(type="check_passed"))
    while True:
        message = await socket.hear()
        if isinstance(message, StateMessage):
            stage = message.state.stage.kind
            if stage == "thinking" and message.state.connected:
                await socket.say(StartAnswer(type="start_answer", step_id=QUESTION.id))
            if stage == "recording":
                return
            if stage == "counting_down":
                await asyncio.sleep(0.05)
                clock.advance(3.0)


async def connect(seat: Seat, socket: Socket, peer: SyntheticPeer) -> None:
    status, sdp_answer = await seat.offer(await peer.offer(), socket.hello.page_id)
    assert status == 201, sdp_answer
    await peer.accept(sdp_answer)
    await peer.wait_connected()
    while not _connected(await socket.hear_type("state")):
        pass


def _connected(message: object) -> bool:
    return isinstance(message, StateMessage) and message.state.connected


async def test_a_second_recorder_for_a_running_take_is_refused(
    seat: Seat, peer: SyntheticPeer, clock: FakeClock
) -> None:
    async with seat.socket() as socket:
        await socket.consent()
        await connect(seat, socket, peer)
        await start_take(socket, clock)
        status, key = await seat.offer(await peer.offer(), socket.hello.page_id)
        await peer.close()
    assert (status, key) == (409, "already_recording")


async def test_watching_needs_consent_and_a_running_take(
    take_seat: MakeSeat, owner: Client, rival: Client
) -> None:
    headers = {"Content-Type": "application/sdp"}
    shy, open_minded = await take_seat(), await take_seat()
    keys = []
    async with shy.socket() as first, open_minded.socket() as second:
        await first.consent(live_watching=False)
        await second.consent(live_watching=True)
        for session_id in (shy.session_id, open_minded.session_id):
            address = f"/api/sessions/{session_id}/watchers"
            answer = await owner.post(address, data="v=0", headers=headers)
            keys.append((answer.status, (await answer.json())["key"]))
        answer = await rival.post(address, data="v=0", headers=headers)
        stranger = await shy.client.post(address, data="v=0", headers=headers)
    assert keys == [(403, "watching_not_allowed"), (409, "nothing_to_watch")]
    assert answer.status == 404
    assert stranger.status == 401


async def test_ending_a_connection_twice_is_no_complaint(seat: Seat) -> None:
    address = f"/api/sessions/{seat.session_id}/connections/pc_gone"
    for _ in range(2):
        assert (await seat.client.delete(address)).status == 204
