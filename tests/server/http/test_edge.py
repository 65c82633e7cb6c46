"""What every request meets: problems, headers, origins, limits of bodies; and bad input of all kinds."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, http_parser, web
from aiohttp.test_utils import TestClient, TestServer

from server import errors, pages
from server.config import Settings
from server.errors import InterludeError, Unavailable
from server.http import problem_response, read_bytes
from server.http.application import application
from server.http.identity import LOGIN, set_cookie
from server.http.serving import SlowParser, WebServer, check_parser
from tests.server.conftest import OWNER, Client


async def nobody(_token: str) -> None:
    return None


async def edge(settings: Settings, *routes: web.RouteDef) -> Client:
    app = application(settings, nobody, nobody)
    app.add_routes(routes)
    return TestClient(TestServer(app))


async def test_an_unforeseen_error_shows_nothing_of_itself(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_request: web.Request) -> web.Response:
        raise RuntimeError("secret path /etc/interlude")

    async with await edge(settings, web.get("/fail", fail)) as client:
        answer = await client.get("/fail")
        text = await answer.text()
    assert answer.status == 500
    assert json.loads(text)["key"] == "internal"
    assert "secret" not in text
    assert "Traceback" not in text
    assert answer.headers["X-Request-Id"].startswith("rq_")


async def test_an_error_of_ours_becomes_a_problem(settings: Settings) -> None:
    async def fail(_request: web.Request) -> web.Response:
        raise Unavailable("disk_full", "The disk is full.", retry_seconds=30)

    async with await edge(settings, web.get("/fail", fail)) as client:
        answer = await client.get("/fail")
        body = await answer.json(content_type="application/problem+json")
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "30"
    assert body == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "The disk is full.",
        "key": "disk_full",
        "params": {"retry_seconds": 30},
    }


async def test_no_such_route_reflects_nothing(stranger: Client) -> None:
    answer = await stranger.get("/api/%3Cscript%3Ealert(1)%3C/script%3E")
    text = await answer.text()
    assert answer.status == 404
    assert answer.content_type == "application/problem+json"
    assert "script" not in text


async def test_a_wrong_method_says_which_are_right(stranger: Client) -> None:
    answer = await stranger.put("/api/account")
    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]


async def test_every_answer_carries_the_security_headers(stranger: Client) -> None:
    for path in ("/console", "/i/whatever", "/api/account", "/nowhere", "/healthz"):
        headers = (await stranger.get(path)).headers
        policy = headers["Content-Security-Policy"]
        script = next(part for part in policy.split("; ") if part.startswith("script-src"))
        assert script == "script-src 'self'"
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "camera=(self)" in headers["Permissions-Policy"]
        assert "Server" not in headers
        assert "Strict-Transport-Security" not in headers


async def test_the_candidates_page_leaks_its_link_to_nobody(stranger: Client) -> None:
    headers = (await stranger.get("/i/some-token")).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


async def test_pages_and_assets(stranger: Client) -> None:
    home = await stranger.get("/", allow_redirects=False)
    assert (home.status, home.headers["Location"]) == (302, "/console")
    assert "console" in await (await stranger.get("/console/interviews/in_x")).text()
    asset = await stranger.get("/assets/recruiter-abc123.js")
    assert asset.status == 200
    assert "immutable" in asset.headers["Cache-Control"]
    assert asset.headers["Content-Encoding"] == "gzip"
    assert await asset.text() == "export {};"
    plain = await stranger.get("/assets/recruiter-abc123.js", headers={"Accept-Encoding": ""})
    assert "Content-Encoding" not in plain.headers
    assert await plain.text() == "export {};"
    assert plain.content_type == asset.content_type == "text/javascript"


@pytest.mark.parametrize("name", ["..%2Frecruiter.html", ".hidden", "none.js", "a%5C..%5Cb"])
async def test_assets_stay_within_their_directory(stranger: Client, name: str) -> None:
    assert (await stranger.get(f"/assets/{name}")).status == 404


async def test_pages_that_are_not_built_say_so(tmp_path: Path, settings: Settings) -> None:
    bare = settings.model_copy(update={"pages": tmp_path / "empty"})
    async with await edge(bare, *pages.routes(bare)) as client:
        answer = await client.get("/console")
        assert answer.status == 503
        assert (await answer.json(content_type=None))["key"] == "pages_not_built"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Origin": "not a url at all"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_other_sites_cannot_change_anything(owner: Client, headers: dict[str, str]) -> None:
    answer = await owner.delete("/api/logins/current", headers=headers)
    assert answer.status == 403
    assert (await answer.json(content_type=None))["key"] == "foreign_origin"
    assert (await owner.get("/api/account")).status == 200


async def test_our_own_page_may(owner: Client) -> None:
    origin = str(owner.make_url("/").origin())
    answer = await owner.delete("/api/logins/current", headers={"Origin": origin})
    assert answer.status == 204


async def test_over_https_cookies_are_bound_to_the_host(settings: Settings) -> None:
    async def log_in(request: web.Request) -> web.Response:
        response = web.Response()
        set_cookie(request, response, LOGIN, "token", 1)
        return response

    secure = settings.model_copy(update={"public_url": "https://interviews.example.org"})
    async with await edge(secure, web.get("/log-in", log_in)) as client:
        answer = await client.get("/log-in")
        cookie = answer.cookies["__Host-interlude_login"]
        assert cookie["secure"]
        assert cookie["path"] == "/"
        assert not cookie["domain"]
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        plain = await client.post("/log-in", headers={"Origin": "http://interviews.example.org"})
        assert plain.status == 403
        real = await client.post("/log-in", headers={"Origin": "https://interviews.example.org"})
        assert real.status == 405


@pytest.mark.parametrize(
    ("body", "content_type", "status", "key"),
    [
        (b"{", "application/json", 400, "invalid_body"),
        (b"", "application/json", 400, "invalid_body"),
        (b"\xff\xfe\x00", "application/json", 400, "invalid_body"),
        (b"[" * 100_000, "application/json", 400, "invalid_body"),
        (b"null", "application/json", 400, "invalid_body"),
        (b'{"email": 1, "password": []}', "application/json", 400, "invalid_body"),
        (
            b'{"email": "a", "password": "b", "role": "owner"}',
            "application/json",
            400,
            "invalid_body",
        ),
        (b"email=a", "application/x-www-form-urlencoded", 415, "not_json"),
        (b"{" + b" " * 1_000_001, "application/json", 413, "body_too_large"),
    ],
)
async def test_bad_bodies_are_named_and_harmless(
    stranger: Client, body: bytes, content_type: str, status: int, key: str
) -> None:
    answer = await stranger.post("/api/logins", data=body, headers={"Content-Type": content_type})
    assert answer.status == status
    assert (await answer.json(content_type="application/problem+json"))["key"] == key
    assert (await stranger.get("/healthz")).status == 200


async def test_a_body_without_a_length_is_cut_at_the_limit(settings: Settings) -> None:
    seen = 0

    async def take(request: web.Request) -> web.Response:
        return web.Response(body=await read_bytes(request, 1000))

    async def endless() -> AsyncIterator[bytes]:
        nonlocal seen
        while seen < 100_000_000:
            seen += 65_536
            yield bytes(65_536)

    async with await edge(settings, web.post("/take", take)) as client:
        answer = await client.post("/take", data=endless())
        assert answer.status == 413
    assert seen < 50_000_000


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /<script>alert(1)</script> HTTP/9.9\r\n\r\n",
        b"<script>alert(1)</script>\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
        b"\x00" * 1000 + b"\r\n\r\n",
    ],
)
async def test_what_is_no_http_gets_a_plain_refusal(
    settings: Settings, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    web_server = await WebServer.start(application(settings, nobody, nobody), settings)
    try:
        with caplog.at_level(logging.INFO):
            reader, writer = await asyncio.open_connection("127.0.0.1", web_server.port)
            writer.write(sent)
            answered = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            await writer.wait_closed()
        assert answered.startswith(b"HTTP/1.0 400")
        assert b"aiohttp" not in answered
        assert b"script" not in answered
        assert all(record.exc_info is None for record in caplog.records)
        async with ClientSession() as session:
            alive = await session.get(f"http://127.0.0.1:{web_server.port}/nowhere")
            assert alive.status == 404
    finally:
        await web_server.close()


def test_the_pure_python_parser_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    check_parser()
    monkeypatch.setattr(http_parser, "HttpRequestParser", http_parser.HttpRequestParserPy)
    with pytest.raises(SlowParser, match="C extensions"):
        check_parser()


ERRORS = [kind for kind in vars(errors).values() if isinstance(kind, type)]


@pytest.mark.parametrize("kind", [kind for kind in ERRORS if issubclass(kind, InterludeError)])
def test_every_error_has_a_status_that_exists(kind: type[InterludeError]) -> None:
    assert problem_response(kind("key", "Text.")).status == kind.status


async def test_a_set_up_over_the_limit_of_its_fields_is_refused(stranger: Client) -> None:
    answer = await stranger.post("/api/setup", json={"token": "x" * 65, **OWNER})
    assert answer.status == 400
