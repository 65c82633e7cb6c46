"""What a recording is worth: are all pictures there and in order, is it the speech, is it in step.

All measures compare with what was fed in, and each is tried on broken input in test_measure.py.
Sound is mono at 48 kHz; times are seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tests.material.picture import BEEP_HERTZ
from tests.material.speech import SAMPLE_RATE, Sound

COARSE_STEP = 8  # the first search is done at 6 kHz
FINE_SECONDS = 0.002
SLICE_SECONDS = 2.0
SLIP_SECONDS = 0.06  # how far a slice is searched around the common lag

Numbers = Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Order:
    """Running numbers as they were shown. `missing`: never shown although later ones were."""

    shown: int
    unread: int
    repeated: int
    backwards: int
    missing: int


def order_of(numbers: Numbers, circle: int) -> Order:
    """How the numbers run, where `circle` - 1 is followed by 0."""
    readable = [number for number in numbers if number is not None]
    steps = [(after - before) % circle for before, after in pairwise(readable)]
    return Order(
        shown=len(set(readable)),
        unread=len(numbers) - len(readable),
        repeated=sum(step == 0 for step in steps),
        backwards=sum(step > circle // 2 for step in steps),
        missing=sum(step - 1 for step in steps if 1 < step <= circle // 2),
    )


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where a recording lies in its looped source.

    `start_seconds`: the moment of the source that is heard at 0. `correlation`: of the whole, at
    that one place. `slices`: (at, slip, correlation) of stretches that hold sound, each at its
    own best place; a slip that grows is a clock that runs away.
    """

    start_seconds: float
    correlation: float
    slices: tuple[tuple[float, float, float], ...]

    def median_correlation(self) -> float:
        return float(np.median([correlation for _, _, correlation in self.slices]))

    def largest_slip_seconds(self) -> float:
        return max(abs(slip) for _, slip, _ in self.slices)


def align(recorded: Sound, source: Sound) -> Alignment:
    """Finds the recording in the endlessly looped source."""
    loops = 1 + -(-len(recorded) // len(source))
    looped = np.tile(source, loops)
    coarse, _ = _place(_decimated(recorded), _decimated(looped))
    around = coarse * COARSE_STEP
    start, correlation = _place_near(recorded, looped, around, round(FINE_SECONDS * SAMPLE_RATE))
    return Alignment(
        start / SAMPLE_RATE % (len(source) / SAMPLE_RATE),
        correlation,
        tuple(_slices(recorded, looped, start)),
    )


def beep_times(samples: Sound) -> list[float]:
    """When each beep begins: where the level at its pitch rises above half of its loudest."""
    t = np.arange(len(samples)) / SAMPLE_RATE
    turned = samples * np.exp(-2j * np.pi * BEEP_HERTZ * t)
    level = np.abs(np.convolve(turned, np.full(480, 1 / 480), mode="same"))
    return [float(at / SAMPLE_RATE) for at in _rises(level, float(level.max()) / 2)]


def flash_times(brightness: Sequence[float], times: Sequence[float]) -> list[float]:
    """When each flash begins, from the mean luma of every picture and when it was shown."""
    levels = np.asarray(brightness)
    middle = (float(np.median(levels)) + float(levels.max())) / 2
    return [times[index] for index in _rises(levels, middle)]


def sound_offsets(beeps: Sequence[float], flashes: Sequence[float]) -> list[float]:
    """For every flash the nearest beep less the flash: positive when the sound is late."""
    offsets = [min((beep - flash for beep in beeps), key=abs) for flash in flashes]
    return [offset for offset in offsets if abs(offset) < 0.5]


def _rises(levels: NDArray[np.floating], threshold: float) -> NDArray[np.intp]:
    above = levels > threshold
    return np.flatnonzero(above[1:] & ~above[:-1]) + 1


def _decimated(samples: Sound) -> Sound:
    whole = samples[: len(samples) // COARSE_STEP * COARSE_STEP]
    means: Sound = whole.reshape(-1, COARSE_STEP).mean(axis=1).astype(np.float32)
    return means


def _place(piece: Sound, whole: Sound) -> tuple[int, float]:
    """Where `piece` fits best in `whole`, and its normalised correlation there."""
    size = 1 << int(np.ceil(np.log2(len(piece) + len(whole))))
    spectrum = np.fft.rfft(whole, size) * np.conj(np.fft.rfft(piece, size))
    products = np.fft.irfft(spectrum, size)[: len(whole) - len(piece) + 1]
    energy = np.concatenate([[0.0], np.cumsum(whole.astype(np.float64) ** 2)])
    under = energy[len(piece) :] - energy[: -len(piece)]
    scores = products / np.sqrt(np.maximum(under, 1e-9) * max(float(piece @ piece), 1e-9))
    best = int(np.argmax(scores))
    return best, float(scores[best])


def _place_near(piece: Sound, whole: Sound, around: int, reach: int) -> tuple[int, float]:
    first = max(0, around - reach)
    place, score = _place(piece, whole[first : around + len(piece) + reach])
    return first + place, score


def _slices(recorded: Sound, looped: Sound, start: int) -> list[tuple[float, float, float]]:
    length = round(SLICE_SECONDS * SAMPLE_RATE)
    reach = round(SLIP_SECONDS * SAMPLE_RATE)
    loud = 0.1 * float(np.sqrt(np.mean(looped**2)))
    found = []
    for at in range(0, len(recorded) - length + 1, length):
        expected = looped[start + at : start + at + length]
        if len(expected) < length or float(np.sqrt(np.mean(expected**2))) < loud:
            continue
        place, score = _place_near(recorded[at : at + length], looped, start + at, reach)
        found.append((at / SAMPLE_RATE, (place - start - at) / SAMPLE_RATE, score))
    return found
