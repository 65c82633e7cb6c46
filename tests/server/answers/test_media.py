"""The media of a take over HTTP: who may see it, which version, and ranges."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient, TestServer

from server.accounts.store import LoggedIn
from server.answers import api
from server.answers.states import TakeState
from server.config import Settings
from server.http.application import application
from tests.server.answers.house import OTHER, OWN, House
from tests.server.answers.recorder import CAPTURE, capture
from tests.server.answers.rows import (
    ONE,
    choosing,
    put_session,
    put_take,
    submitted,
)
from tests.server.conftest import Client

RECRUITER = {"Cookie": "interlude_login=own"}
STRANGER = {"Cookie": "interlude_login=other"}
CANDIDATE = {"Cookie": "interlude_candidate=se_kim"}
OTHER_CANDIDATE = {"Cookie": "interlude_candidate=se_lee"}
MEDIA = f"/api/takes/{ONE}/media"
RENDITION = b"h264 and aac " * 100


async def find_login(token: str) -> LoggedIn | None:
    organizations = {"own": OWN, "other": OTHER}
    return (
        LoggedIn("us_1", organizations[token], "Ruth", "lo_1") if token in organizations else None
    )


async def find_session(token: str) -> str | None:
    return token


@pytest.fixture
async def client(house: House, settings: Settings) -> AsyncIterator[Client]:
    app = application(settings, find_login, find_session)
    app.add_routes(api.routes(house.overview, house.takes, house.storage, house.find_capture))
    async with TestClient(TestServer(app)) as running:
        yield running


@pytest.fixture
async def ready(house: House) -> House:
    """Kim has submitted, and the answer is ready."""
    session_id = await put_session(house.database, "own", "kim", submitted(ONE))
    await put_take(house.database, session_id, ONE, TakeState.CAPTURED)
    capture(house.spool, ONE)
    async with house.notices_of() as heard, house.processing():
        await heard.answer(ONE, "ready")
    return house


@pytest.fixture
async def captured(house: House) -> House:
    """Kim chooses; the take is captured and nothing else."""
    session_id = await put_session(house.database, "own", "kim", choosing(ONE))
    await put_take(house.database, session_id, ONE, TakeState.CAPTURED)
    capture(house.spool, ONE)
    return house


async def test_a_ready_answer_is_served_whole(ready: House, client: Client) -> None:
    answer = await client.get(MEDIA, headers=RECRUITER)
    assert answer.status == 200
    assert answer.content_type == "video/mp4"
    assert await answer.read() == RENDITION
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=100-", 100, len(RENDITION)), ("bytes=-5", 1295, 1300)],
)
async def test_a_range_is_answered_with_that_range(
    ready: House, client: Client, asked: str, start: int, end: int
) -> None:
    answer = await client.get(MEDIA, headers={**RECRUITER, "Range": asked})
    assert answer.status == 206
    assert await answer.read() == RENDITION[start:end]
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(RENDITION)}"


async def test_a_range_beyond_the_end_is_refused(ready: House, client: Client) -> None:
    answer = await client.get(MEDIA, headers={**RECRUITER, "Range": "bytes=99999-"})
    assert answer.status == 416


async def test_only_the_head_can_be_asked_for(ready: House, client: Client) -> None:
    answer = await client.head(MEDIA, headers=RECRUITER)
    assert answer.status == 200
    assert answer.headers["Content-Length"] == str(len(RENDITION))


async def test_the_original_is_served_as_captured(ready: House, client: Client) -> None:
    answer = await client.get(MEDIA, params={"version": "original"}, headers=RECRUITER)
    assert answer.content_type == "video/webm"
    assert await answer.read() == CAPTURE + b"1"


async def test_media_is_private_and_cannot_act_as_a_page(ready: House, client: Client) -> None:
    for path in (MEDIA, f"/api/takes/{ONE}/poster.jpg"):
        answer = await client.get(path, headers=RECRUITER)
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Disposition"].startswith("inline;")


async def test_the_poster_is_a_jpeg(ready: House, client: Client) -> None:
    answer = await client.get(f"/api/takes/{ONE}/poster.jpg", headers=RECRUITER)
    assert (answer.status, answer.content_type) == (200, "image/jpeg")
    assert await answer.read() == b"a face"


@pytest.mark.parametrize(
    "headers", [STRANGER, OTHER_CANDIDATE, {}, {"Cookie": "interlude_login=x"}]
)
@pytest.mark.parametrize("path", [MEDIA, f"/api/takes/{ONE}/poster.jpg"])
async def test_a_take_of_others_is_like_one_that_never_was(
    ready: House, client: Client, headers: dict[str, str], path: str
) -> None:
    answer = await client.get(path, headers=headers)
    unknown = await client.get(path.replace(ONE, "tk_never"), headers=headers)
    assert (answer.status, unknown.status) == (404, 404)
    assert (await answer.json(content_type=None)) == (await unknown.json(content_type=None))


async def test_the_candidate_plays_the_capture_at_once(captured: House, client: Client) -> None:
    answer = await client.get(MEDIA, headers=CANDIDATE)
    assert (answer.status, answer.content_type) == (200, "video/webm")
    part = await client.get(MEDIA, headers={**CANDIDATE, "Range": "bytes=0-7"})
    assert (part.status, await part.read()) == (206, CAPTURE[:8])


async def test_the_team_sees_no_take_before_it_is_delivered(
    captured: House, client: Client
) -> None:
    assert (await client.get(MEDIA, headers=RECRUITER)).status == 404


async def test_of_several_parts_the_first_is_served(house: House, client: Client) -> None:
    session_id = await put_session(house.database, "own", "kim", choosing(ONE))
    await put_take(house.database, session_id, ONE, TakeState.CAPTURED)
    capture(house.spool, ONE, parts=2)
    answer = await client.get(MEDIA, headers=CANDIDATE)
    assert await answer.read() == CAPTURE + b"1"


async def test_a_player_never_gets_another_version_than_it_asked_for(
    ready: House, client: Client
) -> None:
    gone = await client.get(MEDIA, params={"version": "capture"}, headers=RECRUITER)
    wrong = await client.get(MEDIA, params={"version": "../../etc"}, headers=RECRUITER)
    assert (gone.status, wrong.status) == (410, 400)


async def test_a_rendition_is_not_there_before_it_is_ready(captured: House, client: Client) -> None:
    answer = await client.get(MEDIA, params={"version": "rendition"}, headers=CANDIDATE)
    assert answer.status == 404
    poster = await client.get(f"/api/takes/{ONE}/poster.jpg", headers=CANDIDATE)
    assert poster.status == 404


async def test_an_erased_take_is_gone_at_once(ready: House, client: Client) -> None:
    await ready.takes.erase(ONE)  # the files are still there
    assert (await client.get(MEDIA, headers=RECRUITER)).status == 404
    assert (await client.get(MEDIA, headers=CANDIDATE)).status == 404


async def test_sessions_are_listed_and_opened_with_a_login_only(
    ready: House, client: Client
) -> None:
    rows = await client.get("/api/sessions", params={"interview": "in_own"}, headers=RECRUITER)
    assert [row["id"] for row in await rows.json()] == ["se_kim"]
    page = await client.get("/api/sessions/se_kim", headers=RECRUITER)
    assert [answer["state"] for answer in (await page.json())["answers"]] == ["ready"]
    assert (await client.get("/api/sessions", headers=CANDIDATE)).status == 401
    assert (await client.get("/api/sessions/se_kim", headers=CANDIDATE)).status == 401


async def test_a_session_of_another_organization_is_not_found(ready: House, client: Client) -> None:
    rows = await client.get("/api/sessions", params={"interview": "in_own"}, headers=STRANGER)
    assert await rows.json() == []
    assert (await client.get("/api/sessions/se_kim", headers=STRANGER)).status == 404
