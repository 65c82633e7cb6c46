"""A constant rate is found, and each of its ticks gets the nearest frame."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.cadence import Cadence, playout_rate


@pytest.mark.parametrize(
    ("average", "smallest_step", "expected"),
    [
        (Fraction(25), Fraction(25), Fraction(25)),
        (Fraction(30000, 1001), Fraction(30000, 1001), Fraction(30000, 1001)),
        (Fraction(60), Fraction(60), Fraction(30)),
        (Fraction(60000, 1001), Fraction(60000, 1001), Fraction(30000, 1001)),
        (Fraction(240), Fraction(240), Fraction(30)),
        (Fraction(48), Fraction(48), Fraction(24)),
        (Fraction(2987, 100), Fraction(90), Fraction(30)),
        (Fraction(13), Fraction(13), Fraction(30)),
        (None, None, Fraction(30)),
        (Fraction(0), Fraction(0), Fraction(30)),
    ],
)
def test_the_rate_is_the_sources_own_where_it_is_steady(
    average: Fraction | None, smallest_step: Fraction | None, expected: Fraction
) -> None:
    assert playout_rate(average, smallest_step) == expected


def spread(times: list[float], rate: Fraction, ticks: int = 0) -> list[tuple[int, float]]:
    cadence: Cadence[float] = Cadence(rate)
    given_out = [pair for at in times for pair in cadence.add(at, at)]
    return given_out + list(cadence.finish(ticks))


@given(
    st.lists(st.floats(0, 60), max_size=50).map(sorted),
    st.sampled_from([Fraction(30), Fraction(25), Fraction(30000, 1001)]),
    st.integers(0, 2000),
)
def test_there_is_one_frame_a_tick_near_its_time(
    times: list[float], rate: Fraction, ticks: int
) -> None:
    shown = spread(times, rate, ticks)

    assert [tick for tick, _ in shown] == list(range(len(shown)))
    assert [at for _, at in shown] == sorted(at for _, at in shown)
    if times:
        assert len(shown) >= ticks
        assert shown[-1][1] == times[-1]
        changes = [pair for before, pair in pairwise(shown) if before[1] != pair[1]]
        assert all(abs(at - tick / rate) <= 1 / rate for tick, at in changes)


@given(st.integers(1, 200), st.sampled_from([12, 24, 25, 30]), st.floats(-0.001, 0.001))
def test_a_steady_source_keeps_each_frame_once(frames: int, fps: int, jitter: float) -> None:
    times = [
        max(0.0, number / fps + (jitter if number % 2 else -jitter)) for number in range(frames)
    ]

    assert [at for _, at in spread(times, Fraction(fps))] == times
