"""Recording a clip in the browser, over a real connection; and every bad offer."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from media.synthetic import SyntheticPeer
from tests.material.picture import write_mjpeg
from tests.material.speech import write_wav
from tests.server.clips.making import clip_row
from tests.server.conftest import Client
from tests.server.fakes import FakeRecorder
from tests.server.waiting import until, until_async

SDP = {"Content-Type": "application/sdp"}


@pytest.fixture
async def camera(tmp_path: Path) -> AsyncIterator[SyntheticPeer]:
    write_mjpeg(tmp_path / "face.mjpeg", 30)
    write_wav(tmp_path / "voice.wav", np.zeros(48000, np.float32))
    peer = SyntheticPeer(tmp_path / "voice.wav", tmp_path / "face.mjpeg")
    yield peer
    await peer.close()


async def new_clip(client: Client) -> str:
    answer = await client.post("/api/clips", json={"title": "Hello"})
    assert answer.status == 201
    return str((await answer.json())["id"])


async def connect(client: Client, clip_id: str, camera: SyntheticPeer) -> str:
    """The address of the connection, once it stands."""
    offer = await camera.offer()
    answer = await client.post(f"/api/clips/{clip_id}/connections", data=offer, headers=SDP)
    assert answer.status == 201, await answer.text()
    await camera.accept(await answer.text())
    await camera.wait_connected()
    return answer.headers["Location"]


async def captured(spool: Path, clip_id: str) -> None:
    """Until something of the clip lies on the disk."""
    files = (spool / clip_id).glob
    await until(lambda: any(f.stat().st_size > 2000 for f in files("part-1/capture-*")))


async def test_what_the_camera_sends_becomes_a_clip(
    owner: Client, camera: SyntheticPeer, recorder: FakeRecorder, tmp_path: Path
) -> None:
    recorder.may_finish.clear()
    clip_id = await new_clip(owner)
    location = await connect(owner, clip_id, camera)
    second = await owner.post(f"/api/clips/{clip_id}/connections", data="v=0", headers=SDP)
    assert (second.status, (await second.json(content_type=None))["key"]) == (
        409,
        "already_recording",
    )
    await captured(tmp_path / "data" / "spool" / "clips", clip_id)
    finished = await owner.delete(location)
    assert (finished.status, (await finished.json())["state"]) == (200, "preparing")
    await until(lambda: bool(recorder.tasks))
    source = Path(recorder.tasks[0]["source"])
    assert source.suffix in (".webm", ".mp4")
    assert source.stat().st_size > 2000
    again = await owner.delete(location)
    assert (await again.json())["state"] == "preparing"
    more = await owner.post(f"/api/clips/{clip_id}/connections", data="v=0", headers=SDP)
    assert (more.status, (await more.json(content_type=None))["key"]) == (409, "already_recorded")


async def test_a_line_that_is_lost_keeps_what_was_recorded(
    owner: Client, camera: SyntheticPeer, tmp_path: Path
) -> None:
    clip_id = await new_clip(owner)
    await connect(owner, clip_id, camera)
    await captured(tmp_path / "data" / "spool" / "clips", clip_id)
    await camera.close()

    async def handed_on() -> bool:
        return str((await clip_row(owner, clip_id))["state"]) != "recording"

    await until_async(handed_on)


async def test_stopping_before_anything_came_is_said_and_can_be_tried_again(
    owner: Client, camera: SyntheticPeer
) -> None:
    clip_id = await new_clip(owner)
    path = f"/api/clips/{clip_id}/connections"
    answer = await owner.post(path, data=await camera.offer(), headers=SDP)
    assert answer.status == 201
    stopped = await owner.delete(answer.headers["Location"])
    assert stopped.status == 409
    assert (await stopped.json(content_type=None))["key"] == "nothing_recorded"
    again = await owner.post(path, data=await camera.offer(), headers=SDP)
    assert again.status == 201


@pytest.mark.parametrize(
    ("offer", "content_type", "status"),
    [
        (b"", "application/sdp", 400),
        (b"hello there", "application/sdp", 400),
        (b"\xff\xfe\x00", "application/sdp", 400),
        (b"v=0\r\n" + b"a=x\r\n" * 200_000, "application/sdp", 413),
        (b"v=0\r\n", "application/sdp", 400),
        (b"{}", "application/json", 415),
    ],
)
async def test_a_bad_offer_is_named_and_the_clip_can_still_be_recorded(
    owner: Client, camera: SyntheticPeer, offer: bytes, content_type: str, status: int
) -> None:
    clip_id = await new_clip(owner)
    path = f"/api/clips/{clip_id}/connections"
    refused = await owner.post(path, data=offer, headers={"Content-Type": content_type})
    assert refused.status == status
    assert (await refused.json(content_type=None))["key"]
    good = await owner.post(path, data=await camera.offer(), headers=SDP)
    assert good.status == 201


async def test_a_connection_that_is_not_there_is_not_found(owner: Client) -> None:
    clip_id = await new_clip(owner)
    answer = await owner.delete(f"/api/clips/{clip_id}/connections/unknown")
    assert answer.status == 404
