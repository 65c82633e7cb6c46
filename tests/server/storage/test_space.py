"""Room on the disk."""

from pathlib import Path

import pytest

from server.errors import Unavailable
from server.storage.space import Space


async def test_with_nothing_reserved_a_little_fits(tmp_path: Path) -> None:
    space = Space(tmp_path, reserve_megabytes=0)
    await space.require(1)
    assert await space.spare_bytes() > 0


async def test_the_reserve_is_not_given_away(tmp_path: Path) -> None:
    space = Space(tmp_path, reserve_megabytes=10**9)
    assert await space.spare_bytes() < 0
    with pytest.raises(Unavailable) as refused:
        await space.require()
    assert refused.value.key == "disk_full"


async def test_more_than_there_is_does_not_fit(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await Space(tmp_path, reserve_megabytes=0).require(10**18)
