"""The writer thread, with a disk that can be watched, filled and stopped."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from recorder.disk import CaptureFile, PartDisk
from recorder.take import TakeWriter
from tests.recorder import material
from tests.recorder.material import feed, in_order, tone, video


class WatchedDisk:
    """Stands before the kernel: notes what is written and synced, and may refuse or block."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log: list[tuple[str, str]] = []
        self.room_bytes: int | None = None
        self.may_write = threading.Event()
        self.may_write.set()
        self._pwrite, self._fdatasync = os.pwrite, os.fdatasync
        monkeypatch.setattr(os, "pwrite", self.pwrite)
        monkeypatch.setattr(os, "fdatasync", self.fdatasync)

    def pwrite(self, descriptor: int, data: bytes, offset: int) -> int:
        self.may_write.wait(30)
        name = self._name(descriptor)
        if self.room_bytes is not None and name != "journal.jsonl":
            if not self.room_bytes:
                raise OSError(errno.ENOSPC, "No space left on device")
            data = data[: self.room_bytes]
            self.room_bytes -= len(data)
        size = os.fstat(descriptor).st_size
        self.log.append(("write" if offset >= size else "change", name))
        return self._pwrite(descriptor, data, offset)

    def fdatasync(self, descriptor: int) -> None:
        self.log.append(("sync", self._name(descriptor)))
        self._fdatasync(descriptor)

    @staticmethod
    def _name(descriptor: int) -> str:
        return Path(f"/proc/self/fd/{descriptor}").readlink().name


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> WatchedDisk:
    return WatchedDisk(monkeypatch)


@pytest.fixture
def ended() -> threading.Event:
    return threading.Event()


def open_disk(directory: Path, ended: threading.Event, sync_seconds: float = 0.5) -> PartDisk:
    return PartDisk(directory, ended.set, sync_seconds=sync_seconds)


def wait(ended: threading.Event) -> None:
    assert ended.wait(30)


def open_writer(directory: Path) -> TakeWriter:
    return TakeWriter.open(
        directory,
        take_id="tk_disk",
        part=1,
        origin_seconds=material.ORIGIN_SECONDS,
        audio_codec="opus",
        video_codec="h264",
    )


def test_the_journals_first_line_is_synced_before_the_first_media_byte(
    tmp_path: Path, watched: WatchedDisk, ended: threading.Event
) -> None:
    disk = open_disk(tmp_path / "part-1", ended)
    disk.line(b"open\n")
    disk.write("capture-1.mp4", 0, b"media")
    disk.close()
    wait(ended)

    assert watched.log[:3] == [
        ("write", "journal.jsonl"),
        ("sync", "journal.jsonl"),
        ("write", "capture-1.mp4"),
    ]
    assert ("sync", "capture-1.mp4") in watched.log


def test_what_lies_before_the_end_is_changed_only_after_a_sync(
    tmp_path: Path, watched: WatchedDisk, ended: threading.Event
) -> None:
    disk = open_disk(tmp_path / "part-1", ended, sync_seconds=30.0)
    disk.write("capture-1.mp4", 0, b"0123456789")
    disk.write("capture-1.mp4", 4, b"xx")
    disk.close()
    wait(ended)

    changed = watched.log.index(("change", "capture-1.mp4"))
    assert watched.log[changed - 1] == ("sync", "capture-1.mp4")
    assert (tmp_path / "part-1" / "capture-1.mp4").read_bytes() == b"0123xx6789"


def test_what_is_written_is_synced_without_waiting_for_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: threading.Event
) -> None:
    synced = threading.Event()
    fdatasync = os.fdatasync

    def sync(descriptor: int) -> None:
        fdatasync(descriptor)
        synced.set()

    monkeypatch.setattr(os, "fdatasync", sync)
    disk = open_disk(tmp_path / "part-1", ended, sync_seconds=0.01)
    disk.line(b"open\n")

    assert synced.wait(30)
    disk.close()
    wait(ended)


async def test_a_full_disk_keeps_whole_fragments_and_says_so(
    tmp_path: Path, watched: WatchedDisk
) -> None:
    watched.room_bytes = 60_000
    writer = open_writer(tmp_path / "part-1")
    feed(writer, in_order(video("h264", 8.0), tone(8.0)))
    await writer.failed.wait()
    report = await writer.finish()

    assert report.failure is not None
    assert report.failure.key == "disk_full"
    assert 0 < report.seconds < 8
    assert report.bytes == (tmp_path / "part-1" / "capture-1.mp4").stat().st_size <= 60_000
    journal = (tmp_path / "part-1" / "journal.jsonl").read_text().splitlines()
    assert '"failed"' in journal[-1]
    assert f'"bytes":{report.bytes},' in "".join(journal)


async def test_a_disk_that_stands_still_fails_the_part_and_not_the_loop(
    tmp_path: Path, watched: WatchedDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recorder.disk.QUEUE_BYTES", 50_000)
    watched.may_write.clear()
    writer = open_writer(tmp_path / "part-1")
    feed(writer, in_order(video("h264", 8.0), tone(8.0)))

    assert writer.failed.is_set()
    assert writer.failure is not None
    assert writer.failure.key == "disk_slow"
    assert writer.backlog_bytes < 100_000
    watched.may_write.set()
    assert (await writer.finish()).failure == writer.failure


async def test_finishing_waits_for_the_disk_only_so_long(
    tmp_path: Path, watched: WatchedDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recorder.take.END_SECONDS", 0.01)
    watched.may_write.clear()
    writer = open_writer(tmp_path / "part-1")
    feed(writer, in_order(video("h264", 1.0), tone(1.0)))
    report = await writer.finish()
    watched.may_write.set()

    assert report.failure is not None
    assert report.failure.key == "disk_slow"
    assert writer.failed.is_set()


@pytest.mark.parametrize(
    ("move", "expected"),
    [
        (lambda file: file.seek(2), 2),
        (lambda file: file.seek(-1, os.SEEK_CUR), 4),
        (lambda file: file.seek(0, os.SEEK_END), 5),
    ],
)
def test_a_capture_file_moves_like_a_file(
    tmp_path: Path, ended: threading.Event, move: Callable[[CaptureFile], int], expected: int
) -> None:
    disk = open_disk(tmp_path / "part-1", ended)
    file = CaptureFile(disk, "capture-1.mp4")
    file.write(b"12345")

    assert move(file) == file.tell() == expected
    disk.close()
    wait(ended)
