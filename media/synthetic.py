"""A candidate's browser without a browser: aiortc's own RTCPeerConnection, fed from files.

For tests, load and testers. It shares nothing with our server side but the network: offers as the
page does (audio and video, both ways), sends a WAV and a motion-JPEG file in real time, over and
over, and counts what it is sent.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.contrib.media import MediaPlayer
from aiortc.mediastreams import MediaStreamError

CLOSE_SECONDS = 5.0


@dataclass(slots=True)
class Received:
    """Decoded frames that arrived, by kind."""

    audio_frames: int = 0
    video_frames: int = 0


class SyntheticPeer:
    """One connection; `await offer()`, `await accept(sdp_answer)`, `await close()`.

    `audio`: any sound file; `video`: motion JPEG (30 frames a second) or any film; `codec`: the
    video codec to send, "VP8" or "H264".
    """

    def __init__(self, audio: Path, video: Path, *, codec: str = "VP8") -> None:
        self.received = Received()
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connected = asyncio.Event()
        self._readers: list[asyncio.Task[None]] = []
        options = {"framerate": "30"} if video.suffix in (".mjpeg", ".mjpg") else {}
        self._players = [
            MediaPlayer(str(audio), loop=True),
            MediaPlayer(str(video), options=options, loop=True),
        ]
        self._connection.add_listener("track", self._receive)
        self._connection.add_listener("connectionstatechange", self._state_changed)
        self._connection.addTransceiver(_there(self._players[0].audio, audio))
        camera = self._connection.addTransceiver(_there(self._players[1].video, video))
        camera.setCodecPreferences(_preferences(codec))

    async def offer(self) -> str:
        """The SDP offer, with all ICE candidates."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return str(self._connection.localDescription.sdp)

    async def accept(self, sdp_answer: str) -> None:
        answer = RTCSessionDescription(sdp=sdp_answer, type="answer")
        await self._connection.setRemoteDescription(answer)

    async def wait_connected(self, limit_seconds: float = 10.0) -> None:
        """Raises TimeoutError."""
        async with asyncio.timeout(limit_seconds):
            await self._connected.wait()

    async def close(self) -> None:
        """Idempotent; at most five seconds, since aiortc's close can hang."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._connection.close()
        except TimeoutError:
            pass
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        self._readers.clear()

    def _state_changed(self) -> None:
        if self._connection.connectionState == "connected":
            self._connected.set()

    def _receive(self, track: MediaStreamTrack) -> None:
        self._readers.append(asyncio.ensure_future(self._count(track)))

    async def _count(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                await track.recv()
                if track.kind == "audio":
                    self.received.audio_frames += 1
                else:
                    self.received.video_frames += 1
        except MediaStreamError:
            return


def _there(track: MediaStreamTrack | None, source: Path) -> MediaStreamTrack:
    if track is None:
        raise ValueError(f"{source.name} has no sound or picture to send")
    return track


def _preferences(codec: str) -> list[RTCRtpCodecCapability]:
    """The wanted codec first, with retransmission; raises ValueError for one it cannot send."""
    known = RTCRtpSender.getCapabilities("video").codecs
    wanted = [c for c in known if c.mimeType.lower() == f"video/{codec.lower()}"]
    if not wanted:
        raise ValueError(f"cannot send {codec}; use VP8 or H264")
    return [*wanted, *(c for c in known if c.mimeType.lower() == "video/rtx")]
