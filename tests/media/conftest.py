"""Fixtures of the media tests. Clips are encoded once a run: nobody may change them."""

from pathlib import Path

import pytest

from media.clip import Clip
from tests.media.sending import HandClock, Wire, write_clip


@pytest.fixture(scope="session")
def clip_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="session")
def clip(clip_directory: Path) -> Clip:
    """Three seconds, 90 numbered pictures, a key frame and a beep each second."""
    return Clip.load(clip_directory)


@pytest.fixture(scope="session")
def noisy_clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """The same with pictures that hardly compress: key frames of many packets."""
    return Clip.load(write_clip(tmp_path_factory.mktemp("noisy"), is_noisy=True))


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def wire(clock: HandClock) -> Wire:
    return Wire(clock)
