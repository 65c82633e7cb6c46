"""What the tests of the sending half share: numbered clips, a hand-moved clock, a receiver.

Each picture of a numbered clip carries its number as 16 black or white blocks, so that what comes
out at the far end can be counted: complete, in order, nothing twice.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from aiortc.codecs.h264 import h264_depayload
from aiortc.codecs.vpx import vp8_depayload
from numpy.typing import NDArray

from media import rtcp, rtp
from media.downlink import Downlink
from media.pacer import Pacer

WIDTH, HEIGHT, FRAME_RATE = 320, 192, 30
BLOCK = 20
PAYLOAD_TYPES = {"h264": 102, "vp8": 96}
RTX_PAYLOAD_TYPES = {"h264": 103, "vp8": 97}
OPUS = 111


def picture(number: int, *, is_noisy: bool = False) -> NDArray[np.uint8]:
    """A grey picture (or noise, for big frames) with `number` in its first row of blocks."""
    if is_noisy:
        generator = np.random.default_rng(number // FRAME_RATE)
        image = generator.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    else:
        image = np.full((HEIGHT, WIDTH, 3), 90 + number % 60, dtype=np.uint8)
    for bit in range(16):
        image[:BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = 255 if number >> bit & 1 else 0
    return image


def number_in(frame: av.VideoFrame) -> int:
    grey = frame.to_ndarray(format="gray")
    middle = BLOCK // 2
    return sum(1 << bit for bit in range(16) if grey[middle, bit * BLOCK + middle] > 127)


def write_clip(directory: Path, *, seconds: float = 3.0, is_noisy: bool = False) -> Path:
    """A prepared clip as the recorder makes it: H264 and VP8, a key frame each second, Opus."""
    directory.mkdir(parents=True, exist_ok=True)
    options = {
        "profile": "baseline",
        "bf": "0",
        "g": "30",
        "sc_threshold": "0",
        "preset": "veryfast",
    }
    _write(directory / "playout.h264.mp4", "libx264", options, seconds, is_noisy=is_noisy)
    options = {
        "g": "30",
        "keyint_min": "30",
        "deadline": "realtime",
        "cpu-used": "8",
        "lag-in-frames": "0",
    }
    _write(directory / "playout.vp8.webm", "libvpx", options, seconds, is_noisy=is_noisy)
    return directory


def _write(
    path: Path, codec: str, options: dict[str, str], seconds: float, *, is_noisy: bool
) -> None:
    with av.open(path, "w") as container:
        video = container.add_stream(codec, rate=FRAME_RATE, options=options)
        audio = container.add_stream("libopus", rate=48000)
        assert isinstance(video, av.VideoStream)
        assert isinstance(audio, av.AudioStream)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.bit_rate = 1_500_000
        audio.layout = "mono"
        for number in range(round(seconds * FRAME_RATE)):
            frame = av.VideoFrame.from_ndarray(picture(number, is_noisy=is_noisy), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FRAME_RATE)
            container.mux(video.encode(frame))
            if number % 3 == 0:
                container.mux(audio.encode(_tone(number)))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def _tone(number: int) -> av.AudioFrame:
    """A tenth of a second of sound: a beep at the beginning of each second, a soft hum else."""
    loudness = 12000 if number % FRAME_RATE == 0 else 300
    wave = loudness * np.sin(2 * np.pi * 1000 * np.arange(4800) / 48000)
    frame = av.AudioFrame.from_ndarray(wave.astype(np.int16).reshape(1, -1), "s16", "mono")
    frame.sample_rate, frame.pts, frame.time_base = 48000, number * 1600, Fraction(1, 48000)
    return frame


@dataclass
class HandClock:
    """A clock moved by hand, and the pacer that it drives."""

    seconds: float = 1000.0
    pending: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def now(self) -> float:
        return self.seconds

    def call_later(self, seconds: float, callback: Callable[[], None]) -> None:
        self.pending.append((self.seconds + seconds, callback))

    def pacer(self) -> Pacer:
        return Pacer(now=self.now, call_later=self.call_later)

    def advance(self, seconds: float) -> None:
        until = self.seconds + seconds
        while due := [entry for entry in self.pending if entry[0] <= until]:
            entry = min(due, key=lambda each: each[0])
            self.pending.remove(entry)
            self.seconds = max(self.seconds, entry[0])
            entry[1]()
        self.seconds = max(self.seconds, until)


@dataclass
class Wire:
    """What downlinks have sent, and when; `loses` says which RTP packets never arrive."""

    clock: HandClock
    loses: Callable[[rtp.RtpPacket], bool] = lambda packet: False
    packets: list[rtp.RtpPacket] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    reports: list[tuple[float, rtcp.SenderReport]] = field(default_factory=list)

    def send(self, data: bytes) -> None:
        if rtp.is_rtcp(data):
            found = [each for each in rtcp.parse(data) if isinstance(each, rtcp.SenderReport)]
            self.reports += [(self.clock.now(), report) for report in found]
            return
        packet = rtp.parse(data)
        if not self.loses(packet):
            self.packets.append(packet)
            self.times.append(self.clock.now())

    def timed(self, payload_type: int) -> list[tuple[rtp.RtpPacket, float]]:
        """Packets and when they left; duplicates fall away, as with any SRTP receiver."""
        first: dict[int, tuple[rtp.RtpPacket, float]] = {}
        for packet, at in zip(self.packets, self.times, strict=True):
            if packet.payload_type == payload_type:
                first.setdefault(packet.sequence, (packet, at))
        return list(first.values())

    def of(self, payload_type: int) -> list[rtp.RtpPacket]:
        return [packet for packet, _ in self.timed(payload_type)]


def downlinks(
    wire: Wire, codecs: Iterable[str] = ("h264", "vp8"), *, has_rtx: bool = True
) -> dict[str, Downlink]:
    """The two downlinks of a peer, as it sets them up after negotiation."""
    now = wire.clock.now
    video, audio = (
        Downlink("video", 1, wire.send, now=now),
        Downlink("audio", 3, wire.send, now=now),
    )
    types = {codec: PAYLOAD_TYPES[codec] for codec in codecs}
    rtx = {codec: RTX_PAYLOAD_TYPES[codec] for codec in codecs} if has_rtx else None
    video.configure(types, 90000, rtx_payload_types=rtx, rtx_ssrc=2, cname="interlude")
    audio.configure({"opus": OPUS}, 48000, cname="interlude")
    return {"video": video, "audio": audio}


def original(packet: rtp.RtpPacket) -> rtp.RtpPacket:
    """The packet itself, or what is inside a retransmission."""
    for codec, payload_type in RTX_PAYLOAD_TYPES.items():
        if packet.payload_type == payload_type:
            inside = rtp.unpack_retransmission(packet, PAYLOAD_TYPES[codec], 1)
            assert inside is not None
            return inside
    return packet


def report_block(highest_sequence: int, *, jitter: int = 0) -> rtcp.ReportBlock:
    return rtcp.ReportBlock(1, 0, 0, highest_sequence, jitter, 0, 0)


def shown_numbers(packets: Iterable[rtp.RtpPacket], codec: str) -> list[int]:
    """Depacketise and decode with aiortc's and FFmpeg's code; the numbers in showing order."""
    depayload = h264_depayload if codec == "h264" else vp8_depayload
    frames: dict[int, bytes] = {}
    for packet in sorted(packets, key=lambda each: each.sequence):
        frames[packet.timestamp] = frames.get(packet.timestamp, b"") + depayload(packet.payload)
    decoder = av.CodecContext.create("h264" if codec == "h264" else "libvpx", "r")
    shown: list[int] = []
    for data in [*frames.values(), None]:
        for frame in decoder.decode(av.Packet(data) if data is not None else None):
            assert isinstance(frame, av.VideoFrame)
            shown.append(number_in(frame))
    return shown
