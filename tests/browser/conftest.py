"""What the journeys share: material for camera and microphone, made once."""

import pytest

from tests.browser.chromium import Camera
from tests.material.picture import write_mjpeg
from tests.material.speech import Speech, make_speech

LOOPS = 12  # of what is said: the browser's own loop pads a few milliseconds
CAMERA_FRAMES = 900  # half a minute, then the numbers begin again
SPOKEN = [
    ("I look after the trees of a small town.", 2.2),
    ("What I like best is the early morning, before anybody is awake.", 3.0),
    ("Last spring we planted a school yard together with the children.", 1.8),
    ("They still write to me about it.", 2.6),
    ("I would like to do more of that.", 2.0),
]


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    return make_speech(tmp_path_factory.mktemp("microphone"), SPOKEN, loops=LOOPS)


@pytest.fixture(scope="session")
def camera_frames() -> int:
    return CAMERA_FRAMES


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory, speech: Speech) -> Camera:
    video = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    write_mjpeg(video, CAMERA_FRAMES)
    return Camera(video, speech.file)
