"""One timer for all: it runs while somebody needs it, and one member's fault stays its own."""

import asyncio
from collections.abc import Callable

import pytest

from media.pacer import BEAT_SECONDS, Pacer
from tests.media.sending import HandClock


class Member:
    def __init__(self, on_beat: Callable[[], None] = lambda: None) -> None:
        self.beats: list[float] = []
        self._on_beat = on_beat

    def beat(self, now: float) -> None:
        self.beats.append(now)
        self._on_beat()


def test_members_are_called_at_each_beat_until_they_leave(clock: HandClock) -> None:
    pacer, first, second = clock.pacer(), Member(), Member()
    pacer.join(first)
    pacer.join(second)
    clock.advance(10.5 * BEAT_SECONDS)
    pacer.leave(second)
    clock.advance(10 * BEAT_SECONDS)
    assert (len(first.beats), len(second.beats)) == (20, 10)


def test_there_is_one_timer_for_many_members_and_none_for_nobody(clock: HandClock) -> None:
    pacer, members = clock.pacer(), [Member() for _ in range(50)]
    assert clock.pending == []
    for member in members:
        pacer.join(member)
        pacer.join(member)
    clock.advance(5 * BEAT_SECONDS)
    assert len(clock.pending) == 1
    for member in members:
        pacer.leave(member)
    clock.advance(2 * BEAT_SECONDS)
    assert clock.pending == []


def test_a_member_may_leave_itself_or_another_during_a_beat(clock: HandClock) -> None:
    pacer = clock.pacer()
    other = Member()

    def leave_both() -> None:
        pacer.leave(leaving)
        pacer.leave(other)

    leaving = Member(leave_both)
    pacer.join(leaving)
    pacer.join(other)
    clock.advance(5 * BEAT_SECONDS)
    assert (len(leaving.beats), len(other.beats)) == (1, 0)


def test_a_member_that_raises_is_dropped_and_the_others_go_on(clock: HandClock) -> None:
    def fail() -> None:
        raise ConnectionError

    pacer, broken, sound = clock.pacer(), Member(fail), Member()
    pacer.join(broken)
    pacer.join(sound)
    with pytest.raises(ConnectionError):
        clock.advance(BEAT_SECONDS)
    clock.advance(3 * BEAT_SECONDS)
    assert (len(broken.beats), len(sound.beats)) == (1, 3)


async def test_all_on_one_event_loop_share_a_pacer_that_really_beats() -> None:
    pacer = Pacer.of_running_loop()
    assert Pacer.of_running_loop() is pacer
    beaten = asyncio.Event()
    member = Member(beaten.set)
    pacer.join(member)
    await asyncio.wait_for(beaten.wait(), 5)
    pacer.leave(member)
