"""From speech spans to what is kept and what is cut."""

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recorder.edl import PRESETS, Cut, Edl, Span, is_spoken, make_edl, merged


def trim(speech: list[Span], seconds: float, preset: str = "natural", **more: list[Span]) -> Edl:
    return make_edl(speech, source_seconds=seconds, preset=preset, detector="test", **more)


def test_a_long_pause_is_cut_less_its_margins() -> None:
    edl = trim([Span(0, 5), Span(10, 15)], 15)

    assert edl.cuts == [Cut(5.5, 9.7, "pause")]
    assert edl.keep == [(0, 5.5), (9.7, 15)]
    assert edl.removed_seconds == pytest.approx(4.2)


def test_silence_before_and_after_is_lead_and_tail() -> None:
    edl = trim([Span(3, 8)], 12)

    assert edl.cuts == [Cut(0, 2.7, "lead"), Cut(8.5, 12, "tail")]
    assert edl.keep == [(2.7, 8.5)]


@pytest.mark.parametrize(("preset", "pause", "cuts"), [
    ("natural", 1.49, 0), ("natural", 1.5, 1), ("brisk", 0.79, 0), ("brisk", 0.81, 1), ("off", 9, 0),
])  # fmt: skip
def test_the_preset_says_how_long_a_silence_must_be(preset: str, pause: float, cuts: int) -> None:
    assert len(trim([Span(0, 5), Span(5 + pause, 10 + pause)], 10 + pause, preset).cuts) == cuts


def test_without_speech_nothing_is_cut() -> None:
    assert trim([], 60).keep == [(0, 60)]
    assert trim([], 60).cuts == []


def test_where_hardly_anything_is_spoken_nothing_is_cut() -> None:
    assert trim([Span(10, 15.9)], 60).cuts == []
    assert trim([Span(10, 16)], 60).cuts != []


def test_a_cut_in_which_one_detector_heard_a_voice_is_marked() -> None:
    noise = [Span(6, 7), Span(7.5, 9)]
    edl = trim([Span(0, 5), Span(10, 15)], 20, noise=noise)

    assert [cut.kind for cut in edl.cuts] == ["noise?", "tail"]


def test_the_stored_form_has_all_that_a_player_needs() -> None:
    stored = trim([Span(2, 5)], 5).to_json()

    assert stored == {
        "version": 1,
        "preset": "natural",
        "detector": "test",
        "parameters": {"silence_seconds": 1.5, "after_seconds": 0.5, "before_seconds": 0.3},
        "source_seconds": 5,
        "keep": [[1.7, 5]],
        "cuts": [{"start": 0.0, "end": 1.7, "kind": "lead"}],
        "removed_seconds": 1.7,
    }


def test_an_unknown_preset_is_an_error() -> None:
    with pytest.raises(KeyError):
        trim([], 1, "harsh")


seconds = st.floats(0, 300, allow_nan=False).map(lambda value: round(value, 3))
spans = st.lists(st.tuples(seconds, seconds).map(lambda pair: Span(*sorted(pair))), max_size=30)


@given(spans, spans, st.floats(0.1, 300), st.sampled_from(sorted(PRESETS)))
def test_kept_and_cut_are_the_whole_recording_and_no_speech_is_cut(
    speech: list[Span], noise: list[Span], source_seconds: float, preset: str
) -> None:
    edl = trim(speech, source_seconds, preset, noise=noise)

    pieces = sorted([*edl.keep, *(cut.span for cut in edl.cuts)])
    assert pieces[0].start == 0
    assert pieces[-1].end == source_seconds
    assert all(before.end == after.start for before, after in itertools.pairwise(pieces))
    assert all(piece.seconds > 0 for piece in pieces)
    chosen = PRESETS[preset]
    if chosen:
        for start, end in merged(speech, source_seconds):
            padded = Span(
                max(0, start - chosen.before_seconds),
                min(source_seconds, end + chosen.after_seconds),
            )
            assert all(
                min(cut.end, padded.end) - max(cut.start, padded.start) <= 1e-9 for cut in edl.cuts
            )


@given(spans, st.floats(0.1, 300))
def test_every_silence_that_is_long_enough_is_cut(speech: list[Span], source: float) -> None:
    inside = merged(speech, source)
    assume(inside and is_spoken(inside, source))
    edges = [0.0, *(edge for span in inside for edge in span), source]
    silences = [end - start for start, end in zip(edges[::2], edges[1::2], strict=True)]

    assert len(trim(speech, source).cuts) == sum(silence >= 1.5 for silence in silences)


@given(spans, st.floats(0.1, 300))
def test_merged_spans_are_in_order_and_do_not_touch(speech: list[Span], source: float) -> None:
    found = merged(speech, source)

    assert all(0 <= span.start < span.end <= source for span in found)
    assert all(before.end < after.start for before, after in itertools.pairwise(found))
