"""The sending half against a client that is not ours: aiortc's RTCPeerConnection over real UDP."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import av
import pytest
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError

from media.clip import Clip
from media.forward import Forward
from media.ice import MediaPort
from media.peer import Peer
from media.playout import Ending, Playout
from tests.media.client import Collected, client
from tests.media.impairment import path_to
from tests.media.sending import number_in

LIMIT_SECONDS = 20


@dataclass
class Viewer:
    """What a client has received: numbers of pictures, frames of sound."""

    numbers: list[int] = field(default_factory=list)
    sounds: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame = await track.recv()
                if isinstance(frame, av.VideoFrame):
                    self.numbers.append(number_in(frame))
                else:
                    self.sounds += 1
                self.changed.set()
        except MediaStreamError:
            return

    async def wait_for_number(self, number: int, times: int = 1) -> None:
        async with asyncio.timeout(LIMIT_SECONDS):
            while self.numbers.count(number) < times:
                self.changed.clear()
                await self.changed.wait()


def prefer(transceiver: RTCRtpTransceiver, codec: str) -> None:
    wanted = (f"video/{codec}", "video/rtx")
    capabilities = RTCRtpReceiver.getCapabilities("video")
    assert capabilities is not None
    transceiver.setCodecPreferences(
        [each for each in capabilities.codecs if each.mimeType.lower() in wanted]
    )


@asynccontextmanager
async def receiving(
    peer: Peer, codec: str, *, port_number: int | None = None
) -> AsyncIterator[Viewer]:
    """A connected viewer of audio and of video in `codec`; by way of a proxy's `port_number`."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    viewer = Viewer()
    async with AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        stack.push_async_callback(connection.close)
        stack.push_async_callback(peer.close)
        connection.on("track", lambda track: tasks.create_task(viewer.read(track)))
        connection.addTransceiver("audio", direction="recvonly")
        prefer(connection.addTransceiver("video", direction="recvonly"), codec)
        await connection.setLocalDescription(await connection.createOffer())
        sdp_answer = await peer.answer(connection.localDescription.sdp)
        if port_number is not None:
            sdp_answer = re.sub(r"(127\.0\.0\.1) \d+ typ", rf"\1 {port_number} typ", sdp_answer)
        await connection.setRemoteDescription(RTCSessionDescription(sdp_answer, "answer"))
        await peer.wait_connected()
        yield viewer


@pytest.mark.parametrize("loss", [0.0, 0.05])
@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_a_client_receives_a_clip_whole_and_in_order(
    port: MediaPort, clip: Clip, codec: str, loss: float
) -> None:
    peer = Peer(port, receive=False, send=True)
    async with (
        path_to(port.number) as path,
        receiving(peer, codec, port_number=path.number) as viewer,
    ):
        path.down.loss = loss
        playout = Playout(peer.outbound)
        assert playout.video_codec == codec
        playout.play(clip)
        assert await asyncio.wait_for(playout.wait_finished(), LIMIT_SECONDS) is Ending.ARRIVED
        # aiortc hands out a frame when the next one begins, so something must come after.
        playout.play(clip, 2.0)
        await viewer.wait_for_number(70, times=2)
        playout.close()
        assert viewer.numbers[:100] == [*range(90), *range(60, 70)]
        if loss:
            assert path.down.lost > 5
            assert peer.outbound["video"].report().packets_resent > 0
        else:
            assert viewer.sounds >= 150


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_a_watcher_sees_every_picture_of_a_publisher_who_does_not_notice(
    port: MediaPort, peer: Peer, codec: str
) -> None:
    watching = Peer(port, receive=False, send=True, video_codec=codec)
    async with client() as publisher, receiving(watching, codec) as viewer:
        await publisher.connect(peer, video_codec=codec)
        forward = Forward(peer.inbound, watching.outbound)
        async with asyncio.timeout(LIMIT_SECONDS):
            while len(viewer.numbers) < 60 or viewer.sounds < 60:
                viewer.changed.clear()
                await viewer.changed.wait()
        forward.close()
        first = viewer.numbers[0]
        assert viewer.numbers == list(range(first, first + len(viewer.numbers)))
        await watching.close()
        recorded = Collected()
        peer.inbound.attach("video", recorded)
        await recorded.wait_for(10)
        assert peer.is_connected
