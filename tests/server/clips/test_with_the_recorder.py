"""Uploads with the real recorder process behind them: a film becomes a clip, rubbish a clear refusal."""

import asyncio
from pathlib import Path

import av
import pytest
from aiohttp import web

from recorder.sample_clip import make_sample_clip
from server.app import STORES, build
from server.clips.files import FILE, key, playout_directory
from server.config import Settings
from server.storage.disk import DiskStorage
from tests.server.clips.making import clip_row
from tests.server.conftest import Client
from tests.server.fakes import FakeClock
from tests.server.waiting import until_async

PLAYLIST = b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile '/etc/passwd'\n"
DESCRIPTION = (
    b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n"
)
PICTURE = b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://127.0.0.1/'/></svg>"


@pytest.fixture
async def app(settings: Settings, clock: FakeClock) -> web.Application:
    return await build(settings, clock)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("film") / "film.mp4"
    make_sample_clip(out, title="Hello", seconds=3.0, speech_text="Hello")
    return out.read_bytes()


async def test_a_film_becomes_a_clip(
    owner: Client, app: web.Application, settings: Settings, film: bytes
) -> None:
    answer = await owner.post("/api/clips/upload", params={"title": "Hello"}, data=film)
    assert answer.status == 201, await answer.text()
    clip_id = (await answer.json())["id"]

    async def settled() -> bool:
        return (await clip_row(owner, clip_id))["state"] in ("ready", "failed")

    await until_async(settled, limit_seconds=60)
    row = await clip_row(owner, clip_id)
    assert (row["state"], row["error"]) == ("ready", None)
    assert 2.9 <= row["duration_seconds"] < 5
    storage = DiskStorage(settings.objects)
    clip = await app[STORES].clips.load_any(clip_id)
    directory = await playout_directory(storage, clip.id)
    assert len(list(directory.glob("playout.*"))) == 2
    served = await (await owner.get(row["url"])).read()
    assert served == (await storage.local_path(key(clip.id, FILE))).read_bytes()
    assert await asyncio.to_thread(codecs_of, directory / FILE) == {"h264", "aac"}


def codecs_of(file: Path) -> set[str]:
    with av.open(str(file)) as container:
        return {track.codec_context.name for track in container.streams}


@pytest.mark.parametrize(
    "content", [PLAYLIST, CONCAT, DESCRIPTION, PICTURE, b"\x00" * 5000], ids=range(5)
)
async def test_what_is_not_media_is_refused_in_plain_words(owner: Client, content: bytes) -> None:
    answer = await owner.post("/api/clips/upload", params={"title": "x"}, data=content)
    body = await answer.json(content_type="application/problem+json")
    assert answer.status == 415, body
    assert body["detail"].endswith(".")
    assert "/" not in body["detail"]
    assert await (await owner.get("/api/clips")).json() == []


async def test_a_film_whose_end_is_missing_is_refused(owner: Client, film: bytes) -> None:
    half = film[: len(film) // 2]
    answer = await owner.post("/api/clips/upload", params={"title": "x"}, data=half)
    assert answer.status == 415, await answer.text()
    assert (await answer.json(content_type=None))["key"] == "cut_off"
