"""A sending page's stand-in: aiortc's own RTCPeerConnection with numbered pictures and a tone.

Pictures carry their number (see sending.py), so that what arrives can be decoded and counted.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from media.peer import Peer
from tests.media.sending import FRAME_RATE, number_in, picture

WAIT_SECONDS = 30.0


class NumberedPictures(MediaStreamTrack):
    """Thirty a second; the twentieth of a second of noise makes them several packets each."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0
        self._started = time.monotonic()

    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(max(0, self._started + self.sent / FRAME_RATE - time.monotonic()))
        frame = av.VideoFrame.from_ndarray(picture(self.sent, is_noisy=True), format="rgb24")
        frame.pts, frame.time_base = self.sent * 3000, Fraction(1, 90000)
        self.sent += 1
        return frame


class Tone(MediaStreamTrack):
    """A soft 440 Hz in frames of 20 ms."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0
        self._started = time.monotonic()

    async def recv(self) -> av.AudioFrame:
        await asyncio.sleep(max(0, self._started + self.sent / 50 - time.monotonic()))
        at = np.arange(self.sent * 960, (self.sent + 1) * 960) / 48000
        wave = (3000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(wave.reshape(1, -1), "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, self.sent * 960, Fraction(1, 48000)
        self.sent += 1
        return frame


@dataclass
class Collected:
    """A sink that keeps everything and can be waited for."""

    packets: list["av.Packet[Any]"] = field(default_factory=list)
    _grown: asyncio.Event = field(default_factory=asyncio.Event)

    def write(self, packet: "av.Packet[Any]") -> None:
        self.packets.append(packet)
        self._grown.set()

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            while len(self.packets) < count:
                self._grown.clear()
                await self._grown.wait()

    @property
    def ticks(self) -> list[int]:
        return [packet.pts or 0 for packet in self.packets]

    def numbers(self, codec: str) -> list[int]:
        """The numbers of the pictures, as a decoder shows them."""
        decoder = av.CodecContext.create(codec, "r")
        assert isinstance(decoder, av.VideoCodecContext)
        frames = [frame for packet in self.packets for frame in decoder.decode(packet)]
        return [number_in(frame) for frame in [*frames, *decoder.decode(None)]]


@dataclass
class Client:
    connection: RTCPeerConnection
    pictures: NumberedPictures
    tone: Tone
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.connection.on("connectionstatechange", self._changed.set)

    async def offer(self, video_codec: str) -> str:
        """With a=rtcp-fb nack for Opus, which our pages add, too."""
        for transceiver in self.connection.getTransceivers():
            if transceiver.kind == "video":
                codecs = RTCRtpSender.getCapabilities("video").codecs
                wanted = (f"video/{video_codec}", "video/rtx")
                transceiver.setCodecPreferences(
                    [codec for codec in codecs if codec.mimeType.lower() in wanted]
                )
        await self.connection.setLocalDescription(await self.connection.createOffer())
        text: str = self.connection.localDescription.sdp
        return re.sub(r"(a=rtpmap:(\d+) opus\S*\r\n)", r"\1a=rtcp-fb:\2 nack\r\n", text)

    async def connect(
        self, peer: Peer, *, video_codec: str = "vp8", port_number: int | None = None
    ) -> None:
        """Offer to `peer`; by way of `port_number` (a proxy's) where given."""
        sdp_answer = await peer.answer(await self.offer(video_codec))
        if port_number is not None:
            sdp_answer = re.sub(r"(127\.0\.0\.1) \d+ typ", rf"\1 {port_number} typ", sdp_answer)
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp_answer, "answer"))
        await peer.wait_connected()
        async with asyncio.timeout(WAIT_SECONDS):
            while self.connection.connectionState != "connected":
                await self._changed.wait()
                self._changed.clear()


@asynccontextmanager
async def client() -> AsyncIterator[Client]:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    pictures, tone = NumberedPictures(), Tone()
    connection.addTrack(tone)
    connection.addTrack(pictures)
    try:
        yield Client(connection, pictures, tone)
    finally:
        pictures.stop()
        tone.stop()
        await connection.close()
