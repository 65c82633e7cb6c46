"""Fixtures of the media tests. Clips are encoded once a run: nobody may change them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media.clip import Clip
from media.ice import MediaPort
from media.peer import Peer
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


@pytest.fixture
async def port() -> AsyncIterator[MediaPort]:
    port = await MediaPort.open("127.0.0.1", 0, ["127.0.0.1"])
    yield port
    await port.close()


@pytest.fixture
async def peer(port: MediaPort) -> AsyncIterator[Peer]:
    """One that receives and sends, and has had no offer yet."""
    peer = Peer(port, receive=True, send=True)
    yield peer
    await peer.close()
