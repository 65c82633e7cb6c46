"""Runs heavy or hostile media work in a process of its own: `python -m recorder`.

Why a process: what a stranger sent is decoded there, so it may crash, hang or eat memory without
touching the server. The task goes in as one JSON line on standard input, JSON lines come back on
standard output: `{"progress": 0.4}`, and at last `{"result": {…}}` or
`{"error": {"key": …, "text": …}}`.

Invariants:
- what comes back is bounded, in line length and in all;
- the process never outlives `run_task`: a limit, a cancellation and an error all end it;
- there is one error, `JobFailed`; `crashed` tells a dead process from one that refused its input.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from server.errors import InterludeError

COMMAND = (sys.executable, "-m", "recorder")
LIMIT_SECONDS = 1800.0
LINE_BYTES = 4 * 2**20
OUTPUT_BYTES = 16 * 2**20
COMPLAINT_BYTES = 4000
GOODBYE_SECONDS = 10.0  # from the outcome to the exit
ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME", "PYTHONPATH", "LD_LIBRARY_PATH")
PACKAGES = Path(__file__).resolve().parents[2]  # where `recorder` lies, beside `server`

OnProgress = Callable[[float], None]


class RunTask(Protocol):
    """`run_task`, or what a test puts in its place."""

    async def __call__(
        self,
        task: Mapping[str, Any],
        on_progress: OnProgress = ...,
        *,
        limit_seconds: float = ...,
    ) -> dict[str, Any]: ...


class JobFailed(InterludeError):
    """The work came to nothing.

    `crashed`: the process died, was ended by the limit or spoke nonsense, so one more try is
    worth it; otherwise it refused its input, and `key` and `text` are its own words.
    `complaint`: the end of its standard error, for the log only.
    """

    def __init__(self, key: str, text: str, *, crashed: bool, complaint: str = "") -> None:
        super().__init__(key, text)
        self.crashed = crashed
        self.complaint = complaint


@dataclass(frozen=True, slots=True)
class _Result:
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Refusal:
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class _Nothing:
    """No outcome was told: `text` says what came instead, empty when it just ended."""

    text: str = ""


_Outcome = _Result | _Refusal | _Nothing


def _ignore(_share: float) -> None:
    pass


async def run_task(
    task: Mapping[str, Any],
    on_progress: OnProgress = _ignore,
    *,
    limit_seconds: float = LIMIT_SECONDS,
    command: Sequence[str] = COMMAND,
) -> dict[str, Any]:
    """The result of the task, as the recorder told it. `on_progress` gets shares from 0 to 1.

    Raises JobFailed; when cancelled, the process is ended first.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=LINE_BYTES,
        cwd=PACKAGES,
        env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
        start_new_session=True,  # Ctrl-C in the server's terminal is not meant for it
    )
    try:
        async with asyncio.timeout(limit_seconds):
            return await _converse(process, task, on_progress)
    except TimeoutError:
        text = f"the work took longer than {limit_seconds:.0f} s and was ended"
        raise JobFailed("job_too_slow", text, crashed=True) from None
    finally:
        await _end(process)


async def _converse(
    process: asyncio.subprocess.Process, task: Mapping[str, Any], on_progress: OnProgress
) -> dict[str, Any]:
    assert process.stdin and process.stdout and process.stderr
    async with asyncio.TaskGroup() as group:
        complaint = group.create_task(_last_bytes(process.stderr))
        await _tell(process.stdin, task)
        outcome = await _listen(process.stdout, on_progress)
        if isinstance(outcome, _Nothing) and outcome.text:
            _kill(process)  # it goes on talking, but nobody listens
        code = await _wait_ended(process)
    match outcome:
        case _Result(value) if code == 0:
            return value
        case _Refusal(key, text):
            raise JobFailed(key, text, crashed=False, complaint=complaint.result())
        case _:
            text = outcome.text if isinstance(outcome, _Nothing) else ""
            reason = text or _how_it_ended(code)
            raise JobFailed("job_crashed", reason, crashed=True, complaint=complaint.result())


async def _tell(stdin: asyncio.StreamWriter, task: Mapping[str, Any]) -> None:
    with contextlib.suppress(ConnectionError):  # it died before it listened: told by its code
        stdin.write(json.dumps(task).encode() + b"\n")
        await stdin.drain()
        stdin.close()
        await stdin.wait_closed()


async def _listen(stdout: asyncio.StreamReader, on_progress: OnProgress) -> _Outcome:
    """Reads until the outcome, the end, or more than anybody should say."""
    heard = 0
    while True:
        try:
            line = await stdout.readline()
        except ValueError:
            return _Nothing("the recorder process wrote a line without end")
        heard += len(line)
        if not line:
            return _Nothing()
        if heard > OUTPUT_BYTES:
            return _Nothing("the recorder process wrote without end")
        try:
            said = json.loads(line)
        except ValueError:
            return _Nothing("the recorder process wrote something that is not JSON")
        match said:
            case {"progress": int() | float() as share}:
                on_progress(min(1.0, max(0.0, float(share))))
            case {"result": dict() as value}:
                return _Result(value)
            case {"error": {"key": str() as key, "text": str() as text}}:
                return _Refusal(key, text)
            case _:
                return _Nothing("the recorder process wrote something unknown")


async def _last_bytes(stderr: asyncio.StreamReader) -> str:
    kept = b""
    while chunk := await stderr.read(65536):
        kept = (kept + chunk)[-COMPLAINT_BYTES:]
    return kept.decode(errors="replace")


async def _wait_ended(process: asyncio.subprocess.Process) -> int:
    """Its exit code, soon after it told the outcome; one that does not go is killed."""
    assert process.stdout
    try:
        async with asyncio.timeout(GOODBYE_SECONDS):
            await _drain(process.stdout)
            return await process.wait()
    except TimeoutError:
        _kill(process)
        await _drain(process.stdout)
        return await process.wait()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kills what still runs and waits until it is gone. Safe to call when it has ended."""
    if process.returncode is None:
        _kill(process)
        assert process.stdout and process.stderr
        await asyncio.gather(_drain(process.stdout), _drain(process.stderr))
        await process.wait()


def _kill(process: asyncio.subprocess.Process) -> None:
    """Not `process.kill()`: that one may collect the exit code before asyncio does, and lose it."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)


async def _drain(pipe: asyncio.StreamReader) -> None:
    """Reads to the end and forgets: asyncio tells of a process's end only once its pipes are empty."""
    while await pipe.read(65536):
        pass


def _how_it_ended(code: int) -> str:
    if code < 0:
        try:
            return f"the recorder process was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"the recorder process was ended by signal {-code}"
    return f"the recorder process ended with code {code} and no result"
