"""Files as recruiters upload them: numbered pictures and a beep at a known time, in any format."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tests.recorder.material import picture

BEEP_AT, BEEP_SECONDS = 1.0, 0.1
CLOCK = Fraction(1, 90000)


def beeping(seconds: float, rate_hz: int = 48000) -> NDArray[np.int16]:
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    sounds = (times >= BEEP_AT) & (times < BEEP_AT + BEEP_SECONDS)
    return (np.sin(times * 2 * np.pi * 1000) * 12000 * sounds).astype(np.int16)


def beep_start(sound: NDArray[np.float32]) -> float:
    """Where the beep begins, in seconds, within about a millisecond."""
    loud = np.flatnonzero(np.abs(sound) > 0.1)
    return float(loud[0]) / 48000


def write_upload(
    path: Path,
    *,
    seconds: float = 3.0,
    times: Sequence[float] | None = None,
    fps: Fraction | int = 30,
    size: tuple[int, int] = (160, 120),
    video_codec: str | None = "libx264",
    audio_codec: str | None = "aac",
    rate_hz: int = 48000,
    sound_delay: float = 0.0,
) -> Path:
    """A file with pictures at `times` (steady at `fps` without) and a beep at 1 s of its sound."""
    with av.open(str(path), "w") as container:
        track: av.VideoStream | None = None
        if times is None:
            times = [float(index / fps) for index in range(round(seconds * fps))]
        if video_codec:
            added = container.add_stream(video_codec, rate=fps)
            assert isinstance(added, av.VideoStream)
            track = added
            track.width, track.height = size
            track.pix_fmt = "yuv420p"
            track.codec_context.time_base = CLOCK
            if video_codec == "libvpx":
                track.codec_context.bit_rate = 1_000_000
            track.codec_context.options = {"preset": "ultrafast", "cpu-used": "8"}
        if audio_codec:
            sound = container.add_stream(audio_codec, rate=rate_hz)
            assert isinstance(sound, av.AudioStream)
            sound.codec_context.layout = "mono"
            samples = beeping(seconds, rate_hz)
            for start in range(0, len(samples), rate_hz // 10):
                frame = av.AudioFrame.from_ndarray(
                    samples[None, start : start + rate_hz // 10], format="s16", layout="mono"
                )
                frame.sample_rate = rate_hz
                frame.pts = start + round(sound_delay * rate_hz)
                frame.time_base = Fraction(1, rate_hz)
                container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
        if track:
            for number, at in enumerate(times):
                shown = picture(number, *size)
                shown.pts, shown.time_base = round(at / CLOCK), CLOCK
                container.mux(track.encode(shown))
            container.mux(track.encode(None))
    return path


def turn(path: Path, degrees: int) -> None:
    """Make a player turn the picture of an MP4, as phones do (ISO 14496-12 §8.3.2)."""
    matrices = {
        0: (1, 0, 0, 1),
        90: (0, 1, -1, 0),
        180: (-1, 0, 0, -1),
        270: (0, -1, 1, 0),
    }
    data = bytearray(path.read_bytes())
    a, b, c, d = matrices[degrees]
    one = 1 << 16
    words = (a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    start = data.index(b"tkhd") + 4 + 40  # version 0
    data[start : start + 36] = b"".join(word.to_bytes(4, "big", signed=True) for word in words)
    path.write_bytes(bytes(data))
