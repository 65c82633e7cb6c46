"""What is left of an interview that a real browser sits: frames, sound, lip-sync, pauses.

    python3 dev.py bench sitting [--json FILE]

The journey of tests/browser, from an empty server to the recruiter's player, with the figures that
its tests compare with their bounds. It takes about two minutes.
"""

import argparse
import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from tests.browser.journey import Answered, Sat, frames_sent, sound_delay, whole, whole_interview
from tests.browser.material import CAMERA_FRAMES, film, speak
from tests.material.measure import order_of
from tests.material.speech import Speech


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="the same: there is one journey")
    options.add_argument("--json", type=Path, help="write the figures there")
    chosen = options.parse_args()
    figures = asyncio.run(measure())
    for answer in figures["answers"]:
        print("\n".join(f"{name:32}{value}" for name, value in answer.items()), end="\n\n")
    print(f"{'watcher_first_picture_seconds':32}{figures['watcher_first_picture_seconds']}")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n")


async def measure() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        speech = speak(folder)
        async with whole_interview(folder, film(folder, speech), speech) as sat:
            first = sat.answers[0]
            seen = sat.recruiter.first_received_after(first.since)
            return {
                "answers": [figures_of(sat, answer, speech) for answer in sat.answers],
                "watcher_first_picture_seconds": round(seen - first.since, 2),
            }


def figures_of(sat: Sat, answer: Answered, speech: Speech) -> dict[str, Any]:
    """One answer: shares in percent, times in the unit of their name."""
    assert answer.alignment is not None
    recording = whole(answer)
    sent = frames_sent(sat.candidate, answer, speech)
    order = order_of(recording.numbers, CAMERA_FRAMES)
    edl = answer.view["edl"]
    said = speech.timeline.window(answer.alignment.start_seconds, edl["source_seconds"])
    removed = edl["source_seconds"] - edl["kept_seconds"]
    return {
        "seconds": round(recording.seconds, 2),
        "frames_recorded": len(recording.numbers),
        "frames_sent": round(sent, 1),
        "frames_kept_percent": round(100 * len(recording.numbers) / sent, 2),
        "frames_out_of_order": order.backwards,
        "speech_correlation": round(answer.alignment.correlation, 3),
        "sound_late_ms": round(1000 * sound_delay(sat.candidate, answer, speech), 1),
        "silence_removed_percent": round(100 * removed / said.removable_seconds(), 1),
    }


if __name__ == "__main__":
    main()
