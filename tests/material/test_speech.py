"""The timeline is true to the sample: silent where it says silence, audible where it says a word."""

import json
import wave
from itertools import pairwise

import numpy as np
import pytest

from tests.material.speech import NOISE, SAMPLE_RATE, Speech, Timeline, Utterance, Word


def test_the_timeline_is_silent_between_utterances(speech: Speech) -> None:
    for start, end in speech.timeline.silences():
        silence = speech.samples[round(start * SAMPLE_RATE) + 1 : round(end * SAMPLE_RATE) - 1]
        assert np.abs(silence).max() < 10 * NOISE


def test_every_utterance_begins_and_ends_audibly(speech: Speech) -> None:
    for utterance in speech.timeline.utterances:
        first = round(utterance.start * SAMPLE_RATE)
        last = round(utterance.end * SAMPLE_RATE)
        assert np.abs(speech.samples[first : first + 10]).max() > 0.005
        assert np.abs(speech.samples[last - 10 : last]).max() > 0.005


def test_words_fill_their_utterance_in_order(speech: Speech) -> None:
    for utterance in speech.timeline.utterances:
        words = utterance.words
        said = " ".join(word.text for word in words)
        assert said.split() == [word.strip(".,") for word in utterance.text.split()]
        assert words[-1].end == pytest.approx(utterance.end)
        assert all(a.end == b.start for a, b in pairwise(words))


def test_the_file_holds_the_same_samples_and_timeline(speech: Speech) -> None:
    with wave.open(str(speech.file)) as wav:
        assert wav.getframerate() == SAMPLE_RATE
        assert wav.getnframes() == len(speech.samples)
    written = json.loads(speech.timeline_file.read_text())
    assert written["utterances"][0]["words"][0]["start"] == speech.timeline.words()[0].start


def test_removable_silence_leaves_short_pauses_and_the_padding() -> None:
    one = Utterance(1.0, 2.0, "a", ())
    two = Utterance(5.0, 6.0, "b", ())
    timeline = Timeline(7.0, (one, two))  # silences of 1, 3 and 1 s
    assert timeline.removable_seconds() == pytest.approx(2.2)


def test_a_window_over_the_end_of_the_loop_has_what_is_heard_in_it() -> None:
    utterance = Utterance(1.0, 3.0, "a b", (Word(1.0, 2.0, "a"), Word(2.0, 3.0, "b")))
    window = Timeline(4.0, (utterance,)).window(start=2.5, seconds=4.0)
    assert [(u.start, u.end) for u in window.utterances] == [(0.0, 0.5), (2.5, 4.0)]
    assert [(w.text, w.start, w.end) for w in window.words()] == [
        ("b", 0.0, 0.5),
        ("a", 2.5, 3.5),
        ("b", 3.5, 4.0),
    ]
