"""Set-up, login and logout through the front door."""

import pytest
from aiohttp import web

from server.accounts.api import PER_ADDRESS
from server.app import STORES
from tests.server.conftest import OWNER, Client, MakeClient
from tests.server.fakes import FakeClock

CREDENTIALS = {"email": OWNER["email"], "password": OWNER["password"]}


async def key_of(response: object) -> str:
    body = await response.json(content_type="application/problem+json")  # type: ignore[attr-defined]
    return str(body["key"])


async def test_set_up_logs_the_owner_in(owner: Client) -> None:
    answer = await owner.get("/api/account")
    account = await answer.json()
    assert answer.status == 200
    assert (account["name"], account["organization_name"]) == ("Ruth", "Lichtwerk")


async def test_set_up_works_once(app: web.Application, stranger: Client) -> None:
    token = await app[STORES].accounts.new_setup_token()
    assert (await stranger.get("/api/setup", params={"token": token})).status == 204
    first = await stranger.post("/api/setup", json={"token": token, **OWNER})
    second = await stranger.post(
        "/api/setup", json={"token": token, **OWNER, "email": "eve@example.org"}
    )
    assert (first.status, second.status) == (201, 410)
    assert (await stranger.get("/api/setup", params={"token": token})).status == 410


async def test_a_newer_set_up_link_replaces_the_older(
    app: web.Application, stranger: Client
) -> None:
    older = await app[STORES].accounts.new_setup_token()
    newer = await app[STORES].accounts.new_setup_token()
    assert (await stranger.get("/api/setup", params={"token": older})).status == 410
    assert (await stranger.get("/api/setup", params={"token": newer})).status == 204


async def test_a_set_up_link_expires(
    app: web.Application, stranger: Client, clock: FakeClock
) -> None:
    token = await app[STORES].accounts.new_setup_token()
    clock.advance(8 * 24 * 3600)
    answer = await stranger.post("/api/setup", json={"token": token, **OWNER})
    assert answer.status == 410


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "short"),
        ("email", "no at sign"),
        ("organization_name", ""),
        ("name", "x" * 121),
    ],
)
async def test_set_up_names_the_field_that_is_wrong(
    app: web.Application, stranger: Client, field: str, value: str
) -> None:
    token = await app[STORES].accounts.new_setup_token()
    answer = await stranger.post("/api/setup", json={"token": token, **OWNER, field: value})
    body = await answer.json(content_type="application/problem+json")
    assert (answer.status, body["key"]) == (400, "invalid_body")
    assert body["detail"].startswith(field)
    assert not value or value not in body["detail"]


async def test_login_sets_a_cookie_that_scripts_cannot_read(
    owner: Client, new_client: MakeClient
) -> None:
    client = await new_client()
    answer = await client.post("/api/logins", json=CREDENTIALS)
    cookie = answer.cookies["interlude_login"]
    assert answer.status == 200
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert (await client.get("/api/account")).status == 200


async def test_the_address_may_be_written_in_any_case(
    owner: Client, new_client: MakeClient
) -> None:
    client = await new_client()
    answer = await client.post(
        "/api/logins", json={**CREDENTIALS, "email": " Ruth@EXAMPLE.org ".strip()}
    )
    assert answer.status == 200


async def test_unknown_users_and_wrong_passwords_get_the_same_answer(
    owner: Client, stranger: Client
) -> None:
    wrong = await stranger.post("/api/logins", json={**CREDENTIALS, "password": "wrong"})
    unknown = await stranger.post(
        "/api/logins", json={**CREDENTIALS, "email": "nobody@example.org"}
    )
    assert (wrong.status, unknown.status) == (401, 401)
    assert await wrong.json(content_type=None) == await unknown.json(content_type=None)


async def test_without_a_login_the_door_is_shut(stranger: Client) -> None:
    for answer in (
        await stranger.get("/api/account"),
        await stranger.get("/api/logins"),
        await stranger.delete("/api/logins/current"),
        await stranger.get("/api/account", cookies={"interlude_login": "made-up"}),
    ):
        assert answer.status == 401
        assert await key_of(answer) == "not_logged_in"


async def test_logging_out_ends_the_login_for_good(owner: Client) -> None:
    token = next(c.value for c in owner.session.cookie_jar if c.key == "interlude_login")
    assert (await owner.delete("/api/logins/current")).status == 204
    again = await owner.get("/api/account", cookies={"interlude_login": token})
    assert again.status == 401


async def test_another_device_can_be_logged_out(owner: Client, new_client: MakeClient) -> None:
    phone = await new_client()
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1"
    await phone.post("/api/logins", json=CREDENTIALS, headers={"User-Agent": agent})
    rows = await (await owner.get("/api/logins")).json()
    other = next(row for row in rows if not row["current"])
    assert other["device"] == "Safari on iPhone"
    assert (await owner.delete(f"/api/logins/{other['id']}")).status == 204
    assert (await phone.get("/api/account")).status == 401
    assert (await owner.get("/api/account")).status == 200


async def test_ending_a_login_that_is_not_ones_own_is_not_found(owner: Client) -> None:
    assert (await owner.delete("/api/logins/lg_unknown")).status == 404


async def test_a_login_expires(owner: Client, clock: FakeClock) -> None:
    clock.advance(31 * 24 * 3600)
    assert (await owner.get("/api/account")).status == 401


async def test_guessing_is_slowed_down_whatever_address_is_claimed(stranger: Client) -> None:
    statuses = [
        (
            await stranger.post(
                "/api/logins", data=b"{}", headers={"X-Forwarded-For": f"203.0.113.{n}"}
            )
        ).status
        for n in range(PER_ADDRESS.times + 1)
    ]
    assert statuses[-1] == 429
    assert set(statuses[:-1]) == {415}
