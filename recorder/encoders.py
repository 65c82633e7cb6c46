"""Encoders of the recorder: H264 and VP8 pictures of a constant size, Opus sound.

No encoder here reorders or hides frames: one frame in, one packet out, decoded in the order in
which they are shown, so that packets can be sent live as they lie in the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from recorder.bitstream import Size
from recorder.sound import RATE_HZ, Blocks, Samples

THREADS = 2  # of x264; libvpx burns four times the time with two as with one
OPUS_BLOCK = 960  # 20 ms
OPUS_BITRATE_BPS = 64_000
PIXELS_720P = 1280 * 720
FULL_BITRATE_BPS = 1_500_000


@dataclass(frozen=True)
class Coded:
    """One encoded frame; times in ticks of `time_base`."""

    data: bytes
    at: int
    duration: int
    time_base: Fraction
    is_key_frame: bool


def bitrate_bps(size: Size) -> int:
    """A ceiling that a phone on a weak line can still be sent, shrinking with the picture."""
    share: float = (size.pixels / PIXELS_720P) ** 0.75
    return max(250_000, round(FULL_BITRATE_BPS * share))


def playout_h264(size: Size, fps: Fraction) -> VideoCodecContext:
    """Constrained Baseline (ITU-T H.264 §A.2.1.1), a key frame each second."""
    ceiling = bitrate_bps(size)
    options = {
        "profile": "baseline",
        "preset": "veryfast",
        "crf": "23",
        "maxrate": str(ceiling),
        "bufsize": str(ceiling),
        "sc_threshold": "0",
        "g": str(round(fps)),
        "keyint_min": str(round(fps)),
    }
    return _video_encoder("libx264", size, 1 / fps, fps, options)


def playout_vp8(size: Size, fps: Fraction) -> VideoCodecContext:
    """No hidden reference frames and no dropped ones (RFC 6386 §9.7), a key frame each second."""
    encoder = _video_encoder(
        "libvpx",
        size,
        1 / fps,
        fps,
        {
            "deadline": "realtime",
            "cpu-used": "4",
            "lag-in-frames": "0",
            "auto-alt-ref": "0",
            "drop-threshold": "0",
            "crf": "10",
            "qmax": "50",
            "maxrate": str(bitrate_bps(size)),
            "g": str(round(fps)),
            "keyint_min": str(round(fps)),
        },
    )
    encoder.bit_rate = bitrate_bps(size)
    encoder.thread_count = 1
    return encoder


def rendition_h264(size: Size) -> VideoCodecContext:
    """For files to be watched: any frame times (1/90000 s), a key frame about each 2 s."""
    options = {"preset": "veryfast", "crf": "23", "bf": "0", "g": "60"}
    return _video_encoder("libx264", size, Fraction(1, 90000), Fraction(30), options)


class PictureEncoder:
    """Frames of one size to packets; `ticks` must grow."""

    def __init__(self, encoder: VideoCodecContext, frame_ticks: int) -> None:
        self._encoder = encoder
        self._frame_ticks = frame_ticks

    def encode(self, frame: VideoFrame, ticks: int) -> list[Coded]:
        frame.pts = ticks
        frame.time_base = self._encoder.time_base
        frame.pict_type = 0  # the source's key frames are not ours
        return self._coded(frame)

    def finish(self) -> list[Coded]:
        return self._coded(None)

    def _coded(self, frame: VideoFrame | None) -> list[Coded]:
        return [
            Coded(
                bytes(packet),
                packet.pts or 0,
                self._frame_ticks,
                self._encoder.time_base,
                packet.is_keyframe,
            )
            for packet in self._encoder.encode(frame)
        ]


class OpusEncoder:
    """Sound to Opus packets of 20 ms that begin at zero.

    The encoder delays by its look-ahead, which a player takes off by the file's pre-skip (RFC
    7845 §4.2). Live receivers know no pre-skip, so the sound is advanced by it here instead.
    """

    def __init__(self) -> None:
        encoder = av.CodecContext.create("libopus", "w")
        encoder.sample_rate, encoder.layout, encoder.format = RATE_HZ, "mono", "s16"
        encoder.bit_rate = OPUS_BITRATE_BPS
        encoder.time_base = Fraction(1, RATE_HZ)
        encoder.open()
        self._encoder: AudioCodecContext = encoder
        pre_skip = int.from_bytes((encoder.extradata or b"")[10:12], "little")
        self._blocks = Blocks(OPUS_BLOCK, skip=pre_skip)
        self._packets = 0
        self._fed = 0

    def encode(self, chunk: Samples) -> list[Coded]:
        return [coded for block in self._blocks.add(chunk) for coded in self._encode(block)]

    def finish(self) -> list[Coded]:
        coded = [coded for block in self._blocks.finish() for coded in self._encode(block)]
        return coded + self._number(self._encoder.encode(None))

    def _encode(self, block: Samples) -> list[Coded]:
        frame = sound_frame(block, self._fed)
        self._fed += len(block)
        return self._number(self._encoder.encode(frame))

    def _number(self, packets: Sequence["av.Packet[Any]"]) -> list[Coded]:
        coded = []
        for packet in packets:
            at = self._packets * OPUS_BLOCK
            coded.append(Coded(bytes(packet), at, OPUS_BLOCK, Fraction(1, RATE_HZ), True))
            self._packets += 1
        return coded


def sound_frame(block: Samples, at_samples: int) -> AudioFrame:
    """A block of mono samples as an encoder wants it."""
    frame = AudioFrame.from_ndarray(block[None, :], format="s16", layout="mono")
    frame.sample_rate = RATE_HZ
    frame.pts = at_samples
    frame.time_base = Fraction(1, RATE_HZ)
    return frame


def _video_encoder(
    name: str, size: Size, time_base: Fraction, fps: Fraction, options: dict[str, str]
) -> VideoCodecContext:
    encoder = av.CodecContext.create(name, "w")
    if not isinstance(encoder, VideoCodecContext):
        raise TypeError(f"{name} is no video codec")
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = time_base
    encoder.framerate = fps
    encoder.thread_count = THREADS
    encoder.options = options
    return encoder
