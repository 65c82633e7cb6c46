"""What this process may use up, before it touches a stranger's file.

Limits are on what is hostile to others: memory, processor time, open files, file size, priority.
A process that goes over one dies or raises, and only itself.
"""

import contextlib
import ctypes
import os
import resource
import signal
from pathlib import Path

MEMORY_BYTES = 3 * 2**30  # beyond what the interpreter and its libraries have mapped already
PROCESSOR_SECONDS = 2 * 3600
OPEN_FILES = 64
FILE_BYTES = 8 * 2**30
NICE = 10
SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


def confine() -> None:
    """Take on the limits; they hold until the process ends."""
    os.nice(NICE)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, _mapped_bytes() + MEMORY_BYTES)
    _limit(resource.RLIMIT_CPU, PROCESSOR_SECONDS)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _limit(resource.RLIMIT_FSIZE, FILE_BYTES)
    _die_with_parent()


def _limit(what: int, most: int) -> None:
    _, highest = resource.getrlimit(what)
    if highest != resource.RLIM_INFINITY:
        most = min(most, highest)
    resource.setrlimit(what, (most, most))


def _mapped_bytes() -> int:
    pages = Path("/proc/self/statm").read_text().split()[0]
    return int(pages) * resource.getpagesize()


def _die_with_parent() -> None:
    """A server that is killed takes its workers along, so that none writes beside its successor."""
    parent = os.getppid()
    with contextlib.suppress(OSError, AttributeError):  # not Linux
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
