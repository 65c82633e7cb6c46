"""The receiving half against a real browser: every frame that Chromium sends, and an ICE restart.

No timing is asserted: counts are compared with what the browser itself says it sent.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import av
import pytest
from playwright.async_api import Page, Route, async_playwright

from media.peer import Peer
from media.sink import Gap, Note
from tests.media.client import Collected

LIMIT_SECONDS = 60
ADDRESS = "https://interlude.test/"
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream=fps=30",
]

CAMERA = r"""
async codec => {
  const pc = (window.pc = new RTCPeerConnection());
  const camera = await navigator.mediaDevices.getUserMedia({
    audio: true,
    video: { width: 640, height: 360, frameRate: 30 },
  });
  for (const track of camera.getTracks()) {
    const transceiver = pc.addTransceiver(track, { direction: "sendrecv", streams: [camera] });
    if (track.kind !== "video") continue;
    const wanted = ["video/" + codec, "video/rtx"];
    const codecs = RTCRtpReceiver.getCapabilities("video").codecs;
    transceiver.setCodecPreferences(
      codecs.filter((each) => wanted.includes(each.mimeType.toLowerCase())),
    );
  }
  const offer = await pc.createOffer();
  const sdp = offer.sdp.replace(/(a=rtpmap:(\d+) opus.*\r\n)/, "$1a=rtcp-fb:$2 nack\r\n");
  await pc.setLocalDescription({ type: "offer", sdp });
  return pc.localDescription.sdp;
}
"""

TAKE = "sdp => pc.setRemoteDescription({ type: 'answer', sdp })"

STOP_AND_COUNT = """
async () => {
  for (const sender of pc.getSenders()) await sender.replaceTrack(null);
  const sent = async () => {
    const counted = {};
    for (const each of (await pc.getStats()).values())
      if (each.type === "outbound-rtp")
        counted[each.kind] = each.kind === "video" ? each.framesSent : each.packetsSent;
    return counted;
  };
  for (let before = "", now = await sent(); before !== JSON.stringify(now); now = await sent()) {
    before = JSON.stringify(now);
    await new Promise((go) => setTimeout(go, 300));
  }
  return await sent();
}
"""

RESTART = """
async () => {
  await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
  const { sdp } = pc.localDescription;
  return sdp.match(/a=ice-ufrag:.*/)[0] + "\\r\\n" + sdp.match(/a=ice-pwd:.*/)[0] + "\\r\\n";
}
"""

SELECTED = """
async () => {
  for (const each of (await pc.getStats()).values())
    if (each.type === "transport") return each.iceLocalUsernameFragment + each.iceState;
}
"""


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async def blank(route: Route) -> None:
        await route.fulfill(content_type="text/html", body="<!doctype html><title>page</title>")

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = await browser.new_page()
        await page.route(ADDRESS, blank)
        await page.goto(ADDRESS)
        yield page
        await browser.close()


async def connect(page: Page, peer: Peer, codec: str) -> str:
    sdp_answer = await peer.answer(await page.evaluate(CAMERA, codec))
    await page.evaluate(TAKE, sdp_answer)
    await peer.wait_connected()
    return sdp_answer


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_every_frame_that_the_browser_sends_arrives(
    page: Page, peer: Peer, codec: str
) -> None:
    sound, pictures = Collected(), Collected()
    peer.inbound.attach("audio", sound)
    peer.inbound.attach("video", pictures)
    async with asyncio.timeout(LIMIT_SECONDS):
        await connect(page, peer, codec)
        await pictures.wait_for(90)
        await sound.wait_for(150)
        sent: dict[str, int] = await page.evaluate(STOP_AND_COUNT)
        await pictures.wait_for(sent["video"])
        await sound.wait_for(sent["audio"])
    assert peer.inbound.codecs == {"audio": "opus", "video": codec}
    assert len(pictures.packets) == sent["video"]
    assert decoded(pictures, codec) == sent["video"]
    report = peer.inbound.report()
    assert (report.width, report.height, report.lost) == (640, 360, 0)


def decoded(pictures: Collected, codec: str) -> int:
    """How many pictures a decoder shows that forgives nothing."""
    decoder = av.CodecContext.create(codec, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.options = {"err_detect": "explode"}
    shown: list[Any] = [f for packet in pictures.packets for f in decoder.decode(packet)]
    return len(shown) + len(decoder.decode(None))


async def test_an_ice_restart_keeps_the_media_flowing(page: Page, peer: Peer) -> None:
    pictures, notes = Collected(), list[Note]()
    peer.inbound.attach("video", pictures)
    peer.inbound.attach_notes(notes.append)
    async with asyncio.timeout(LIMIT_SECONDS):
        sdp_answer = await connect(page, peer, "vp8")
        await pictures.wait_for(30)
        before = await page.evaluate(SELECTED)
        fragment = peer.restart_ice(await page.evaluate(RESTART))
        for name in ("ice-ufrag", "ice-pwd"):
            [line] = re.findall(rf"a={name}:.*\r\n", fragment)
            sdp_answer = re.sub(rf"a={name}:.*\r\n", line, sdp_answer)
        await page.evaluate(TAKE, sdp_answer)
        await pictures.wait_for(len(pictures.packets) + 60)
        after = await page.evaluate(SELECTED)
    assert before != after
    assert peer.is_connected
    assert not [note for note in notes if isinstance(note, Gap)]


async def test_a_page_that_closes_is_noticed_at_once(page: Page, peer: Peer) -> None:
    async with asyncio.timeout(LIMIT_SECONDS):
        await connect(page, peer, "vp8")
        await page.evaluate("pc.close()")
        assert await peer.wait_lost() == "closed_by_peer"
