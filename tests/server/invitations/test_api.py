"""Inviting, opening, revoking; and every wrong link."""

from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select

from server.app import STORES
from server.db.tables import candidate_cookies, consents, invitations, sessions
from server.ids import new_token, token_hash
from server.invitations.api import WRONG_LINKS
from tests.server.clips.making import ready_clip
from tests.server.conftest import Client, MakeClient
from tests.server.fakes import FakeClock
from tests.server.interviews.scripts import draft, published_interview, question, segment

DAY = 24 * 3600


async def invite(client: Client, interview_id: str, **changes: Any) -> dict[str, Any]:
    body = {"candidate_name": "Ada", "days": 7, **changes}
    answer = await client.post(f"/api/interviews/{interview_id}/invitations", json=body)
    assert answer.status == 201, await answer.text()
    row: dict[str, Any] = await answer.json()
    return row


def token_of(row: dict[str, Any]) -> str:
    return str(row["link"]).rpartition("/i/")[2]


async def open_link(client: Client, token: str) -> tuple[int, dict[str, Any]]:
    answer = await client.post("/api/invitations/open", json={"token": token})
    return answer.status, await answer.json(content_type=None)


@pytest.fixture
async def interview_id(owner: Client) -> str:
    return await published_interview(owner, question("q1"))


async def state(owner: Client, interview_id: str) -> str:
    rows = await (await owner.get(f"/api/interviews/{interview_id}/invitations")).json()
    return str(rows[0]["state"])


async def test_the_link_is_told_once_and_kept_only_as_a_hash(
    owner: Client, interview_id: str, app: web.Application
) -> None:
    row = await invite(owner, interview_id)
    token = token_of(row)
    assert row["link"] == f"{owner.make_url('/').origin()}/i/{token}"
    rows = await (await owner.get(f"/api/interviews/{interview_id}/invitations")).json()
    assert (rows[0]["link"], rows[0]["state"]) == (None, "invited")
    async with app[STORES].database.read() as connection:
        kept = (await connection.execute(select(invitations))).mappings().one()
    assert kept["token_hash"] == token_hash(token)
    assert token not in str(dict(kept))


async def test_opening_gives_a_cookie_for_that_session_only(
    owner: Client, interview_id: str, stranger: Client
) -> None:
    status, opened = await open_link(stranger, token_of(await invite(owner, interview_id)))
    assert status == 200
    cookie = next(c for c in stranger.session.cookie_jar if c.key == "interlude_candidate")
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert opened["session_id"].startswith("se_")
    other = await stranger.get("/api/sessions/se_other/events")
    assert other.status == 404
    assert await state(owner, interview_id) == "opened"


async def test_every_opening_leads_to_the_same_session(
    owner: Client, interview_id: str, new_client: MakeClient, app: web.Application
) -> None:
    token = token_of(await invite(owner, interview_id))
    phone, laptop = await new_client(), await new_client()
    answers = [await open_link(client, token) for client in (phone, laptop, phone)]
    assert len({body["session_id"] for _, body in answers}) == 1
    async with app[STORES].database.read() as connection:
        cookies = (await connection.execute(select(candidate_cookies))).all()
        assert len((await connection.execute(select(sessions))).all()) == 1
    assert len(cookies) == 2


async def test_a_session_keeps_the_script_it_was_opened_with(
    owner: Client, interview_id: str, stranger: Client, app: web.Application
) -> None:
    _, opened = await open_link(stranger, token_of(await invite(owner, interview_id)))
    changed = draft(question("q1", text="Something else?"))
    await owner.put(f"/api/interviews/{interview_id}/draft", json=changed)
    await owner.post(f"/api/interviews/{interview_id}/publish")
    async with app[STORES].database.read() as connection:
        version = await connection.scalar(
            select(sessions.c.script_version_id).where(sessions.c.id == opened["session_id"])
        )
    interview = await app[STORES].interviews.load(await organization_of(owner), interview_id)
    assert interview.published is not None
    assert interview.published.version == 2
    assert version != interview.published.id


async def organization_of(client: Client) -> str:
    return str((await (await client.get("/api/account")).json())["organization_id"])


@pytest.mark.parametrize(
    "token", ["", "x", "a" * 26, "a" * 64, "../../etc/passwd", "ünïcode", "\u0000"]
)
async def test_all_wrong_links_look_alike(stranger: Client, token: str) -> None:
    status, body = await open_link(stranger, token)
    assert (status, body["key"]) == (404, "unknown_link")
    assert not token or token not in body["detail"]


@pytest.mark.parametrize(
    "body", [{}, {"token": 1}, {"token": "a" * 65}, {"token": None}, [], {"token": "a", "x": 1}]
)
async def test_a_bad_opening_is_refused(stranger: Client, body: Any) -> None:
    answer = await stranger.post("/api/invitations/open", json=body)
    assert answer.status == 400


async def test_guessing_links_is_stopped_even_with_a_forged_address(stranger: Client) -> None:
    statuses = []
    for number in range(WRONG_LINKS.times + 1):
        answer = await stranger.post(
            "/api/invitations/open",
            json={"token": new_token()},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        )
        statuses.append(answer.status)
    assert statuses == [404] * WRONG_LINKS.times + [429]


async def test_a_link_expires(
    owner: Client, interview_id: str, stranger: Client, clock: FakeClock
) -> None:
    token = token_of(await invite(owner, interview_id, days=1))
    clock.advance(DAY)
    status, body = await open_link(stranger, token)
    assert (status, body["key"]) == (410, "expired")
    assert await state(owner, interview_id) == "expired"


async def test_who_has_started_may_finish_within_a_day(
    owner: Client, interview_id: str, stranger: Client, clock: FakeClock, app: web.Application
) -> None:
    token = token_of(await invite(owner, interview_id, days=1))
    _, opened = await open_link(stranger, token)
    async with app[STORES].database.write() as connection:
        await connection.execute(
            consents.insert().values(
                id="co_a",
                session_id=opened["session_id"],
                text_version="1",
                locale="en",
                live_watching=False,
                at=clock.now(),
            )
        )
    assert await state(owner, interview_id) == "started"
    clock.advance(DAY + 3600)
    assert (await open_link(stranger, token))[0] == 200
    clock.advance(DAY)
    assert (await open_link(stranger, token))[0] == 410


async def test_a_revoked_link_and_its_cookies_end_at_once(
    owner: Client, interview_id: str, stranger: Client, app: web.Application
) -> None:
    row = await invite(owner, interview_id)
    await open_link(stranger, token_of(row))
    cookie = next(c.value for c in stranger.session.cookie_jar if c.key == "interlude_candidate")
    assert await app[STORES].invitations.find_session(cookie) is not None
    for _ in range(2):
        revoked = await owner.post(f"/api/invitations/{row['id']}/revoke")
        assert (revoked.status, (await revoked.json())["state"]) == (200, "revoked")
    status, body = await open_link(stranger, token_of(row))
    assert (status, body["key"]) == (410, "revoked")
    assert await app[STORES].invitations.find_session(cookie) is None


async def test_a_cookie_ends_with_its_invitation(
    owner: Client, interview_id: str, stranger: Client, clock: FakeClock, app: web.Application
) -> None:
    await open_link(stranger, token_of(await invite(owner, interview_id, days=1)))
    cookie = next(c.value for c in stranger.session.cookie_jar if c.key == "interlude_candidate")
    clock.advance(DAY + 1)
    assert await app[STORES].invitations.find_session(cookie) is None
    assert await app[STORES].invitations.find_session("made-up") is None


async def test_only_a_published_interview_can_be_sat(owner: Client) -> None:
    answer = await owner.post("/api/interviews", json={"title": "x", "position_title": "y"})
    path = f"/api/interviews/{(await answer.json())['id']}/invitations"
    refused = await owner.post(path, json={"candidate_name": "Ada", "days": 7})
    assert refused.status == 409
    assert (await refused.json(content_type=None))["key"] == "not_published"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"candidate_name": "", "days": 7},
        {"candidate_name": "Ada", "days": 0},
        {"candidate_name": "Ada", "days": 366},
        {"candidate_name": "Ada", "days": "soon"},
        {"candidate_name": "x" * 121},
    ],
)
async def test_a_bad_invitation_is_refused(owner: Client, interview_id: str, body: Any) -> None:
    answer = await owner.post(f"/api/interviews/{interview_id}/invitations", json=body)
    assert answer.status == 400


async def test_another_organization_can_neither_see_nor_invite_nor_revoke(
    owner: Client, rival: Client, interview_id: str
) -> None:
    row = await invite(owner, interview_id)
    path = f"/api/interviews/{interview_id}/invitations"
    assert (await rival.get(path)).status == 404
    assert (await rival.post(path, json={"candidate_name": "x", "days": 1})).status == 404
    assert (await rival.post(f"/api/invitations/{row['id']}/revoke")).status == 404
    assert await state(owner, interview_id) == "invited"


async def test_without_a_login_nobody_invites(stranger: Client) -> None:
    for answer in (
        await stranger.get("/api/interviews/in_x/invitations"),
        await stranger.post("/api/interviews/in_x/invitations", json={"candidate_name": "x"}),
        await stranger.post("/api/invitations/iv_x/revoke"),
    ):
        assert answer.status == 401


async def test_the_counts_of_an_interview(
    owner: Client, interview_id: str, stranger: Client
) -> None:
    await invite(owner, interview_id)
    await open_link(stranger, token_of(await invite(owner, interview_id)))
    row = (await (await owner.get("/api/interviews")).json())[0]
    assert (row["invited"], row["started"], row["submitted"]) == (2, 0, 0)


async def test_a_clip_that_is_still_prepared_asks_for_patience(
    owner: Client, stranger: Client, app: web.Application
) -> None:
    clip_id = await ready_clip(owner)
    interview_id = await published_interview(owner, segment(clip_id), question())
    token = token_of(await invite(owner, interview_id))
    clip = await app[STORES].clips.load_any(clip_id)
    waiting = await app[STORES].clips.create(clip.organization_id, "later", state="recording")
    interview = await app[STORES].interviews.load(clip.organization_id, interview_id)
    script = interview.draft
    later = [{**segment(waiting.id), "id": script.steps[0].id}, question("q")]
    body = draft(*later)
    await owner.put(f"/api/interviews/{interview_id}/draft", json=body)
    unready = (await app[STORES].interviews.load(clip.organization_id, interview_id)).draft
    await app[STORES].interviews.publish(clip.organization_id, interview_id, unready)
    answer = await stranger.post("/api/invitations/open", json={"token": token})
    assert answer.status == 503
    assert (await answer.json(content_type=None))["key"] == "clips_preparing"
    assert answer.headers["Retry-After"] == "5"
    assert await state(owner, interview_id) == "invited"
    await app[STORES].clips.fail(waiting.id, "broken")
    assert (await open_link(stranger, token))[1]["key"] == "clips_failed"
