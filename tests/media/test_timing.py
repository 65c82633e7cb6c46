"""RTP time on the media clock: anchored, true to the tick, epochs where time itself broke."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from media.timing import Placed, Timeline

RATE = 48_000
FRAME = 960
FRAME_SECONDS = 0.02


@dataclass
class Sound:
    timestamp: int
    arrival: float
    is_repaired: bool = False


@dataclass
class Listener:
    """A timeline of sound, its epochs, and all that left it."""

    def __init__(self, *, drops_overlap: bool = True) -> None:
        self.epochs: list[tuple[float, float]] = []
        self.left: list[Placed[Sound]] = []
        self.timeline: Timeline[Sound] = Timeline(
            RATE, lambda at, shift: self.epochs.append((at, shift)), drops_overlap=drops_overlap
        )

    def hear(self, timestamp: int, arrival: float, *, is_repaired: bool = False) -> None:
        sound = Sound(timestamp, arrival, is_repaired)
        if not is_repaired:
            self.timeline.observe(timestamp, arrival)
        self.left += self.timeline.place(sound)

    def hear_steadily(self, frames: int, timestamp: int, arrival: float) -> tuple[int, float]:
        for _ in range(frames):
            self.hear(timestamp, arrival)
            timestamp, arrival = timestamp + FRAME, arrival + FRAME_SECONDS
        return timestamp, arrival

    @property
    def seconds(self) -> list[float]:
        return [placed.ticks / RATE for placed in self.left]


def test_the_first_packet_is_placed_where_it_arrived() -> None:
    listener = Listener()
    listener.hear(123_456, 7.5)
    assert listener.seconds == [7.5]


def test_after_settling_time_follows_rtp_to_the_tick_whatever_the_jitter() -> None:
    listener = Listener()
    listener.hear_steadily(60, 0, 1.0)
    for number in range(60, 200):
        listener.hear(number * FRAME, 1.0 + number * FRAME_SECONDS + (number * 37 % 100) / 200)
    steps = {b.ticks - a.ticks for a, b in zip(listener.left, listener.left[1:], strict=False)}
    assert steps == {FRAME}


def test_a_delayed_first_packet_is_made_good_within_the_first_second() -> None:
    listener = Listener()
    listener.hear(0, 1.2)
    for number in range(1, 60):
        listener.hear(number * FRAME, 1.0 + number * FRAME_SECONDS)
    assert abs(listener.seconds[-1] - (1.0 + 59 * FRAME_SECONDS)) < 0.001
    assert len(listener.left) == 60


def test_a_phone_call_begins_a_new_epoch_and_loses_nothing() -> None:
    listener = Listener()
    timestamp, arrival = listener.hear_steadily(100, 0, 1.0)
    listener.hear_steadily(100, timestamp, arrival + 30)
    assert len(listener.left) == 200
    [(at, shift)] = listener.epochs
    assert abs(shift - 30) < 0.001
    assert abs(at - (arrival + 30)) < 0.001
    assert abs(listener.seconds[100] - (arrival + 30)) < 0.001


def test_one_backward_timestamp_moves_nothing_else() -> None:
    listener = Listener(drops_overlap=False)
    timestamp, arrival = listener.hear_steadily(100, 10_000_000, 1.0)
    listener.hear(timestamp - 9_000_000, arrival)
    listener.hear_steadily(100, timestamp + FRAME, arrival + FRAME_SECONDS)
    assert listener.epochs == []
    assert len(listener.left) == 201
    assert abs(listener.seconds[-1] - (1.0 + 200 * FRAME_SECONDS)) < 0.001


def test_one_timestamp_far_ahead_is_placed_where_it_arrived() -> None:
    listener = Listener(drops_overlap=False)
    timestamp, arrival = listener.hear_steadily(100, 0, 1.0)
    listener.hear(timestamp + 13 * 3600 * RATE, arrival)
    listener.hear_steadily(10, timestamp + FRAME, arrival + FRAME_SECONDS)
    assert listener.epochs == []
    assert abs(listener.seconds[100] - arrival) < 0.001
    assert max(listener.seconds) < 4


def test_doubtful_frames_leave_even_if_nothing_follows() -> None:
    listener = Listener()
    timestamp, arrival = listener.hear_steadily(100, 0, 1.0)
    listener.hear(timestamp, arrival + 30)
    assert len(listener.left) == 100
    listener.left += listener.timeline.expire(arrival + 32)
    assert abs(listener.seconds[-1] - (arrival + 30)) < 0.001


def test_a_repaired_packet_is_not_late_time() -> None:
    listener = Listener()
    timestamp, arrival = listener.hear_steadily(100, 0, 1.0)
    for number in range(60):
        listener.hear(
            timestamp + number * FRAME, arrival + 2 + number * FRAME_SECONDS, is_repaired=True
        )
    assert listener.epochs == []
    assert abs(listener.seconds[100] - arrival) < 0.001


def test_a_restart_anchors_on_the_next_arrival() -> None:
    listener = Listener()
    listener.hear_steadily(100, 0, 1.0)
    assert listener.timeline.restart() == []
    listener.hear(987_654_321, 9.0)
    assert listener.seconds[-1] == 9.0


def test_moving_is_gentle_and_arrives() -> None:
    listener = Listener()
    timestamp, arrival = listener.hear_steadily(100, 0, 1.0)
    listener.timeline.move(-0.1)
    listener.hear_steadily(100, timestamp, arrival)
    steps = [b.ticks - a.ticks for a, b in zip(listener.left, listener.left[1:], strict=False)]
    assert min(steps) >= FRAME - 240
    assert abs(listener.seconds[-1] - (1.0 + 199 * FRAME_SECONDS - 0.1)) < 0.001


@given(
    st.lists(
        st.tuples(st.integers(-(2**31), 2**31), st.floats(0, 40), st.booleans()), max_size=120
    ),
    st.booleans(),
)
@settings(deadline=None)
def test_time_only_ever_grows_and_pictures_are_never_left_out(
    events: list[tuple[int, float, bool]], drops_overlap: bool
) -> None:
    listener = Listener(drops_overlap=drops_overlap)
    arrival = 0.0
    for timestamp, step, is_repaired in events:
        arrival += step
        listener.hear(timestamp, arrival, is_repaired=is_repaired)
    listener.left += listener.timeline.expire(arrival + 10)
    ticks = [placed.ticks for placed in listener.left]
    assert ticks == sorted(set(ticks))
    if not drops_overlap:
        assert len(ticks) == len(events)


@given(st.lists(st.floats(0, 0.9), min_size=60, max_size=120))
@settings(deadline=None)
def test_delays_of_less_than_a_second_never_begin_an_epoch(delays: list[float]) -> None:
    listener = Listener()
    for number, delay in enumerate(delays):
        listener.hear(number * FRAME, number * FRAME_SECONDS + delay)
    assert listener.epochs == []
    assert len(listener.left) == len(delays)
