"""One task in a process of its own: JSON on standard input, JSON lines on standard output.

In, one object:

    {"task": "clip",   "source": path, "out_directory": path}
    {"task": "answer", "take_directory": path, "out_directory": path, "preset": "natural"}
    {"task": "probe",  "source": path}
    {"task": "sample_clip", "out": path, "title": text, "seconds": number, "speech_text": text}

Out: {"progress": 0 to 1} any number of times, then {"result": {…}} or
{"error": {"key": …, "text": …}} when the input is refused. A process that ends without either
has crashed. Everything else that is said goes to standard error.
"""

import errno
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from recorder.answer import process_answer
from recorder.errors import BadTask, NotMedia, RecorderError
from recorder.look import probe
from recorder.prepare import prepare_clip
from recorder.sample_clip import make_sample_clip
from recorder.sandbox import confine
from recorder.walls import wall_in

OnProgress = Callable[[float], None]
Task = dict[str, Any]


def main() -> int:
    """Read a task, do it, say what came of it; the process's exit code."""
    replies = _take_over_output()
    confine()
    try:
        task = _parse(sys.stdin.readline())
        _shut_out_everything_but(task)
        result = run(task, lambda share: _say(replies, progress=round(share, 3)))
    except RecorderError as error:
        _say(replies, error={"key": error.key, "text": error.text})
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        _say(replies, error={"key": "disk_full", "text": "The disk of the server is full."})
    except MemoryError:
        _say(replies, error={"key": NotMedia.key, "text": "This file is too much to work on."})
    else:
        _say(replies, result=result)
    return 0


def run(task: Task, on_progress: OnProgress) -> dict[str, Any]:
    """The result of one task. Raises RecorderError."""
    match task:
        case {"task": "clip", "source": str() as source, "out_directory": str() as out}:
            return prepare_clip(Path(source), _directory(out), on_progress)
        case {
            "task": "answer",
            "take_directory": str() as take,
            "out_directory": str() as out,
            "preset": str() as preset,
        }:
            return process_answer(Path(take), _directory(out), preset, on_progress)
        case {"task": "probe", "source": str() as source}:
            return probe(Path(source))
        case {"task": "sample_clip", "out": str() as out, **wanted}:
            return _sample_clip(Path(out), wanted)
        case _:
            raise BadTask("The recorder was asked for something it does not know.")


def _sample_clip(out: Path, wanted: Task) -> dict[str, Any]:
    match wanted:
        case {"title": str(title), "seconds": float() | int() as seconds, "speech_text": str(text)}:
            clip = make_sample_clip(out, title=title, seconds=seconds, speech_text=text)
            return asdict(clip)
        case _:
            raise BadTask("A sample clip needs a title, its seconds and what is said.")


def _shut_out_everything_but(task: Task) -> None:
    """Walls around what opens a stranger's file; a sample is ours, and calls a speaking program."""
    paths = {
        name: Path(path)
        for name in ("source", "take_directory", "out_directory")
        if isinstance(path := task.get(name), str)
    }
    if paths:
        if out := paths.pop("out_directory", None):
            _directory(str(out))
        wall_in(paths.values(), [out] if out else [])


def _parse(text: str) -> Task:
    try:
        task = json.loads(text)
    except ValueError:
        task = None
    if not isinstance(task, dict):
        raise BadTask("The recorder was given a task that is not a JSON object.")
    return task


def _directory(path: str) -> Path:
    directory = Path(path)
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _take_over_output() -> TextIO:
    """Keep standard output for replies; what a library prints goes to standard error."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return replies


def _say(replies: TextIO, **reply: Any) -> None:
    replies.write(json.dumps(reply) + "\n")
    replies.flush()
