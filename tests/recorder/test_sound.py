"""Sound on one clock: holes, overlaps and times before its zero."""

from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recorder.sound import Blocks, Samples, SoundLine

RATE_HZ = 48000


def frame(value: int, at_seconds: float | None, seconds: float = 0.02) -> av.AudioFrame:
    samples = np.full((1, round(seconds * RATE_HZ)), value, np.int16)
    made = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    made.sample_rate = RATE_HZ
    made.time_base = Fraction(1, RATE_HZ)
    made.pts = None if at_seconds is None else round(at_seconds * RATE_HZ)
    return made


def line_up(frames: list[av.AudioFrame], zero_seconds: float = 0.0) -> Samples:
    line = SoundLine(RATE_HZ, zero_seconds)
    chunks = [chunk for each in frames for chunk in line.add(each)] + list(line.finish())
    assert sum(map(len, chunks)) == line.samples
    return np.concatenate([*chunks, np.zeros(0, np.int16)])


def test_a_hole_becomes_silence_of_its_length() -> None:
    sound = line_up([frame(1000, 0.0), frame(2000, 0.5)])

    assert len(sound) == round(0.52 * RATE_HZ)
    assert set(sound[960:24000]) == {0}
    assert set(sound[24000:]) == {2000}


def test_sound_that_begins_late_is_preceded_by_silence() -> None:
    assert len(line_up([frame(1000, 0.3)])) == round(0.32 * RATE_HZ)


def test_an_overlap_is_dropped() -> None:
    sound = line_up([frame(1000, 0.0, 0.1), frame(2000, 0.05, 0.1)])

    assert len(sound) == round(0.15 * RATE_HZ)
    assert set(sound[: round(0.1 * RATE_HZ)]) == {1000}


def test_sound_before_the_zero_is_dropped() -> None:
    sound = line_up([frame(1000, 1.0, 0.1), frame(2000, 1.1, 0.1)], zero_seconds=1.1)

    assert set(sound) == {2000}
    assert len(sound) == round(0.1 * RATE_HZ)


def test_rounding_of_times_moves_nothing() -> None:
    rounded = [number * 0.02 + (0.0005 if number % 2 else -0.0005) for number in range(1, 50)]

    assert len(line_up([frame(500, at) for at in [0.0, *rounded]])) == 50 * 960


def test_frames_without_a_time_follow_each_other() -> None:
    assert len(line_up([frame(1, 0.0), frame(2, None), frame(3, None)])) == 3 * 960


@given(st.lists(st.integers(0, 500), max_size=20), st.integers(1, 300), st.integers(0, 400))
def test_blocks_hold_the_same_samples(lengths: list[int], size: int, skip: int) -> None:
    numbers = np.arange(1, sum(lengths) + 1, dtype=np.int16)
    starts = [0, *np.cumsum(lengths, dtype=int).tolist()]
    blocks = Blocks(size, skip)
    made = [
        block for start, end in pairwise(starts) for block in blocks.add(numbers[start:end])
    ] + list(blocks.finish())

    assert all(len(block) == size for block in made)
    joined = np.concatenate([*made, np.zeros(0, np.int16)])
    kept = numbers[skip:]
    assert (joined[: len(kept)] == kept).all()
    assert not joined[len(kept) :].any()
