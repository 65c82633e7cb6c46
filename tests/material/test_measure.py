"""Each measure passes what is whole and notices what is broken."""

import numpy as np
import pytest

from tests.material.measure import (
    align,
    beep_times,
    flash_times,
    order_of,
    sound_offsets,
)
from tests.material.picture import FRAMES_PER_SECOND, beeps, pictures
from tests.material.speech import SAMPLE_RATE, Sound, Speech


def cut(speech: Speech, start: float, seconds: float) -> Sound:
    looped = np.tile(speech.samples, 3)
    return looped[round(start * SAMPLE_RATE) :][: round(seconds * SAMPLE_RATE)].copy()


def test_a_whole_row_of_numbers_is_in_order_across_the_end_of_the_circle() -> None:
    order = order_of([97, 98, 99, 0, 1, 2], 100)
    assert (order.shown, order.backwards, order.missing, order.repeated) == (6, 0, 0, 0)


def test_what_is_missing_repeated_swapped_or_unreadable_is_counted() -> None:
    order = order_of([1, 2, 2, 5, 4, None, 6], 100)
    assert (order.shown, order.unread, order.repeated, order.backwards) == (5, 1, 1, 1)
    assert order.missing == 3  # 3 and 4 at the jump to 5; 5 again after the step back to 4


def test_a_piece_is_found_in_the_loop_with_full_correlation(speech: Speech) -> None:
    start = speech.timeline.seconds - 3.0  # runs over the end of the loop
    found = align(cut(speech, start, 8.0), speech.samples)
    assert found.start_seconds == pytest.approx(start, abs=0.0005)
    assert found.correlation > 0.999
    assert found.median_correlation() > 0.999


def test_a_piece_with_noise_and_another_loudness_still_correlates(speech: Speech) -> None:
    piece = cut(speech, 1.0, 8.0) * 0.2
    piece += np.random.default_rng(3).normal(0, 0.002, len(piece)).astype(np.float32)
    assert align(piece, speech.samples).correlation > 0.9


def test_other_sound_does_not_correlate(speech: Speech) -> None:
    noise = np.random.default_rng(4).normal(0, 0.1, 8 * SAMPLE_RATE).astype(np.float32)
    assert align(noise, speech.samples).correlation < 0.2
    backwards = cut(speech, 1.0, 8.0)[::-1].copy()
    assert align(backwards, speech.samples).correlation < 0.5


def test_lost_sound_lowers_the_correlation(speech: Speech) -> None:
    piece = cut(speech, 0.0, 8.0)
    piece[2 * SAMPLE_RATE : 5 * SAMPLE_RATE] = 0
    found = align(piece, speech.samples)
    assert found.correlation < 0.9
    assert min(correlation for _, _, correlation in found.slices) < 0.5


def test_a_hole_that_was_closed_up_shows_as_a_slip(speech: Speech) -> None:
    piece = cut(speech, 0.0, 8.0)
    closed_up = np.concatenate([piece[: 3 * SAMPLE_RATE], piece[round(3.04 * SAMPLE_RATE) :]])
    assert align(piece, speech.samples).largest_slip_seconds() < 0.001
    assert align(closed_up, speech.samples).largest_slip_seconds() == pytest.approx(0.04, abs=0.002)


@pytest.mark.parametrize("late", [-0.2, -0.03, 0.0, 0.03, 0.2])
def test_late_and_early_sound_is_measured(late: float) -> None:
    sound = np.roll(beeps(6), round((0.5 + late) * SAMPLE_RATE))
    frames = range(-FRAMES_PER_SECOND // 2, 5 * FRAMES_PER_SECOND)
    bright = [200.0 if frame % FRAMES_PER_SECOND < 3 and frame >= 0 else 80.0 for frame in frames]
    times = [0.5 + frame / FRAMES_PER_SECOND for frame in frames]
    offsets = sound_offsets(beep_times(sound), flash_times(bright, times))
    assert len(offsets) >= 4
    assert float(np.median(offsets)) == pytest.approx(late, abs=0.006)


def test_sound_without_beeps_gives_no_offsets() -> None:
    bright = [200.0 if frame % 30 < 3 else 80.0 for frame in range(150)]
    flashes = flash_times(bright, [frame / 30 for frame in range(150)])
    assert flashes
    assert sound_offsets([], []) == []
    with pytest.raises(ValueError, match="empty"):
        sound_offsets([], flashes)


def test_flashes_are_the_bright_pictures() -> None:
    bright = [float(picture.mean()) for picture in pictures(70, flashes=True)]
    times = [frame / FRAMES_PER_SECOND for frame in range(70)]
    assert flash_times(bright, times) == [1.0, 2.0]
