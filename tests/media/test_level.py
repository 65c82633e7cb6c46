"""The microphone's level comes from the header extension, over the last half second."""

from media.level import LevelMeter


def test_the_loudest_of_the_last_half_second_counts() -> None:
    meter = LevelMeter()
    for number, level in enumerate((20, 127, 60)):
        meter.note(bytes((0x80 | level,)), number * 0.3)
    assert meter.dbov(0.6) == -60.0
    assert meter.dbov(0.3) == -60.0


def test_nothing_heard_is_not_silence() -> None:
    meter = LevelMeter()
    assert meter.dbov(0.0) is None
    meter.note(b"\x7f", 1.0)
    assert meter.dbov(1.0) == -127.0
    assert meter.dbov(2.0) is None
