"""What every storage promises."""

import os
from pathlib import Path

import pytest

from server.errors import NotFound
from server.storage.base import Storage, check_key
from server.storage.disk import DiskStorage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return DiskStorage(tmp_path / "objects")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "source.bin"
    file.write_bytes(os.urandom(3_000_000))
    return file


async def test_what_was_put_can_be_read_and_the_source_stays(
    storage: Storage, source: Path
) -> None:
    await storage.put_file("takes/tk_a/recording.mp4", source)
    kept = await storage.local_path("takes/tk_a/recording.mp4")
    assert kept.read_bytes() == source.read_bytes()
    assert await storage.exists("takes/tk_a/recording.mp4")


async def test_a_second_put_replaces_the_first(storage: Storage, source: Path) -> None:
    await storage.put_file("clips/cl_a/file.mp4", source)
    source.write_bytes(b"new")
    await storage.put_file("clips/cl_a/file.mp4", source)
    assert (await storage.local_path("clips/cl_a/file.mp4")).read_bytes() == b"new"


async def test_what_is_not_there_is_not_found(storage: Storage) -> None:
    assert not await storage.exists("takes/tk_a/recording.mp4")
    with pytest.raises(NotFound):
        await storage.local_path("takes/tk_a/recording.mp4")


async def test_deleting_a_prefix_takes_all_below_it_and_nothing_beside_it(
    storage: Storage, source: Path
) -> None:
    for key in ("takes/tk_a/one", "takes/tk_a/deep/two", "takes/tk_ab/three"):
        await storage.put_file(key, source)
    await storage.delete_prefix("takes/tk_a/")
    await storage.delete_prefix("takes/tk_a/")
    assert not await storage.exists("takes/tk_a/one")
    assert not await storage.exists("takes/tk_a/deep/two")
    assert await storage.exists("takes/tk_ab/three")


async def test_a_put_that_fails_leaves_the_old_object_and_no_rest(
    storage: Storage, source: Path, tmp_path: Path
) -> None:
    await storage.put_file("clips/cl_a/file.mp4", source)
    with pytest.raises(FileNotFoundError):
        await storage.put_file("clips/cl_a/file.mp4", tmp_path / "missing")
    kept = await storage.local_path("clips/cl_a/file.mp4")
    assert kept.read_bytes() == source.read_bytes()
    assert [file.name for file in kept.parent.iterdir()] == ["file.mp4"]


async def test_what_a_dead_process_was_copying_or_erasing_is_gone_at_the_next_start(
    storage: Storage, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def dies(*_args: object) -> None:
        raise Killed

    await storage.put_file("takes/tk_a/recording.mp4", source)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("shutil.rmtree", dies)
        await storage.delete_prefix("takes/tk_a/")
    left = [file for file in (tmp_path / "objects").rglob("*") if file.is_file()]
    assert len(left) == 1
    DiskStorage(tmp_path / "objects")
    assert not [file for file in (tmp_path / "objects").rglob("*") if file.is_file()]


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../x", "a/../b", "a//b", "A", "a/.hidden", "a\x00b", "a/", "a\n"]
)
async def test_a_key_cannot_leave_the_storage(storage: Storage, source: Path, key: str) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        await storage.put_file(key, source)
    with pytest.raises(ValueError, match="not a storage key"):
        check_key(key)


async def test_a_prefix_must_name_a_directory(storage: Storage) -> None:
    with pytest.raises(ValueError, match="ends with"):
        await storage.delete_prefix("takes/tk_a")
