"""What the journeys share: material for camera and microphone, made once."""

import pytest

from tests.browser.chromium import Camera
from tests.browser.material import CAMERA_FRAMES, film, speak
from tests.material.speech import Speech


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    return speak(tmp_path_factory.mktemp("microphone"))


@pytest.fixture(scope="session")
def camera_frames() -> int:
    return CAMERA_FRAMES


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory, speech: Speech) -> Camera:
    return film(tmp_path_factory.mktemp("camera"), speech)
