"""What the fake camera shows and the fake microphone says in every journey."""

from pathlib import Path

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


def speak(folder: Path) -> Speech:
    return make_speech(folder, SPOKEN, loops=LOOPS)


def film(folder: Path, speech: Speech) -> Camera:
    video = folder / "camera.mjpeg"
    write_mjpeg(video, CAMERA_FRAMES)
    return Camera(video, speech.file)
