"""The receiving half against Firefox: no H264, another SDP dialect, another sender of RTP.

Playwright cannot drive a stock Firefox, so the page drives itself and posts what it finds. Media
goes to another address of this machine, because Firefox refuses to send any to 127.0.0.1.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from media.ice import MediaPort
from media.peer import Peer
from tests.media.client import Collected

LIMIT_SECONDS = 100
PREFERENCES = {
    "media.navigator.permission.disabled": "true",
    "media.navigator.streams.fake": "true",
    "media.gmp-manager.updateEnabled": "false",
    "browser.shell.checkDefaultBrowser": "false",
    "datareporting.policy.dataSubmissionEnabled": "false",
    "app.update.enabled": "false",
    "network.captive-portal-service.enabled": "false",
    "network.connectivity-service.enabled": "false",
    "toolkit.telemetry.enabled": "false",
}

PAGE = r"""<!doctype html><title>page</title><script>
const post = (path, body) => fetch(path, { method: "POST", body });
const sent = async (pc) => {
  const counted = {};
  for (const each of (await pc.getStats()).values())
    if (each.type === "outbound-rtp")
      counted[each.kind] = each.kind === "video" ? each.framesSent : each.packetsSent;
  return counted;
};
const wait = (seconds) => new Promise((go) => setTimeout(go, 1000 * seconds));
async function run() {
  const pc = new RTCPeerConnection();
  const camera = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  for (const track of camera.getTracks())
    pc.addTransceiver(track, { direction: "sendrecv", streams: [camera] });
  const { sdp } = await pc.createOffer();
  const asking = sdp.replace(/(a=rtpmap:(\d+) opus.*\r\n)/, "$1a=rtcp-fb:$2 nack\r\n");
  await pc.setLocalDescription({ type: "offer", sdp: asking });
  const answered = await post("/offer", asking);
  await pc.setRemoteDescription({ type: "answer", sdp: await answered.text() });
  while (!((await sent(pc)).video >= 60)) await wait(0.3);
  for (const sender of pc.getSenders()) await sender.replaceTrack(null);
  await wait(1);
  await post("/sent", JSON.stringify(await sent(pc)));
  pc.close();
}
run().catch((error) => post("/failed", String(error)));
</script>"""


class Site:
    """Serves the page and hears what it reports."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.sent: asyncio.Future[dict[str, int]] = asyncio.get_running_loop().create_future()
        self.app = web.Application()
        self.app.add_routes(
            [
                web.get("/", self._page),
                web.post("/offer", self._offer),
                web.post("/sent", self._sent),
                web.post("/failed", self._failed),
            ]
        )

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def _offer(self, request: web.Request) -> web.Response:
        return web.Response(text=await self.peer.answer(await request.text()), status=201)

    async def _sent(self, request: web.Request) -> web.Response:
        self.sent.set_result(await request.json())
        return web.Response()

    async def _failed(self, request: web.Request) -> web.Response:
        self.sent.set_exception(AssertionError(await request.text()))
        return web.Response()


@asynccontextmanager
async def firefox(profile: Path, url: str) -> AsyncIterator[None]:
    lines = [f'user_pref("{name}", {value});' for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    process = await asyncio.create_subprocess_exec(
        *("/usr/bin/firefox-esr", "--headless", "--no-remote", "--profile", str(profile), url),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


def outward_address() -> str:
    """The address this machine would talk to the world from; nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect(("198.51.100.1", 9))
        return str(udp.getsockname()[0])


@pytest.mark.timeout(LIMIT_SECONDS + 30)
async def test_every_frame_that_firefox_sends_arrives(tmp_path: Path) -> None:
    port = await MediaPort.open("0.0.0.0", 0, [outward_address()])
    peer = Peer(port, receive=True, send=True)
    sound, pictures = Collected(), Collected()
    peer.inbound.attach("audio", sound)
    peer.inbound.attach("video", pictures)
    site = Site(peer)
    async with (
        asyncio.timeout(LIMIT_SECONDS),
        TestServer(site.app) as server,
        firefox(tmp_path, str(server.make_url("/"))),
    ):
        sent = await site.sent
        assert await peer.wait_lost() == "closed_by_peer"
    await peer.close()
    await port.close()
    assert peer.inbound.codecs == {"audio": "opus", "video": "vp8"}
    assert pictures.packets[0].is_keyframe
    assert (len(pictures.packets), len(sound.packets)) == (sent["video"], sent["audio"])
    assert peer.inbound.report().lost == 0
