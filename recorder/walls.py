"""What the kernel refuses this process from now on: the network, other programs, other files.

A decoder that a hostile file has taken over can then do no more than fail: it reaches no other
recording, no credential and no other host. Landlock (Linux 5.13) restricts files, a seccomp
filter the system calls. Where the kernel knows neither, the limits of sandbox.py remain.

Invariant: walls are never taken down; a process has them until it ends, and so do its threads.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2

# Landlock, linux/landlock.h; the numbers of its system calls are the same everywhere.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
RULE_PATH_BENEATH = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIRECTORY = 1, 2, 4, 8
ALL_OF_VERSION_1 = (1 << 13) - 1
TRUNCATE = 1 << 14  # from version 3
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE

# seccomp, linux/seccomp.h and linux/filter.h
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 1  # the call fails with EPERM
LOAD_WORD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER_AT, ARCHITECTURE_AT = 0, 4
X32_CALLS = 0x40000000
REFUSED_CALLS: dict[str, tuple[int, dict[str, int]]] = {
    "x86_64": (
        0xC000003E,
        {
            "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "sendmsg": 46, "bind": 49,
            "listen": 50, "socketpair": 53, "fork": 57, "vfork": 58, "execve": 59, "kill": 62,
            "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "execveat": 322,
            "io_uring_setup": 425, "pidfd_open": 434,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "ptrace": 117, "kill": 129, "socket": 198, "socketpair": 199, "bind": 200,
            "listen": 201, "accept": 202, "connect": 203, "sendto": 206, "sendmsg": 211,
            "execve": 221, "process_vm_readv": 270, "process_vm_writev": 271, "execveat": 281,
            "io_uring_setup": 425, "pidfd_open": 434,
        },
    ),
}  # fmt: skip

libc = ctypes.CDLL(None, use_errno=True)


def wall_in(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Only `readable`, `writable` and what Python itself needs can be opened from now on."""
    if sys.platform != "linux" or libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return
    _restrict_files([*readable, *_own_files()], writable)
    _restrict_calls()


def landlock_version() -> int:
    """Which version of Landlock the kernel knows; below 1 for none."""
    return int(libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def _own_files() -> list[Path]:
    """Libraries, the packages with their model, and what libraries ask of the processor."""
    package = Path(__file__).resolve().parent
    system = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share/zoneinfo", "/dev/urandom",
              "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system")  # fmt: skip
    return [Path(sys.prefix), Path(sys.base_prefix), package, *map(Path, system)]


def _restrict_files(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    version = landlock_version()
    if version < 1:
        return
    handled = ALL_OF_VERSION_1 | (TRUNCATE if version >= 3 else 0)
    attributes = struct.pack("=Q", handled)
    ruleset = libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        return
    try:
        for path in readable:
            _allow(ruleset, path, READ_FILE | READ_DIRECTORY)
        for path in writable:
            _allow(ruleset, path, handled & ~EXECUTE)
        libc.syscall(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    if not path.exists():
        return
    if not path.is_dir():
        rights &= FILE_RIGHTS
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        beneath = struct.pack("=Qi", rights, descriptor)
        libc.syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, beneath, 0)
    finally:
        os.close(descriptor)


def _restrict_calls() -> None:
    if platform.machine() not in REFUSED_CALLS:
        return
    architecture, calls = REFUSED_CALLS[platform.machine()]
    program = _filter(architecture, sorted(calls.values()))
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0)


def _filter(architecture: int, numbers: list[int]) -> bytes:
    """A classic BPF program: refuse the numbers and everything of another architecture."""
    tests = [(JUMP_IF_AT_LEAST, X32_CALLS), *((JUMP_IF_EQUAL, number) for number in numbers)]
    program = [
        (LOAD_WORD, 0, 0, ARCHITECTURE_AT),
        (JUMP_IF_EQUAL, 0, len(tests) + 2, architecture),
        (LOAD_WORD, 0, 0, NUMBER_AT),
    ]
    for position, (test, number) in enumerate(tests):
        program.append((test, len(tests) - position, 0, number))
    program += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
