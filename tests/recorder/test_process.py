"""`python -m recorder` as the server runs it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.recorder.uploads import write_upload


def ask(task: str) -> tuple[list[dict[str, Any]], int]:
    """The replies to a task, and the exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "recorder"], input=task + "\n", check=False, capture_output=True, text=True, timeout=60
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


def test_a_clip_is_prepared_with_progress_and_a_result(tmp_path: Path) -> None:
    source = write_upload(tmp_path / "clip.mp4")

    replies, code = ask(
        json.dumps({"task": "clip", "source": str(source), "out_directory": str(tmp_path / "out")})
    )

    assert code == 0
    assert all(0 <= reply["progress"] <= 1 for reply in replies[:-1])
    assert len(replies) > 2
    assert replies[-1]["result"]["video_frames"] == 90
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "playout.h264.mp4", "playout.vp8.webm", "file.mp4", "poster.jpg",
    }  # fmt: skip


def test_a_probe_tells_what_is_in_a_file(tmp_path: Path) -> None:
    source = write_upload(tmp_path / "clip.webm", video_codec="libvpx", audio_codec=None)

    replies, _ = ask(json.dumps({"task": "probe", "source": str(source)}))

    assert replies[-1]["result"]["video"] == {"width": 160, "height": 120}
    assert replies[-1]["result"]["audio"] is False
    assert replies[-1]["result"]["duration_seconds"] == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize("task", ["", "null", "[1]", "{", '{"task":"dance"}', '{"task":"clip"}'])
def test_a_task_that_is_none_is_refused(task: str) -> None:
    replies, code = ask(task)

    assert code == 0
    assert [reply["error"]["key"] for reply in replies] == ["bad_task"]


def test_what_is_not_media_is_refused_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "letter.mp4").write_text("Dear all")

    replies, code = ask(json.dumps({"task": "probe", "source": str(tmp_path / "letter.mp4")}))

    assert code == 0
    assert [reply["error"]["key"] for reply in replies] == ["not_media"]
