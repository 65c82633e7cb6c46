"""When a clip's packets leave: never late, never far ahead, and without bursts."""

from hypothesis import given
from hypothesis import strategies as st

from media.smoothing import LEAD_SECONDS, leaving_times

clips = st.lists(
    st.tuples(st.floats(0.001, 0.2), st.lists(st.integers(1, 1300), min_size=1, max_size=90)),
    min_size=1,
    max_size=80,
)


@given(clips)
def test_no_packet_is_late_or_far_ahead_and_order_is_kept(
    frames: list[tuple[float, list[int]]],
) -> None:
    dues: list[float] = []
    for interval, _ in frames:
        dues.append((dues[-1] if dues else 0.0) + interval)
    leaving = leaving_times(dues, [[bytes(size) for size in sizes] for _, sizes in frames])
    assert leaving == sorted(leaving)
    due_of = [due for due, (_, sizes) in zip(dues, frames, strict=True) for _ in sizes]
    for leaves, due in zip(leaving, due_of, strict=True):
        assert due - LEAD_SECONDS <= leaves <= due


def test_a_big_key_frame_is_spread_and_complete_when_due() -> None:
    dues = [number / 30 for number in range(90)]
    sizes = [60 if number % 30 == 0 else 3 for number in range(90)]
    frames = [[bytes(1200)] * size for size in sizes]
    leaving = leaving_times(dues, frames)
    key_frame = leaving[sum(sizes[:30]) : sum(sizes[:31])]
    assert key_frame[-1] == dues[30]
    assert key_frame[0] < dues[30] - 0.1
    in_any_10_ms = max(sum(1 for t in leaving if at <= t < at + 0.01) for at in leaving)
    assert in_any_10_ms <= 6


def test_small_frames_leave_when_they_are_due() -> None:
    dues = [number / 50 for number in range(100)]
    assert leaving_times(dues, [[bytes(80)]] * 100) == dues


def test_nothing_leaves_of_nothing() -> None:
    assert leaving_times([], []) == []
