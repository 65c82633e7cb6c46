"""The recorder's process can hurt only itself: tried by a child that behaves badly."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator

import pytest

from recorder.walls import landlock_version

FILES_ARE_WALLED = landlock_version() >= 1
SPAWN = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-m", "recorder"], stdin=subprocess.PIPE)
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def attempts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the child could do: "done", or the error it got."""
    folder = tmp_path_factory.mktemp("walls")
    readable, writable, other = folder / "source", folder / "out", folder / "other"
    readable.write_bytes(b"source")
    other.write_bytes(b"other")
    writable.mkdir()
    child = subprocess.run(
        [sys.executable, "-m", "tests.recorder.walled_child", readable, writable, other],
        stdout=subprocess.PIPE, text=True, check=True, timeout=60,
    )  # fmt: skip
    return dict(line.split() for line in child.stdout.splitlines())


@pytest.mark.parametrize("name", ["read", "write", "rename", "thread"])
def test_the_work_itself_is_possible(attempts: dict[str, str], name: str) -> None:
    assert attempts[name] == "done"


@pytest.mark.parametrize("name", ["connect", "program", "signal"])
def test_no_network_no_programs_no_signals(attempts: dict[str, str], name: str) -> None:
    assert attempts[name] == "PermissionError"


@pytest.mark.parametrize("name", ["read-other", "write-other", "change-source"])
def test_no_other_files_where_the_kernel_can_tell(attempts: dict[str, str], name: str) -> None:
    assert attempts[name] == ("PermissionError" if FILES_ARE_WALLED else "done")


def test_memory_has_an_end(attempts: dict[str, str]) -> None:
    assert attempts["memory"] == "MemoryError"


@pytest.fixture
def orphan() -> Iterator[int]:
    """A recorder that waits for its task while its parent is killed; a pidfd of it."""
    with subprocess.Popen(
        [sys.executable, "-c", SPAWN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        descriptor = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    yield descriptor
    os.close(descriptor)


def test_it_dies_with_its_parent(orphan: int) -> None:
    ended, _, _ = select.select([orphan], [], [], 30)

    assert ended == [orphan]
