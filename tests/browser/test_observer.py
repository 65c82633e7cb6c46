"""The instrument itself: what it tells of a page is what the fake camera played."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.browser.chromium import DESK, Camera, chromium, listen, open_page
from tests.material.measure import align, order_of
from tests.material.picture import FRAMES_PER_SECOND
from tests.material.speech import Speech

BLANK = "<!doctype html><title>Blank</title><link rel=icon href=data:,><p>Nothing here."
LOOPBACK = """async () => {
  const camera = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const [from, to] = [new RTCPeerConnection(), new RTCPeerConnection()];
  from.onicecandidate = ({ candidate }) => candidate && to.addIceCandidate(candidate);
  to.onicecandidate = ({ candidate }) => candidate && from.addIceCandidate(candidate);
  for (const track of camera.getTracks()) from.addTrack(track, camera);
  await from.setLocalDescription();
  await to.setRemoteDescription(from.localDescription);
  await to.setLocalDescription();
  await from.setRemoteDescription(to.localDescription);
}"""


@pytest.fixture
async def blank_url() -> AsyncIterator[str]:
    async def blank(_request: web.Request) -> web.Response:
        return web.Response(text=BLANK, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", blank)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def test_it_tells_what_was_filmed_sent_received_and_heard(
    blank_url: str, camera: Camera, speech: Speech, camera_frames: int
) -> None:
    async with chromium(camera) as browser:
        page, observed = await open_page(browser, blank_url, DESK)
        await page.evaluate(LOOPBACK)
        _, heard = await listen(page, 3)
    filmed = order_of([number for _, number in observed.filmed_numbers()], camera_frames)
    received = order_of([number for _, number in observed.received], camera_frames)
    assert (filmed.unread, filmed.backwards) == (0, 0)
    assert filmed.shown > FRAMES_PER_SECOND // 2  # it tells every third
    assert received.backwards == 0
    assert received.shown > FRAMES_PER_SECOND
    start, end = observed.filmed[0][0], observed.filmed[-1][0]
    assert observed.frames_sent(start, end) >= received.shown - 3
    assert align(heard, speech.samples).correlation > 0.98
    assert observed.complaints() == []


async def test_it_tells_what_a_page_complains_about(blank_url: str) -> None:
    async with chromium() as browser:
        page, observed = await open_page(browser, blank_url, DESK)
        await page.evaluate("console.error('not good'); setTimeout(() => nowhere(), 0)")
        await page.wait_for_timeout(100)
    assert [error.partition(":")[0] for error in observed.complaints()] == ["error", "uncaught"]
