"""Speech of known times, through Opus as from a browser, under what people record in."""

from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from recorder import vad
from recorder.edl import Edl, make_edl
from recorder.sound import Samples, SoundLine
from tests.material.speech import Speech, make_speech
from tests.recorder import material

PLAN = [
    ("I have worked at the harbour for seven years, mostly on the night shift.", 2.5),
    ("Then I moved on.", 0.9),
    ("What I like best is the quiet before the ships come in.", 3.2),
    ("Yes.", 4.0),
    ("Honestly, sixty percent of it is paperwork.", 1.2),
    ("But the people are kind, and that is why I stay.", 2.2),
]
QUIET_MICROPHONE = 0.05
FAINT_NOISE, LOUD_NOISE = 0.015, 0.06  # white, of full scale; speech peaks at 0.5


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    return make_speech(tmp_path_factory.mktemp("speech"), PLAN, lead=2.0)


def through_opus(sound: NDArray[Any]) -> Samples:
    """What the detectors hear of it: 16 kHz, after Opus at 32 kbit/s."""
    decoder = av.CodecContext.create("opus", "r")
    decoder.sample_rate, decoder.layout = 48000, "mono"
    line = SoundLine(vad.RATE_HZ)
    chunks: list[Samples] = []
    for packet in material.opus((sound.clip(-1, 1) * 32767).astype(np.int16)):
        for frame in decoder.decode(av.Packet(packet.data)):
            frame.pts = None  # they follow each other
            chunks += line.add(frame)
    return np.concatenate([*chunks, *line.finish()])


def trim(speech: Speech, *, gain: float = 1.0, noise: float = 0.0, with_silero: bool = True) -> Edl:
    noises = np.random.default_rng(7).normal(0, noise, len(speech.samples))
    heard = vad.listen(
        through_opus(speech.samples * gain + noises), vad.new_silero() if with_silero else None
    )
    return make_edl(
        heard.speech,
        source_seconds=len(speech.samples) / 48000,
        preset="natural",
        detector=heard.detector,
        noise=heard.noise,
    )


def spoken_seconds_lost(speech: Speech, edl: Edl) -> float:
    return sum(
        max(0.0, min(utterance.end, cut.end) - max(utterance.start, cut.start))
        for utterance in speech.timeline.utterances
        for cut in edl.cuts
    )


@pytest.mark.parametrize(
    ("gain", "noise"),
    [(1.0, 0.0), (QUIET_MICROPHONE, 0.0), (1.0, FAINT_NOISE), (1.0, LOUD_NOISE)],
    ids=["clean", "quiet microphone", "faint noise", "loud noise"],
)
def test_pauses_go_and_every_word_stays(speech: Speech, gain: float, noise: float) -> None:
    edl = trim(speech, gain=gain, noise=noise)

    assert edl.detector == vad.DETECTOR
    assert spoken_seconds_lost(speech, edl) == 0
    assert edl.removed_seconds >= 0.9 * speech.timeline.removable_seconds()


@pytest.mark.parametrize("noise", [0.0, FAINT_NOISE, LOUD_NOISE])
def test_without_silero_every_word_stays(speech: Speech, noise: float) -> None:
    edl = trim(speech, noise=noise, with_silero=False)

    assert edl.detector == vad.FALLBACK_DETECTOR
    assert spoken_seconds_lost(speech, edl) == 0


def test_without_silero_the_pauses_of_a_quiet_room_go(speech: Speech) -> None:
    edl = trim(speech, with_silero=False)

    assert edl.removed_seconds >= 0.6 * speech.timeline.removable_seconds()


@pytest.mark.parametrize("seconds", [0.0, 0.01, 3.0])
def test_silence_is_no_speech(seconds: float) -> None:
    heard = vad.listen(np.zeros(round(seconds * vad.RATE_HZ), np.int16), vad.new_silero())

    assert heard.speech == []


class SureSilero:
    """Says the same of every chunk."""

    def __init__(self, probability: float) -> None:
        self.probability = probability

    def process_samples(self, samples: list[float]) -> float:
        assert len(samples) == vad.CHUNK
        return self.probability


def test_both_detectors_must_agree(speech: Speech) -> None:
    sound = through_opus(speech.samples)
    alone = vad.listen(sound, None)

    assert vad.listen(sound, SureSilero(0.9)).speech == alone.speech
    assert vad.listen(sound, SureSilero(0.1)).speech == []
    assert vad.listen(sound, SureSilero(0.1)).noise == alone.speech


def test_spans_end_with_the_sound() -> None:
    noise = (np.random.default_rng(1).normal(0, 3000, 16000 + 100)).astype(np.int16)
    heard = vad.listen(noise, None)

    assert heard.speech
    assert heard.speech[-1].end <= len(noise) / vad.RATE_HZ
