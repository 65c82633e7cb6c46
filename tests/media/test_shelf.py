"""One reading for all viewers, within a bound."""

import asyncio
import shutil
from pathlib import Path

import pytest

from media.clip import Clip
from media.errors import ClipUnreadable
from media.shelf import ClipShelf


async def test_all_who_ask_get_the_same_clip(clip_directory: Path) -> None:
    shelf = ClipShelf()
    asked = await asyncio.gather(*(shelf.clip(clip_directory, "vp8") for _ in range(5)))
    assert all(clip is asked[0] for clip in asked)
    assert set(asked[0].renditions) == {"vp8"}
    assert await shelf.clip(clip_directory, "h264") is not asked[0]


async def test_the_longest_unused_clip_goes_first(clip_directory: Path, tmp_path: Path) -> None:
    size = Clip.load(clip_directory, ["vp8"]).payload_bytes
    shelf = ClipShelf(limit_bytes=round(2.5 * size))
    places = [shutil.copytree(clip_directory, tmp_path / str(number)) for number in range(3)]
    first = await shelf.clip(places[0], "vp8")
    second = await shelf.clip(places[1], "vp8")
    assert await shelf.clip(places[0], "vp8") is first
    await shelf.clip(places[2], "vp8")
    assert await shelf.clip(places[0], "vp8") is first
    assert await shelf.clip(places[1], "vp8") is not second


async def test_a_clip_larger_than_the_bound_is_still_played(clip_directory: Path) -> None:
    shelf = ClipShelf(limit_bytes=1)
    assert (await shelf.clip(clip_directory, "vp8")).video_frames == 90


async def test_a_forgotten_clip_is_read_anew(clip_directory: Path) -> None:
    shelf = ClipShelf()
    before = await shelf.clip(clip_directory, "vp8")
    shelf.forget(clip_directory)
    assert await shelf.clip(clip_directory, "vp8") is not before


async def test_after_an_unreadable_clip_the_shelf_goes_on(
    clip_directory: Path, tmp_path: Path
) -> None:
    shelf = ClipShelf()
    with pytest.raises(ClipUnreadable):
        await shelf.clip(tmp_path, "vp8")
    assert (await shelf.clip(clip_directory, "vp8")).video_frames == 90
