"""run_task with children that behave, refuse, lie, talk without end, hang and die."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from server.jobs.process import JobFailed, run_task

PREAMBLE = """
import json, os, signal, sys, time
task = json.loads(sys.stdin.readline())
def say(**message):
    print(json.dumps(message), flush=True)
"""


def child(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", PREAMBLE + code)


async def failure_of(code: str, **options: Any) -> JobFailed:
    with pytest.raises(JobFailed) as caught:
        await run_task({"task": "answer"}, command=child(code), **options)
    return caught.value


async def test_tells_the_task_and_returns_the_result_with_progress_on_the_way() -> None:
    heard: list[float] = []
    result = await run_task(
        {"task": "answer", "name": "é"},
        heard.append,
        command=child("say(progress=0.25); say(progress=7); say(result={'back': task['name']})"),
    )
    assert result == {"back": "é"}
    assert heard == [0.25, 1.0]


async def test_a_refusal_keeps_its_own_words_and_is_no_crash() -> None:
    failed = await failure_of(
        "say(error={'key': 'not_media', 'text': 'this is not media'}); sys.exit(1)"
    )
    assert (failed.key, failed.text, failed.crashed) == ("not_media", "this is not media", False)


async def test_a_killed_process_is_a_crash_that_names_the_signal() -> None:
    failed = await failure_of(
        "say(progress=0.5); print('last words', file=sys.stderr, flush=True);"
        "os.kill(os.getpid(), signal.SIGSEGV)"
    )
    assert failed.crashed
    assert "SIGSEGV" in failed.text
    assert "last words" in failed.complaint


async def test_an_exit_without_a_result_is_a_crash_that_names_the_code() -> None:
    failed = await failure_of("sys.exit(3)")
    assert failed.crashed
    assert "code 3" in failed.text


async def test_a_result_followed_by_a_bad_exit_is_a_crash() -> None:
    failed = await failure_of("say(result={}); sys.stdout.flush(); os._exit(9)")
    assert failed.crashed


async def test_the_text_for_people_has_nothing_of_standard_error() -> None:
    failed = await failure_of("raise SystemError('/private/path')")
    assert "/private/path" not in failed.text
    assert "/private/path" in failed.complaint


@pytest.mark.parametrize(
    "code",
    [
        "print('hello', flush=True); time.sleep(60)",
        "say(surprise=1); time.sleep(60)",
        "say(error={'key': 1}); time.sleep(60)",
        "print('[1, 2]', flush=True); time.sleep(60)",
    ],
)
async def test_nonsense_ends_the_process_at_once(code: str) -> None:
    failed = await failure_of(code, limit_seconds=30)
    assert failed.key == "job_crashed"
    assert "wrote something" in failed.text


@pytest.mark.parametrize(
    "code",
    [
        "while True: sys.stdout.write('x' * 65536)",
        "while True: say(progress=0.5, padding='x' * 65536)",
    ],
)
async def test_talking_without_end_is_cut_off(code: str) -> None:
    failed = await failure_of(code, limit_seconds=60)
    assert "without end" in failed.text


async def test_complaining_without_end_neither_blocks_nor_fills_memory() -> None:
    failed = await failure_of("sys.stderr.write('x' * 20_000_000); sys.exit(4)")
    assert "code 4" in failed.text
    assert len(failed.complaint) <= 4000


async def test_a_process_that_hangs_is_ended_by_the_limit(tmp_path: Path) -> None:
    failed = await failure_of(_write_pid(tmp_path) + "time.sleep(600)", limit_seconds=1.5)
    assert (failed.key, failed.crashed) == ("job_too_slow", True)
    assert_gone(tmp_path)


async def test_the_process_is_killed_with_its_owner(tmp_path: Path) -> None:
    started = asyncio.Event()
    owner = asyncio.create_task(
        run_task(
            {"task": "answer"},
            lambda _share: started.set(),
            command=child(_write_pid(tmp_path) + "say(progress=0); time.sleep(600)"),
        )
    )
    await started.wait()
    owner.cancel()
    with pytest.raises(asyncio.CancelledError):
        await owner
    assert_gone(tmp_path)


async def test_the_process_sees_no_setting_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLUDE_DATABASE_URL", "secret")
    result = await run_task({}, command=child("say(result={'names': list(os.environ)})"))
    assert "PATH" in result["names"]
    assert not [name for name in result["names"] if name.startswith("INTERLUDE_")]


async def test_a_child_that_never_reads_its_task_is_a_crash() -> None:
    with pytest.raises(JobFailed) as caught:
        await run_task(
            {"padding": "x" * 1_000_000}, command=(sys.executable, "-c", "raise SystemExit(5)")
        )
    assert "code 5" in caught.value.text


async def test_a_disk_that_is_full_is_told_apart_from_bad_media() -> None:
    full = (
        "import errno, recorder.process as process\n"
        "def run(*_): raise OSError(errno.ENOSPC, 'no space')\n"
        "process.run = run\n"
        "raise SystemExit(process.main())"
    )
    with pytest.raises(JobFailed) as caught:
        await run_task({"task": "answer"}, command=(sys.executable, "-c", full))
    assert (caught.value.key, caught.value.crashed) == ("disk_full", False)


async def test_the_recorder_refuses_what_it_does_not_know() -> None:
    with pytest.raises(JobFailed) as caught:
        await run_task({"task": "make tea"})
    assert (caught.value.key, caught.value.crashed) == ("bad_task", False)


def _write_pid(folder: Path) -> str:
    return f"open({str(folder / 'pid')!r}, 'w').write(str(os.getpid()));"


def assert_gone(folder: Path) -> None:
    pid = int((folder / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
