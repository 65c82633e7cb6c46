"""Clips through the front door: uploading, captions, serving, and every bad file."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from server.app import STORES, build
from server.clips.files import MADE
from server.config import Settings
from server.jobs.process import JobFailed
from tests.server.clips.making import clip_row, ready_clip, settled, upload
from tests.server.conftest import Client, MakeClient
from tests.server.fakes import FakeClock, FakeRecorder
from tests.server.interviews.scripts import published_interview, question, segment
from tests.server.waiting import until

PROBLEM = "application/problem+json"


def spool_entries(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.spool / "clips").iterdir())


async def key_of(answer: Any) -> str:
    return str((await answer.json(content_type=PROBLEM))["key"])


async def test_an_upload_is_prepared_and_then_served(owner: Client, settings: Settings) -> None:
    row = await upload(owner)
    assert (row["state"], row["url"]) == ("preparing", None)
    row = await settled(owner, row["id"])
    assert (row["state"], row["duration_seconds"], row["progress"]) == ("ready", 12.5, 1.0)
    film = await owner.get(row["url"])
    assert (film.status, film.content_type) == (200, "video/mp4")
    assert await film.read() == b"file.mp4" * 100
    poster = await owner.get(row["poster_url"])
    assert poster.content_type == "image/jpeg"
    assert spool_entries(settings) == []


async def test_ranges_are_served_exactly(owner: Client) -> None:
    clip_id = await ready_clip(owner)
    path = f"/api/clips/{clip_id}/file.mp4"
    part = await owner.get(path, headers={"Range": "bytes=4-7"})
    assert (part.status, part.headers["Content-Range"]) == (206, "bytes 4-7/800")
    assert await part.read() == b".mp4"
    tail = await owner.get(path, headers={"Range": "bytes=-3"})
    assert await tail.read() == b"mp4"
    beyond = await owner.get(path, headers={"Range": "bytes=800-"})
    assert beyond.status == 416
    for odd in ("bytes=9-1", "bytes=x-y", "lines=1-2"):
        assert (await owner.get(path, headers={"Range": odd})).status in (200, 416)


async def test_a_file_is_no_page_and_no_cache_shares_it(owner: Client) -> None:
    clip_id = await ready_clip(owner)
    headers = (await owner.get(f"/api/clips/{clip_id}/file.mp4")).headers
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"].startswith("private")


@pytest.mark.parametrize(
    "content",
    [
        b"not a film",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n",
        b"#EXTM3U\nhttp://127.0.0.1/secret.ts\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\x00" * 10_000,
    ],
)
async def test_what_is_not_media_is_refused_and_leaves_nothing(
    owner: Client, settings: Settings, content: bytes
) -> None:
    answer = await owner.post("/api/clips/upload", params={"title": "x"}, data=content)
    assert answer.status == 415
    assert await key_of(answer) == "not_media"
    assert await (await owner.get("/api/clips")).json() == []
    assert spool_entries(settings) == []


async def test_a_file_that_kills_the_recorder_is_refused_too(
    owner: Client, recorder: FakeRecorder
) -> None:
    recorder.failures = [JobFailed("job_crashed", "ended by SIGSEGV", crashed=True)]
    answer = await owner.post("/api/clips/upload", params={"title": "x"}, data=FakeRecorder.MOVIE)
    body = await answer.json(content_type=PROBLEM)
    assert (answer.status, body["key"]) == (415, "not_media")
    assert "SIGSEGV" not in body["detail"]
    assert (await upload(owner))["state"] == "preparing"


async def test_an_empty_or_endless_film_is_refused(owner: Client, recorder: FakeRecorder) -> None:
    empty = await owner.post("/api/clips/upload", params={"title": "x"}, data=b"")
    assert (empty.status, await key_of(empty)) == (400, "empty_upload")
    recorder.duration_seconds = 601.0
    long = await owner.post("/api/clips/upload", params={"title": "x"}, data=FakeRecorder.MOVIE)
    assert (long.status, await key_of(long)) == (400, "too_long")


@pytest.mark.parametrize("title", ["", "   ", "x" * 121])
async def test_a_clip_needs_a_title(owner: Client, title: str) -> None:
    for answer in (
        await owner.post("/api/clips/upload", params={"title": title}, data=FakeRecorder.MOVIE),
        await owner.post("/api/clips", json={"title": title.strip()}),
    ):
        assert answer.status == 400
    assert (await owner.post("/api/clips/upload", data=FakeRecorder.MOVIE)).status == 400


@pytest.fixture
async def small(
    settings: Settings, clock: FakeClock, recorder: FakeRecorder
) -> AsyncIterator[TestServer]:
    """A server that takes clips up to one megabyte."""
    small = settings.model_copy(update={"upload_megabytes": 1, "data": settings.data / "small"})
    server = TestServer(await build(small, clock, run_task=recorder))
    await server.start_server()
    yield server
    await server.close()


async def log_in_at(server: TestServer, client: Client) -> None:
    accounts = server.app[STORES].accounts
    token = await accounts.new_setup_token()
    owner = {"organization_name": "L", "name": "R", "email": "r@example.org"}
    url = server.make_url("/api/setup")
    answer = await client.session.post(
        url, json={"token": token, **owner, "password": "correct horse battery"}
    )
    assert answer.status == 201


async def test_a_limit_holds_with_and_without_a_claimed_length(
    small: TestServer, stranger: Client
) -> None:
    await log_in_at(small, stranger)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 200_000_000:
            sent += 65_536
            yield bytes(65_536)

    url = small.make_url("/api/clips/upload?title=x")
    claimed = await stranger.session.post(url, data=bytes(1_000_001))
    assert (claimed.status, await key_of(claimed)) == (413, "body_too_large")
    unclaimed = await stranger.session.post(url, data=endless())
    assert (unclaimed.status, await key_of(unclaimed)) == (413, "body_too_large")
    assert sent < 100_000_000


async def test_a_full_disk_is_said_before_anything_is_taken(
    owner: Client, settings: Settings, clock: FakeClock, recorder: FakeRecorder, stranger: Client
) -> None:
    full = settings.model_copy(update={"reserve_megabytes": 10**9, "data": settings.data / "full"})
    server = TestServer(await build(full, clock, run_task=recorder))
    await server.start_server()
    await log_in_at(server, stranger)
    url = server.make_url("/api/clips/upload?title=x")
    answer = await stranger.session.post(url, data=FakeRecorder.MOVIE)
    assert (answer.status, await key_of(answer)) == (503, "disk_full")
    await server.close()


async def test_an_upload_that_breaks_off_leaves_nothing_and_the_server_lives(
    owner: Client, settings: Settings
) -> None:
    cookie = next(c.value for c in owner.session.cookie_jar if c.key == "interlude_login")
    url = owner.make_url("/")
    _, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(
        b"POST /api/clips/upload?title=x HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n"
        + f"Cookie: interlude_login={cookie}\r\n\r\n".encode()
        + b"moving"
    )
    await writer.drain()
    await until(lambda: bool(spool_entries(settings)))
    writer.close()
    await until(lambda: not spool_entries(settings))
    assert await (await owner.get("/api/clips")).json() == []


async def test_rubbish_in_the_chunks_is_a_clean_refusal(owner: Client) -> None:
    cookie = next(c.value for c in owner.session.cookie_jar if c.key == "interlude_login")
    url = owner.make_url("/")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(
        b"POST /api/clips/upload?title=x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
        + f"Cookie: interlude_login={cookie}\r\n\r\n".encode()
        + b"6\r\nmoving\r\nZZZZ\r\n"
    )
    async with asyncio.timeout(10):
        answered = await reader.read(1000)
    assert b" 400 " in answered.split(b"\r\n", 1)[0]
    writer.close()
    await writer.wait_closed()


async def test_captions_are_kept_and_served(owner: Client, settings: Settings) -> None:
    clip_id = await ready_clip(owner)
    text = "WEBVTT\n\n00:00.000 --> 00:02.000\nGrüß Gott\n"
    path = f"/api/clips/{clip_id}/captions"
    answer = await owner.put(path, data=text.encode(), headers={"Content-Type": "text/vtt"})
    row = await answer.json()
    assert row["captions_url"] == f"/api/clips/{clip_id}/captions.vtt"
    served = await owner.get(row["captions_url"])
    assert served.content_type == "text/vtt"
    assert (await served.read()).decode() == text
    assert spool_entries(settings) == []


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"1\n00:00:01,000 --> 00:00:02,000\nSRT\n", "text/vtt", 400),
        (b"", "text/vtt", 400),
        (b"WEBVTTX", "text/vtt", 400),
        (b"\xff\xfeW\x00", "text/vtt", 400),
        (b"WEBVTT\n", "text/html", 415),
        (b"WEBVTT\n" + b"x" * 500_000, "text/vtt", 413),
    ],
)
async def test_what_is_no_captions_is_refused(
    owner: Client, content: bytes, content_type: str, status: int
) -> None:
    clip_id = await ready_clip(owner)
    answer = await owner.put(
        f"/api/clips/{clip_id}/captions", data=content, headers={"Content-Type": content_type}
    )
    assert answer.status == status
    assert (await clip_row(owner, clip_id))["captions_url"] is None


async def test_another_organization_finds_no_clip(owner: Client, rival: Client) -> None:
    clip_id = await ready_clip(owner)
    path = f"/api/clips/{clip_id}"
    vtt = {"Content-Type": "text/vtt"}
    assert await (await rival.get("/api/clips")).json() == []
    for name in ("file.mp4", "poster.jpg", "captions.vtt"):
        assert (await rival.get(f"{path}/{name}")).status == 404
    assert (await rival.put(f"{path}/captions", data=b"WEBVTT\n", headers=vtt)).status == 404
    sdp = {"Content-Type": "application/sdp"}
    assert (await rival.post(f"{path}/connections", data=b"v=0", headers=sdp)).status == 404
    assert (await rival.delete(f"{path}/connections/x")).status == 404


async def test_strangers_see_no_clip(owner: Client, stranger: Client) -> None:
    clip_id = await ready_clip(owner)
    for answer in (
        await stranger.get("/api/clips"),
        await stranger.post("/api/clips", json={"title": "x"}),
        await stranger.post("/api/clips/upload", params={"title": "x"}, data=b"x"),
        await stranger.get(f"/api/clips/{clip_id}/file.mp4"),
    ):
        assert answer.status == 401


async def test_a_candidate_sees_the_clips_of_the_own_script_and_no_other(
    owner: Client, new_client: MakeClient
) -> None:
    shown, hidden = await ready_clip(owner, "shown"), await ready_clip(owner, "hidden")
    asked = await ready_clip(owner, "asked")
    interview_id = await published_interview(owner, segment(shown), question(clip_id=asked))
    path = f"/api/interviews/{interview_id}/invitations"
    row = await (await owner.post(path, json={"candidate_name": "Ada", "days": 7})).json()
    candidate = await new_client()
    token = row["link"].rpartition("/")[2]
    await candidate.post("/api/invitations/open", json={"token": token})
    assert (await candidate.get(f"/api/clips/{shown}/file.mp4")).status == 200
    assert (await candidate.get(f"/api/clips/{asked}/poster.jpg")).status == 200
    assert (await candidate.get(f"/api/clips/{hidden}/file.mp4")).status == 404
    assert (await candidate.get("/api/clips")).status == 401
    await owner.post(f"/api/invitations/{row['id']}/revoke")
    assert (await candidate.get(f"/api/clips/{shown}/file.mp4")).status == 401


@pytest.mark.parametrize(
    "name", ["playout.h264.mp4", "..%2f..%2finterlude.db", "file.mp4%00", "", "source"]
)
async def test_only_the_files_for_browsers_are_served(owner: Client, name: str) -> None:
    clip_id = await ready_clip(owner)
    assert (await owner.get(f"/api/clips/{clip_id}/{name}")).status == 404
    assert "playout.h264.mp4" in MADE


async def test_the_consoles_are_told(owner: Client, recorder: FakeRecorder) -> None:
    socket = await owner.ws_connect("/api/console/events")
    row = await upload(owner)
    states: list[str] = []
    async with asyncio.timeout(10):
        while states[-1:] != ["ready"]:
            notice = await socket.receive_json()
            assert (notice["type"], notice["clip"]["id"]) == ("clip", row["id"])
            states.append(notice["clip"]["state"])
    assert states == ["preparing", "ready"]
    await socket.close()
