"""The sending half against a client that is not ours: aiortc's RTCPeerConnection over real UDP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

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
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, VideoStreamTrack

from media.clip import Clip
from media.forward import Forward
from media.ice import MediaPort
from media.peer import Peer
from media.playout import Ending, Playout
from tests.media.path import LossyPath, local_address, lossy_path
from tests.media.sending import number_in, picture

LIMIT_SECONDS = 20


class NumberedTrack(VideoStreamTrack):
    """A camera that films numbers, 30 a second; aiortc encodes them and heeds key frame requests."""

    def __init__(self) -> None:
        super().__init__()
        self._number = -1

    async def recv(self) -> av.VideoFrame:
        self._number += 1
        frame = av.VideoFrame.from_ndarray(picture(self._number), format="rgb24")
        frame.pts, frame.time_base = await self.next_timestamp()
        return frame.reformat(format="yuv420p")


@dataclass
class Client:
    """What a client has received: numbers of pictures, seconds of sound."""

    path: LossyPath | None = None
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


class Recorded:
    """A sink as the recorder has one."""

    def __init__(self) -> None:
        self.enough = asyncio.Event()
        self._frames = 0

    def write(self, packet: "av.Packet[Any]") -> None:
        self._frames += 1
        if self._frames == 10:
            self.enough.set()


def prefer(transceiver: RTCRtpTransceiver, codec: str) -> None:
    wanted = (f"video/{codec}", "video/rtx")
    capabilities = RTCRtpReceiver.getCapabilities("video")
    assert capabilities is not None
    transceiver.setCodecPreferences(
        [each for each in capabilities.codecs if each.mimeType.lower() in wanted]
    )


async def connect(connection: RTCPeerConnection, peer: Peer, path: LossyPath | None = None) -> None:
    """Offer, answer, connected; through `path` if there is one."""
    await connection.setLocalDescription(await connection.createOffer())
    sdp_answer = await peer.answer(connection.localDescription.sdp)
    if path is not None:
        sdp_answer = path.reroute(sdp_answer)
    await connection.setRemoteDescription(RTCSessionDescription(sdp_answer, "answer"))
    await peer.wait_connected()


@asynccontextmanager
async def receiving(
    port: MediaPort, peer: Peer, codec: str, *, loss: float = 0.0
) -> AsyncIterator[Client]:
    """A connected client that offers to receive audio and video of `codec` only."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    client = Client()
    async with AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        stack.push_async_callback(connection.close)
        stack.push_async_callback(peer.close)
        if loss:
            server = (port.addresses[0], port.number)
            client.path = await stack.enter_async_context(lossy_path(server, loss=loss))
        connection.on("track", lambda track: tasks.create_task(client.read(track)))
        connection.addTransceiver("audio", direction="recvonly")
        prefer(connection.addTransceiver("video", direction="recvonly"), codec)
        await connect(connection, peer, client.path)
        yield client


@asynccontextmanager
async def publishing(peer: Peer, codec: str) -> AsyncIterator[None]:
    """A connected client that sends numbered pictures and a silent sound."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(connection.close)
        stack.push_async_callback(peer.close)
        connection.addTransceiver(AudioStreamTrack(), direction="sendonly")
        prefer(connection.addTransceiver(NumberedTrack(), direction="sendonly"), codec)
        await connect(connection, peer)
        yield


@pytest.fixture
async def port() -> AsyncIterator[MediaPort]:
    opened = await MediaPort.open("0.0.0.0", 0, [local_address()])
    yield opened
    await opened.close()


@pytest.mark.parametrize("loss", [0.0, 0.05])
@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_a_client_receives_a_clip_whole_and_in_order(
    port: MediaPort, clip: Clip, codec: str, loss: float
) -> None:
    peer = Peer(port, receive=False, send=True)
    async with receiving(port, peer, codec, loss=loss) as client:
        playout = Playout(peer.outbound)
        assert playout.video_codec == codec
        playout.play(clip)
        assert await asyncio.wait_for(playout.wait_finished(), LIMIT_SECONDS) is Ending.ARRIVED
        # aiortc hands out a frame when the next one begins, so something must come after.
        playout.play(clip, 2.0)
        await client.wait_for_number(70, times=2)
        playout.close()
        assert client.numbers[:100] == [*range(90), *range(60, 70)]
        if client.path is None:
            assert client.sounds >= 150
        else:
            assert client.path.lost > 5
            assert peer.outbound["video"].report().packets_resent > 0


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_a_watcher_sees_every_picture_of_a_publisher_who_does_not_notice(
    port: MediaPort, codec: str
) -> None:
    publisher = Peer(port, receive=True, send=False)
    watcher = Peer(port, receive=False, send=True, video_codec=codec)
    async with publishing(publisher, codec), receiving(port, watcher, codec) as client:
        forward = Forward(publisher.inbound, watcher.outbound)
        async with asyncio.timeout(LIMIT_SECONDS):
            while len(client.numbers) < 60 or client.sounds < 60:
                client.changed.clear()
                await client.changed.wait()
        forward.close()
        first = client.numbers[0]
        assert client.numbers == list(range(first, first + len(client.numbers)))
        await watcher.close()
        assert publisher.is_connected
        recorded = Recorded()
        publisher.inbound.attach("video", recorded)
        await asyncio.wait_for(recorded.enough.wait(), LIMIT_SECONDS)
