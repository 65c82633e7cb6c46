"""The writer thread of one part: the only place that touches the disk while a take runs.

The event loop muxes into `CaptureFile`, which only queues bytes; this thread writes them, and
the journal's lines between them, in the order in which they came, and syncs once a second.

Invariants: the loop never waits for the disk; the queue is bounded in bytes, and a disk that
lets it fill fails the part; the journal's first line is synced before the first media byte;
bytes already written are changed (a container's last touch) only after all before them are
synced; after a failure nothing more is written, and every file is cut back to what is whole.
"""

import contextlib
import errno
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recorder.journal import JOURNAL_NAME, encode
from recorder.spool import make_durable_directory, sync_directory

SYNC_SECONDS = 0.9
QUEUE_BYTES = 32 * 1024 * 1024

FailureKey = Literal["disk_full", "disk_error", "disk_slow", "mux_failed"]


@dataclass(frozen=True)
class Failure:
    """Why a part ended early; `text` is a sentence for a person."""

    key: FailureKey
    text: str


@dataclass(frozen=True)
class Line:
    """A line of the journal; a whole line also says how far its file is complete."""

    text: bytes
    whole: tuple[str, int] | None = None


@dataclass(frozen=True)
class Write:
    name: str
    offset: int
    data: bytes


Operation = Line | Write


class PartDisk:
    """Owns a part's folder, its files and the thread. `on_end` is called from the thread."""

    def __init__(
        self,
        directory: Path,
        on_end: Callable[[], None],
        *,
        sync_seconds: float = SYNC_SECONDS,
    ) -> None:
        self.failure: Failure | None = None
        self._directory = directory
        self._on_end = on_end
        self._sync_seconds = sync_seconds
        self._waiting: deque[Operation] = deque()
        self._waiting_bytes = 0
        self._closing = False
        self._changed = threading.Condition()
        self._files: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        self._promised: dict[str, int] = {}
        self._whole: dict[str, int] = {}
        self._dirty: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="part-disk", daemon=True)
        self._thread.start()

    @property
    def whole_bytes(self) -> dict[str, int]:
        """Per media file, how much of it is complete; steady once the thread has ended."""
        whole = dict(self._whole)
        return {name: size for name, size in whole.items() if name != JOURNAL_NAME}

    @property
    def backlog_bytes(self) -> int:
        """What is queued and not yet written."""
        return self._waiting_bytes

    def line(self, text: bytes, whole: tuple[str, int] | None = None) -> None:
        self._queue(Line(text, whole), len(text))

    def write(self, name: str, offset: int, data: bytes) -> None:
        self._queue(Write(name, offset, data), len(data))

    def close(self) -> None:
        """Write what waits, sync, end the thread; `on_end` tells when."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def _queue(self, operation: Operation, size: int) -> None:
        with self._changed:
            if self.failure or self._closing:
                return
            self._waiting_bytes += size
            if self._waiting_bytes > QUEUE_BYTES:
                self.failure = Failure("disk_slow", "The disk is too slow to record any more.")
                self._waiting.clear()
            else:
                self._waiting.append(operation)
            self._changed.notify()

    def _run(self) -> None:
        broken: Failure | None = Failure("disk_error", "The writer of the recording stopped.")
        try:
            make_durable_directory(self._directory)
            while self._write_batch():
                pass
            broken = None
        except OSError as error:
            broken = disk_failure(error)
        finally:
            self.failure = self.failure or broken
            self._end()

    def _write_batch(self) -> bool:
        """One turn: at most a second of waiting, then everything that waits, then a sync."""
        until = time.monotonic() + self._sync_seconds
        last = False
        while not last and time.monotonic() < until:
            with self._changed:
                self._changed.wait_for(
                    lambda: bool(self._waiting or self._closing or self.failure),
                    timeout=max(0.0, until - time.monotonic()),
                )
                batch = list(self._waiting)
                self._waiting.clear()
                last = self._closing or self.failure is not None
            for operation in batch:
                written = self._apply(operation)
                with self._changed:
                    self._waiting_bytes -= written
        self._sync()
        return not last

    def _apply(self, operation: Operation) -> int:
        match operation:
            case Line(text, whole):
                self._put(JOURNAL_NAME, self._sizes.get(JOURNAL_NAME, 0), text)
                self._whole[JOURNAL_NAME] = self._sizes[JOURNAL_NAME]
                if whole:
                    self._promised[whole[0]] = whole[1]
                return len(text)
            case Write(name, offset, data):
                if offset < self._sizes.get(name, 0) or name not in self._files:
                    self._sync()
                self._put(name, offset, data)
                return len(data)

    def _put(self, name: str, offset: int, data: bytes) -> None:
        descriptor = self._files.get(name)
        if descriptor is None:
            descriptor = os.open(
                self._directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600
            )
            self._files[name] = descriptor
            sync_directory(self._directory)
        self._dirty.add(name)
        view = memoryview(data)
        while view:
            written = os.pwrite(descriptor, view, offset)
            view = view[written:]
            offset += written
            self._sizes[name] = max(self._sizes.get(name, 0), offset)
        if self._sizes[name] == self._promised.get(name):
            self._whole[name] = self._sizes[name]

    def _sync(self) -> None:
        for name in sorted(self._dirty, reverse=True):  # the journal before the media
            os.fdatasync(self._files[name])
        self._dirty.clear()

    def _end(self) -> None:
        if self.failure:
            self._cut_back(self.failure)
        for descriptor in self._files.values():
            with contextlib.suppress(OSError):
                os.fdatasync(descriptor)
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._files.clear()
        self._on_end()

    def _cut_back(self, failure: Failure) -> None:
        """Leave whole files, which also makes room for the journal's last word."""
        with contextlib.suppress(OSError):
            for name, descriptor in self._files.items():
                os.ftruncate(descriptor, self._whole.get(name, 0))
            if journal := self._files.get(JOURNAL_NAME):
                last_word = encode("failed", {"key": failure.key, "text": failure.text})
                os.pwrite(journal, last_word, self._whole[JOURNAL_NAME])


def disk_failure(error: OSError) -> Failure:
    """What the operator is told of an error of the file system."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Failure("disk_full", "The disk is full; what was recorded until now is kept.")
    return Failure("disk_error", f"The disk does not take the recording: {error.strerror}.")


class CaptureFile:
    """What a muxer writes to: grows at its end, may touch what lies before it when closing.

    Takes the place of a file for PyAV (`write`, `seek`, `tell`); keeps what it is given until
    `hand_over`, so that the journal's line goes first. Never blocks, never raises.
    """

    def __init__(self, disk: PartDisk, name: str) -> None:
        self.name = name
        self.size = 0
        self._disk = disk
        self._position = 0
        self._kept: list[tuple[int, bytes]] = []

    @property
    def has_news(self) -> bool:
        return bool(self._kept)

    def hand_over(self, whole_line: bytes) -> None:
        """Queue the line that says how far the file is complete now, then the bytes."""
        self._disk.line(whole_line, (self.name, self.size))
        for offset, data in self._kept:
            self._disk.write(self.name, offset, data)
        self._kept.clear()

    def write(self, data: bytes) -> int:
        self._kept.append((self._position, data))
        self._position += len(data)
        self.size = max(self.size, self._position)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position
