"""Sender reports tell by how much the picture is late, or nothing when they do not agree."""

import pytest

from media.lipsync import lips_apart
from media.sink import SenderReport, Track


def reports(track: Track, *distances: float) -> list[SenderReport]:
    return [SenderReport(track, 1000.0 + n, n, n + d) for n, d in enumerate(distances)]


def test_the_picture_is_late_by_the_difference() -> None:
    apart = lips_apart(reports("audio", 0.001, 0.0, 0.0), reports("video", 0.06, 0.06, 0.059))
    assert apart == pytest.approx(0.06)


@pytest.mark.parametrize(
    ("audio", "video"),
    [
        ((0.0,), (0.06, 0.06)),  # one report is not enough
        ((0.0, 0.0), ()),
        ((0.0, 0.2), (0.06, 0.06)),  # they do not agree
        ((0.0, 0.0), (0.003, 0.003)),  # nobody notices
        ((0.0, 0.0), (3.0, 3.0)),  # no lateness, two clocks
    ],
)
def test_else_things_stay_as_they_are(audio: tuple[float, ...], video: tuple[float, ...]) -> None:
    assert lips_apart(reports("audio", *audio), reports("video", *video)) is None
