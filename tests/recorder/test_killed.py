"""`kill -9` and a full disk, for real: a child process records, and dies or runs out of room."""

import subprocess
import sys
from pathlib import Path

import pytest

from recorder.recover import RecoveredPart, recover
from recorder.spool import Spool
from tests.recorder.reading import watch

CHILD = [sys.executable, "-m", "tests.recorder.writing_child"]


def record_and_kill(spool: Spool, arguments: list[str], kill_at: float) -> float:
    """Returns the time of the last frame that the child wrote before it died."""
    directory = spool.part_directory("tk_child", 1)
    command = [*CHILD, str(directory), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        last = 0.0
        for line in child.stdout:
            if line.startswith("at "):
                last = float(line.split()[1])
            if last >= kill_at:
                child.kill()
        child.wait()
    assert child.returncode == -9
    return last


@pytest.mark.parametrize("kill_at", [2.0, 3.71, 5.29])
@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["h264"], "capture-1.mp4"),
        (["vp8"], "capture-1.webm"),
        (["h264", "--sound-until", "1.0"], "capture-1.mp4"),
        (["vp8", "--sound-until", "1.0"], "capture-1.webm"),
        (["none"], "capture-1.webm"),
        (["none", "--expects-video"], "capture-1.webm"),
    ],
    ids=["h264", "vp8", "h264-silent", "vp8-silent", "sound-alone", "no-picture-came"],
)
def test_at_most_a_second_is_lost_and_the_file_plays(
    tmp_path: Path, arguments: list[str], name: str, kill_at: float
) -> None:
    spool = Spool(tmp_path / "spool")

    written = record_and_kill(spool, arguments, kill_at)
    recovered = recover(spool)

    seen = watch(spool.part_directory("tk_child", 1) / name)
    end = max([*seen.video_times, *seen.audio_times])
    assert written - end <= 1.0
    assert seen.numbers == list(range(len(seen.numbers)))
    assert [(part.take_id, part.part) for part in recovered] == [("tk_child", 1)]
    assert -0.05 <= recovered[0].seconds - end <= 0.7
    assert recover(spool) == recovered


@pytest.mark.parametrize("video", ["h264", "vp8"])
def test_a_full_disk_ends_the_part_with_a_clear_word_and_keeps_what_was_written(
    tmp_path: Path, video: str
) -> None:
    spool = Spool(tmp_path / "spool")
    directory = spool.part_directory("tk_child", 1)

    child = subprocess.run(
        [*CHILD, str(directory), video, "--file-limit", "100000"],
        stdout=subprocess.PIPE, text=True, check=True, timeout=60,
    )  # fmt: skip

    key, seconds = child.stdout.splitlines()[-1].split()[1:]
    assert key == "disk_full"
    [capture] = directory.glob("capture-1.*")
    seen = watch(capture)
    assert max(seen.video_times) == pytest.approx(float(seconds), abs=0.4)
    assert seen.numbers == list(range(len(seen.numbers)))
    assert '"kind":"failed","key":"disk_full"' in (directory / "journal.jsonl").read_text()


def test_a_part_that_died_before_its_first_line_is_named(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.part_directory("tk_child", 3).mkdir(parents=True)

    assert recover(spool) == [RecoveredPart("tk_child", 3, 0.0)]
