"""When each packet of a clip leaves, so that a big key frame is not a burst.

A clip is known beforehand, so a key frame may begin to leave early and be complete when it is due:
nobody waits for it, and a narrow line is never hit by 80 packets at once. Pure arithmetic, done
once a clip.
"""

from collections.abc import Sequence
from typing import Final

LEAD_SECONDS: Final = 0.5
RATE_OVER_AVERAGE: Final = 2.0
LEAST_BYTES_PER_SECOND: Final = 500_000.0


def leaving_times(dues: Sequence[float], frames: Sequence[Sequence[bytes]]) -> list[float]:
    """The leaving time of each packet, in seconds of the same clock as `dues`.

    `dues[i]`, rising, is when `frames[i]`, a list of payloads, is to be seen. No packet leaves after
    its frame is due, none more than LEAD_SECONDS before, and the times never run backward. Within
    that, packets leave at no more than twice the average rate, each as late as it may.
    """
    if not dues:
        return []
    size = sum(len(payload) for payloads in frames for payload in payloads)
    length = max(dues[-1] - dues[0], 1.0)
    rate = max(RATE_OVER_AVERAGE * size / length, LEAST_BYTES_PER_SECOND)
    backward: list[float] = []
    next_leaves = float("inf")
    for due, payloads in zip(reversed(dues), reversed(frames), strict=True):
        for payload in reversed(payloads):
            latest = min(due, next_leaves - len(payload) / rate)
            next_leaves = max(latest, due - LEAD_SECONDS)
            backward.append(next_leaves)
    backward.reverse()
    return backward
