"""Takes on the walls and the limits, then tries what a hijacked decoder would; prints one word each.

python -m tests.recorder.walled_child READABLE WRITABLE OTHER
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from recorder.sandbox import MEMORY_BYTES, confine
from recorder.walls import wall_in


def attempt(name: str, action: Callable[[], object]) -> None:
    try:
        action()
    except (OSError, MemoryError) as error:
        print(name, type(error).__name__)
    else:
        print(name, "done")


def main(readable: Path, writable: Path, other: Path) -> None:
    confine()
    wall_in([readable], [writable])
    attempt("read", readable.read_bytes)
    attempt("write", lambda: (writable / "made").write_bytes(b"made"))
    attempt("rename", lambda: (writable / "made").rename(writable / "renamed"))
    attempt("thread", lambda: threading.Thread(target=len, args=("",)).start())
    attempt("read-other", other.read_bytes)
    attempt("write-other", lambda: other.write_bytes(b"changed"))
    attempt("change-source", lambda: readable.write_bytes(b"changed"))
    attempt("connect", lambda: socket.create_connection(("127.0.0.1", 9), timeout=1))
    attempt("program", lambda: subprocess.run(["/bin/true"], check=True))
    attempt("signal", lambda: os.kill(os.getppid(), 0))
    attempt("memory", lambda: bytearray(MEMORY_BYTES + 2**20))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
