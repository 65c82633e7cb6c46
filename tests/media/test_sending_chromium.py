"""The sending half against a real browser: Chromium's own decoder, jitter buffer and lip-sync.

Bounds are wide, because a busy machine makes any browser late; that frames arrive, that the end is
shown and that audio and video are aligned at all does not depend on the machine.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from media.clip import Clip
from media.peer import Peer
from media.playout import Ending, Playout
from tests.media.sending import BLOCK

LIMIT_SECONDS = 30
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
]

OFFER = r"""
async ([codec, block]) => {
  const pc = (window.pc = new RTCPeerConnection());
  window.numbers = [];
  pc.addTransceiver("audio", { direction: "recvonly" });
  const wanted = ["video/" + codec, "video/rtx"];
  const codecs = RTCRtpReceiver.getCapabilities("video").codecs;
  pc.addTransceiver("video", { direction: "recvonly" })
    .setCodecPreferences(codecs.filter((each) => wanted.includes(each.mimeType.toLowerCase())));
  const video = document.createElement("video");
  video.autoplay = true;
  document.body.append(video);
  const canvas = new OffscreenCanvas(16 * block, block);
  const pixels = canvas.getContext("2d", { willReadFrequently: true });
  const look = () => {
    pixels.drawImage(video, 0, 0);
    const row = pixels.getImageData(0, block / 2, 16 * block, 1).data;
    let number = 0;
    for (let bit = 0; bit < 16; bit++)
      if (row[4 * (bit * block + block / 2)] > 127) number |= 1 << bit;
    window.numbers.push(number);
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  pc.ontrack = (event) => (video.srcObject = event.streams[0]);
  await pc.setLocalDescription();
  return pc.localDescription.sdp;
}
"""

RECEIVED = """
async () => {
  const received = {};
  for (const each of (await pc.getStats()).values())
    if (each.type === "inbound-rtp") received[each.kind] = each;
  return received;
}
"""


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield await browser.new_page()
        await browser.close()


async def connect(page: Page, peer: Peer, codec: str) -> None:
    sdp_answer = await peer.answer(await page.evaluate(OFFER, [codec, BLOCK]))
    await page.evaluate(
        "sdp => pc.setRemoteDescription({ type: 'answer', sdp })",
        sdp_answer,
    )
    await peer.wait_connected()


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_chromium_plays_a_clip_to_its_last_picture(
    page: Page, peer: Peer, clip: Clip, codec: str
) -> None:
    await connect(page, peer, codec)
    playout = Playout(peer.outbound)
    playout.play(clip)
    assert await asyncio.wait_for(playout.wait_finished(), LIMIT_SECONDS) is Ending.ARRIVED

    numbers: list[int] = await page.evaluate("numbers")
    received: dict[str, Any] = await page.evaluate(RECEIVED)
    video, audio = received["video"], received["audio"]
    assert video["framesReceived"] == clip.video_frames
    assert audio["packetsReceived"] == peer.outbound["audio"].packets_sent > 150
    assert numbers == sorted(numbers)
    assert numbers[-1] == clip.video_frames - 1, "told as finished before the end was shown"
    assert len(numbers) > clip.video_frames / 3
    assert video["totalFreezesDuration"] < 1
    heard = audio["concealedSamples"] - audio["silentConcealedSamples"]
    assert heard < 0.25 * audio["totalSamplesReceived"], "sound was made up"


async def test_chromium_can_align_audio_and_video(page: Page, peer: Peer, clip: Clip) -> None:
    await connect(page, peer, "vp8")
    playout = Playout(peer.outbound)
    playout.play(clip)
    await asyncio.wait_for(playout.wait_finished(), LIMIT_SECONDS)
    received: dict[str, Any] = await page.evaluate(RECEIVED)
    apart_milliseconds = (
        received["video"]["estimatedPlayoutTimestamp"]
        - received["audio"]["estimatedPlayoutTimestamp"]
    )
    assert abs(apart_milliseconds) < 500
