"""How far picture and sound of one sender lie apart, told by its sender reports. Pure.

Each report ties an instant of the sender's wall clock to one of our media clock. Anchored on
arrival alone, the picture is late by what its encoder took during the first second; the reports
know better (RFC 3550 section 6.4.1; both tracks of a sender share the wall clock).
"""

from collections.abc import Sequence
from statistics import median

from media.sink import SenderReport

KEPT_REPORTS = 3
NEEDED_REPORTS = 2
MAX_SPREAD_SECONDS = 0.02
MIN_APART_SECONDS = 0.005
MAX_APART_SECONDS = 0.5


def lips_apart(audio: Sequence[SenderReport], video: Sequence[SenderReport]) -> float | None:
    """Seconds by which the picture is late against the sound; None: leave things as they are.

    That is so while the reports do not agree, for what nobody notices, and for half a second and
    more, which is not lateness but a sender whose two clocks are not one.
    """
    sound, picture = _distance(audio), _distance(video)
    if sound is None or picture is None:
        return None
    apart = picture - sound
    return apart if MIN_APART_SECONDS < abs(apart) < MAX_APART_SECONDS else None


def _distance(reports: Sequence[SenderReport]) -> float | None:
    """Media clock minus the sender's wall clock, where the last reports agree on it."""
    distances = [report.at - report.ntp_seconds for report in reports[-KEPT_REPORTS:]]
    if len(distances) < NEEDED_REPORTS or max(distances) - min(distances) > MAX_SPREAD_SECONDS:
        return None
    return median(distances)
