"""How long it takes, as a range."""

from hypothesis import given
from hypothesis import strategies as st

from server.interviews.estimate import ClipFacts, clip_ids, estimate_seconds
from server.interviews.script import ClipId, Question, Script, Segment, Step, StepId

CLIP = ClipId("cl_a")
CLIPS = {CLIP: ClipFacts("Welcome", True, 40.0, True)}


def test_clips_thinking_and_answers_add_up() -> None:
    script = Script(
        (
            Segment(StepId("a"), "Welcome", CLIP),
            Question(StepId("b"), "Why?", answer_seconds=120),
            Question(StepId("c"), "How?", think_seconds=15, answer_seconds=60, clip_id=CLIP),
        )
    )
    low, high = estimate_seconds(script, CLIPS)
    assert low == 40 + (10 + 60) + 40 + (10 + 30)
    assert high == 40 + (60 + 120) + 40 + (15 + 60)


def test_an_empty_script_takes_no_time() -> None:
    assert estimate_seconds(Script(()), {}) == (0.0, 0.0)


def test_a_clip_that_is_not_ready_or_not_chosen_counts_as_nothing() -> None:
    clips = {CLIP: ClipFacts("Welcome", False, None, False)}
    script = Script((Segment(StepId("a"), "", CLIP), Segment(StepId("b"), "", ClipId(""))))
    assert estimate_seconds(script, clips) == (0.0, 0.0)
    assert clip_ids(script) == [CLIP]


questions = st.builds(
    Question,
    st.just(StepId("q")),
    st.text(max_size=5),
    st.sampled_from([None, CLIP]),
    st.sampled_from([None, 15, 30, 60, 120, 300]),
    st.integers(15, 600),
)
steps: st.SearchStrategy[Step] = st.one_of(
    questions, st.builds(Segment, st.just(StepId("s")), st.just(""), st.just(CLIP))
)


@given(st.lists(steps, max_size=8), steps)
def test_low_is_never_above_high_and_a_step_never_makes_it_shorter(
    some: list[Step], more: Step
) -> None:
    before = estimate_seconds(Script(tuple(some)), CLIPS)
    after = estimate_seconds(Script((*some, more)), CLIPS)
    assert before[0] <= before[1]
    assert before[0] <= after[0]
    assert before[1] <= after[1]
