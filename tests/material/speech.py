"""Speech with a known timeline: a WAV of 48 kHz for a microphone, and when each word is heard.

Utterances are cut to what can be heard of them and joined with pauses of known length over a
faint noise, so that silence is known to the sample. The file may be looped by who plays it;
`Timeline.window` tells what was heard between two moments of an endless loop.
"""

import json
import wave
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tests.material.espeak import Spoken, speak

SAMPLE_RATE = 48000
AUDIBLE = 0.01  # of full scale
PEAK = 0.5
NOISE = 0.0005  # −66 dBFS
CUT_FROM_SECONDS = 1.5  # the preset "natural": shorter silences stay
KEPT_SECONDS = 0.8  # of every silence that is cut: 0.5 after speech, 0.3 before

Sound = NDArray[np.float32]  # mono, −1 to 1


@dataclass(frozen=True, slots=True)
class Word:
    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Utterance:
    start: float
    end: float
    text: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is heard when, in seconds."""

    seconds: float
    utterances: tuple[Utterance, ...]

    def words(self) -> list[Word]:
        return [word for utterance in self.utterances for word in utterance.words]

    def silences(self) -> list[tuple[float, float]]:
        """Before, between and after the utterances."""
        starts = [0.0, *(utterance.end for utterance in self.utterances)]
        ends = [*(utterance.start for utterance in self.utterances), self.seconds]
        return [(start, end) for start, end in zip(starts, ends, strict=True) if end > start]

    def removable_seconds(self) -> float:
        """Silence that perfect trimming by the preset "natural" would take away."""
        lengths = (end - start for start, end in self.silences())
        return sum(length - KEPT_SECONDS for length in lengths if length >= CUT_FROM_SECONDS)

    def window(self, start: float, seconds: float) -> "Timeline":
        """What is heard of an endless loop in these seconds, on a clock that begins at `start`."""
        heard: list[Utterance] = []
        for loop in range(int(start // self.seconds), int((start + seconds) // self.seconds) + 1):
            moved = (_moved(u, loop * self.seconds - start) for u in self.utterances)
            heard += [_clipped(u, seconds) for u in moved if u.end > 0 and u.start < seconds]
        return Timeline(seconds, tuple(heard))


@dataclass(frozen=True, slots=True)
class Speech:
    """`file` for a microphone, `timeline_file` for a reader, the rest for a test."""

    file: Path
    timeline_file: Path
    samples: Sound
    timeline: Timeline


def make_speech(
    folder: Path,
    plan: Sequence[tuple[str, float]],
    *,
    name: str = "speech",
    lead: float = 0.5,
    loops: int = 1,
) -> Speech:
    """`plan`: what is said, and the seconds of silence behind it. `lead`: silence before all.

    The file holds it `loops` times, for a player whose own loop is not seamless.
    """
    pieces: list[Sound] = [np.zeros(round(lead * SAMPLE_RATE), np.float32)]
    utterances: list[Utterance] = []
    for text, pause in plan:
        start = sum(map(len, pieces)) / SAMPLE_RATE
        sound, utterance = _utterance(text)
        utterances.append(_moved(utterance, start))
        pieces += [sound, np.zeros(round(pause * SAMPLE_RATE), np.float32)]
    samples = np.concatenate(pieces)
    samples += np.random.default_rng(1).normal(0, NOISE, len(samples)).astype(np.float32)
    timeline = Timeline(len(samples) / SAMPLE_RATE, tuple(utterances))
    file, timeline_file = folder / f"{name}.wav", folder / f"{name}.json"
    write_wav(file, np.tile(samples, loops))
    timeline_file.write_text(json.dumps(asdict(timeline), indent=1))
    return Speech(file, timeline_file, samples, timeline)


def write_wav(file: Path, samples: Sound) -> None:
    with wave.open(str(file), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(SAMPLE_RATE)
        wav.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def _utterance(text: str) -> tuple[Sound, Utterance]:
    """Its audible part at 48 kHz, on a clock that begins with it."""
    spoken = speak(text)
    sound = _at_48_khz(spoken)
    sound *= PEAK / np.abs(sound).max()
    loud = np.flatnonzero(np.abs(sound) > AUDIBLE)
    first, last = int(loud[0]), int(loud[-1]) + 1
    seconds = (last - first) / SAMPLE_RATE
    starts = [max(0.0, at / spoken.sample_rate - first / SAMPLE_RATE) for at, _ in spoken.words]
    ends = [*starts[1:], seconds]
    words = tuple(
        Word(start, end, word)
        for start, end, (_, word) in zip(starts, ends, spoken.words, strict=True)
    )
    return sound[first:last], Utterance(0.0, seconds, text, words)


def _at_48_khz(spoken: Spoken) -> Sound:
    frame = av.AudioFrame.from_ndarray(spoken.samples[np.newaxis], format="s16", layout="mono")
    frame.sample_rate = spoken.sample_rate
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    parts = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([part.to_ndarray()[0] for part in parts]).astype(np.float32)


def _moved(utterance: Utterance, by: float) -> Utterance:
    words = tuple(replace(w, start=w.start + by, end=w.end + by) for w in utterance.words)
    return replace(utterance, start=utterance.start + by, end=utterance.end + by, words=words)


def _clipped(utterance: Utterance, seconds: float) -> Utterance:
    """What of it lies between 0 and `seconds`."""
    words = tuple(
        replace(w, start=max(0.0, w.start), end=min(seconds, w.end))
        for w in utterance.words
        if w.end > 0 and w.start < seconds
    )
    start, end = max(0.0, utterance.start), min(seconds, utterance.end)
    return replace(utterance, start=start, end=end, words=words)
