"""The sample clip plays as a whole, is numbered without a hole, and speaks where it can."""

from pathlib import Path

import av
import numpy as np
import pytest

from recorder.frame_number import read_frame_number
from recorder.sample_clip import SAMPLE_RATE, make_sample_clip


def numbers_in(file: Path) -> list[int | None]:
    with av.open(str(file)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    return [read_frame_number(picture.astype(np.uint8)) for picture in frames]


def sound_of(file: Path) -> np.ndarray:
    with av.open(str(file)) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("clip") / "welcome.mp4"
    clip = make_sample_clip(file, title="Welcome", seconds=1, speech_text="Welcome to our office.")
    assert clip.spoken
    assert clip.seconds > 1.4, "the words need longer than asked for"
    return file


def test_pictures_carry_running_numbers(spoken: Path) -> None:
    numbers = numbers_in(spoken)
    assert numbers == list(range(len(numbers)))


def test_the_voice_begins_after_the_lead_and_is_loud_enough(spoken: Path) -> None:
    sound = sound_of(spoken)
    assert np.abs(sound[: SAMPLE_RATE // 2]).max() < 0.01
    assert np.abs(sound).max() > 0.1


def test_without_a_voice_a_soft_tone_plays_for_the_time_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    file = tmp_path / "tone.mp4"
    clip = make_sample_clip(file, title="Culture", seconds=1.2, speech_text="Nobody says this.")
    assert (clip.spoken, clip.seconds, clip.video_frames) == (False, 1.2, 30)
    assert 0.01 < np.abs(sound_of(file)).max() < 0.2
