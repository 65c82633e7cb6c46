"""A clip made from nothing, so that a fresh installation has an interview to sit.

Slow colours, the title, a running frame number, and a voice by espeak-ng where that is there, a
soft chord otherwise. The result is an ordinary MP4 (H264 + AAC) that goes the way of any clip
that a recruiter uploads. `speech.py` and `picture.py` of the tests draw with the same code.
"""

import colorsys
import hashlib
import math
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from recorder.frame_number import Picture, draw_frame_number
from recorder.lettering import Mask, text_mask

WIDTH, HEIGHT = 768, 432
FRAMES_PER_SECOND = 25
SAMPLE_RATE = 48000
COARSE = 16  # colours are computed on a grid this much coarser, then smoothed
LEAD_SECONDS = 0.6  # before the first word
TAIL_SECONDS = 0.8  # after the last
FADE_SECONDS = 0.8
WORDS_PER_MINUTE = "150"

Sound = NDArray[np.float32]  # mono, −1 to 1, 48 kHz


@dataclass(frozen=True, slots=True)
class SampleClip:
    seconds: float
    video_frames: int
    spoken: bool


def make_sample_clip(out: Path, *, title: str, seconds: float, speech_text: str) -> SampleClip:
    """Writes an MP4 of at least `seconds`, longer when the words need it."""
    voice = _speech(speech_text)
    if voice is None:
        sound = _chord(seconds)
    else:
        spoken_seconds = LEAD_SECONDS + len(voice) / SAMPLE_RATE + TAIL_SECONDS
        sound = np.zeros(round(max(seconds, spoken_seconds) * SAMPLE_RATE), np.float32)
        start = round(LEAD_SECONDS * SAMPLE_RATE)
        sound[start : start + len(voice)] = voice
    frames = math.ceil(len(sound) / SAMPLE_RATE * FRAMES_PER_SECOND)
    _write(out, pictures(title, frames), sound)
    return SampleClip(frames / FRAMES_PER_SECOND, frames, voice is not None)


def pictures(title: str, frames: int) -> Iterator[Picture]:
    """RGB pictures 768 × 432; the n-th carries the number n."""
    hue = hashlib.sha256(title.encode()).digest()[0] / 256
    mask = _title_mask(title)
    for number in range(frames):
        seconds = number / FRAMES_PER_SECOND
        picture = _smoothed(_colours(hue, seconds))
        _draw_title(picture, mask, min(1.0, seconds / FADE_SECONDS))
        draw_frame_number(picture, number)
        yield picture


# ── picture ──────────────────────────────────────────────────────────────────────────────────


def _colours(hue: float, seconds: float) -> Picture:
    """Three soft lights that wander over a dark ground, on the coarse grid."""
    y, x = np.mgrid[0 : HEIGHT // COARSE, 0 : WIDTH // COARSE].astype(np.float32) * COARSE / HEIGHT
    ground = np.array(colorsys.hsv_to_rgb(hue, 0.55, 0.22), np.float32)
    picture = np.broadcast_to(ground, (*y.shape, 3)) * (1.2 - 0.5 * y[..., np.newaxis])
    for n, (shift, value) in enumerate(((0.0, 0.42), (0.09, 0.34), (-0.08, 0.38))):
        light = np.array(colorsys.hsv_to_rgb((hue + shift) % 1, 0.6, value), np.float32)
        angle = seconds * (0.35 + 0.11 * n) + 2.1 * n
        centre_x, centre_y = 0.89 + 0.7 * math.cos(angle), 0.45 + 0.35 * math.sin(1.3 * angle)
        distance = (x - centre_x) ** 2 + (y - centre_y) ** 2
        picture = picture + light * np.exp(-distance / 0.18)[..., np.newaxis]
    colours: Picture = (np.clip(picture, 0, 1) * 255).astype(np.uint8)
    return colours


def _smoothed(coarse: Picture) -> Picture:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(coarse), format="rgb24")
    smooth = frame.reformat(WIDTH, HEIGHT, interpolation="BICUBIC")
    return smooth.to_ndarray().astype(np.uint8, copy=False)


def _title_mask(title: str) -> Mask:
    """As large as fits into three quarters of the width."""
    height = HEIGHT // 9
    mask = text_mask(title, height)
    if mask.shape[1] > WIDTH * 3 // 4:
        mask = text_mask(title, height * WIDTH * 3 // 4 // mask.shape[1])
    return mask


def _draw_title(picture: Picture, mask: Mask, strength: float) -> None:
    top, left = (HEIGHT - mask.shape[0]) * 2 // 5, (WIDTH - mask.shape[1]) // 2
    area = picture[top : top + mask.shape[0], left : left + mask.shape[1]]
    weight = mask[: area.shape[0], : area.shape[1], np.newaxis] * strength
    area[:] = (area * (1 - weight) + 244 * weight).astype(np.uint8)


# ── sound ────────────────────────────────────────────────────────────────────────────────────


def _speech(text: str) -> Sound | None:
    """The text spoken by espeak-ng; None where that is not there."""
    program = shutil.which("espeak-ng")
    if program is None or not text:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "speech.wav")
        command = [program, "-v", "en", "-s", WORDS_PER_MINUTE, "-w", str(file), "--", text]
        done = subprocess.run(command, capture_output=True, timeout=30, check=False)  # noqa: S603
        return read_wav(file) if done.returncode == 0 else None


def read_wav(file: Path) -> Sound:
    """16-bit mono sound of any rate, brought to 48 kHz."""
    with wave.open(str(file), "rb") as wav:
        rate = wav.getframerate()
        samples = np.frombuffer(wav.readframes(wav.getnframes()), np.int16)
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="s16", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    parts = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([part.to_ndarray()[0] for part in parts]).astype(np.float32)


def _chord(seconds: float) -> Sound:
    """A soft chord that swells and fades, about −26 dBFS."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tones = sum(np.sin(2 * np.pi * hertz * t) for hertz in (220.0, 277.2, 329.6))
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 0.2 * t)
    edges = np.clip(np.minimum(t, seconds - t) / FADE_SECONDS, 0, 1)
    chord: Sound = (0.025 * tones * swell * edges).astype(np.float32)
    return chord


# ── file ─────────────────────────────────────────────────────────────────────────────────────


def _write(out: Path, frames: Iterator[Picture], sound: Sound) -> None:
    with av.open(str(out), "w", format="mp4", options={"movflags": "faststart"}) as container:
        video = container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.options = {"preset": "veryfast", "crf": "21", "threads": "2"}
        audio = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        samples_per_frame = SAMPLE_RATE // FRAMES_PER_SECOND
        for number, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_SECOND)
            container.mux(video.encode(frame))
            start = number * samples_per_frame
            container.mux(
                audio.encode(_audio_frame(sound[start : start + samples_per_frame], start))
            )
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def _audio_frame(samples: Sound, start: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
    return frame
