"""A candidate's browser without a browser: aiortc's own RTCPeerConnection, fed from files.

For tests, load and testers. It shares nothing with our server side but the network: offers as the
page does (audio and video, both ways), sends a WAV and a motion-JPEG file in real time, over and
over, and counts what it is sent.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpSender,
    RTCSessionDescription,
    VideoStreamTrack,
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
        self._film = Film(video)
        try:
            self._sound = MediaPlayer(str(audio), loop=True).audio
        except (av.FFmpegError, AssertionError):
            raise ValueError(f"{audio.name} is not a sound file that can be looped") from None
        self._connection.add_listener("track", self._receive)
        self._connection.add_listener("connectionstatechange", self._state_changed)
        if self._sound is None:
            raise ValueError(f"{audio.name} has no sound to send")
        self._connection.addTransceiver(self._sound)
        camera = self._connection.addTransceiver(self._film)
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
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._connection.close()
        for track in (self._film, self._sound):
            if track is not None:
                track.stop()
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


class Film(VideoStreamTrack):
    """A film's pictures, 30 a second, over and over; motion JPEG cannot be wound back otherwise."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._pictures = self._decode()
        self._next = self._advance()

    async def recv(self) -> av.VideoFrame:
        picture, self._next = self._next, self._advance()
        picture.pts, picture.time_base = await self.next_timestamp()
        return picture

    def _advance(self) -> av.VideoFrame:
        picture = next(self._pictures, None)
        if picture is None:
            self._pictures = self._decode()
            picture = next(self._pictures, None)
        if picture is None:
            raise ValueError(f"{self._path.name} has no picture to send")
        return picture

    def _decode(self) -> Iterator[av.VideoFrame]:
        try:
            with av.open(str(self._path)) as container:
                yield from container.decode(video=0)
        except (av.FFmpegError, IndexError):
            raise ValueError(f"{self._path.name} is not a film") from None


def _preferences(codec: str) -> list[RTCRtpCodecCapability]:
    """The wanted codec first, with retransmission; raises ValueError for one it cannot send."""
    known = RTCRtpSender.getCapabilities("video").codecs
    wanted = [c for c in known if c.mimeType.lower() == f"video/{codec.lower()}"]
    if not wanted:
        raise ValueError(f"cannot send {codec}; use VP8 or H264")
    return [*wanted, *(c for c in known if c.mimeType.lower() == "video/rtx")]
