"""What a script may not have, what it needs to be published, and what could be better."""

from dataclasses import replace
from typing import Any

import pytest

from server.errors import BadInput
from server.interviews.advice import check_draft, check_publishable, warnings, with_step_ids
from server.interviews.estimate import ClipFacts
from server.interviews.script import ClipId, Question, Script, Segment, Step, StepId

CLIP = ClipId("cl_a")
READY = {CLIP: ClipFacts("Welcome", True, 40.0, True)}


def ask(**changes: Any) -> Question:
    return replace(Question(StepId("q"), "Why?"), **changes)


def show(**changes: Any) -> Segment:
    return replace(Segment(StepId("s"), "Welcome", CLIP), **changes)


def script(*steps: Step) -> Script:
    return Script(steps)


def test_a_good_script_has_no_warnings_and_may_be_published() -> None:
    good = script(show(), ask())
    check_publishable(good, READY)
    assert warnings(good, READY) == []


def test_new_steps_get_ids_and_known_ones_keep_theirs() -> None:
    steps = with_step_ids(script(ask(id=StepId("")), ask(id=StepId("")), ask())).steps
    assert steps[2].id == "q"
    assert len({step.id for step in steps}) == 3
    assert all(step.id for step in steps)


@pytest.mark.parametrize(
    ("steps", "word"),
    [
        ([ask(id=StepId(f"q{n}")) for n in range(51)], "50 steps"),
        ([ask(), ask()], "id of its own"),
        ([ask(id=StepId("no spaces please"))], "id of its own"),
        ([ask(id=StepId("x" * 33))], "id of its own"),
        ([ask(text="x" * 2001)], "Step 1"),
        ([show(title="x" * 121)], "Step 1"),
        ([show(), ask(answer_seconds=14)], "Step 2"),
        ([ask(answer_seconds=601)], "15 to 600"),
        ([ask(think_seconds=0)], "thinking time"),
        ([ask(think_seconds=31)], "thinking time"),
        ([ask(takes=0)], "takes"),
        ([ask(takes=11)], "takes"),
        ([ask(clip_id=ClipId("cl_unknown"))], "does not exist"),
        ([show(clip_id=ClipId("cl_unknown"))], "does not exist"),
    ],
)
def test_what_no_draft_may_have(steps: list[Step], word: str) -> None:
    with pytest.raises(BadInput, match=word) as refused:
        check_draft(script(*steps), READY)
    assert refused.value.key == "bad_script"


def test_the_closing_words_have_a_limit() -> None:
    with pytest.raises(BadInput, match="closing words"):
        check_draft(Script((), reply_promise="x" * 501), {})


def test_a_draft_may_be_unfinished() -> None:
    check_draft(script(ask(text=""), show(clip_id=ClipId(""))), {})


@pytest.mark.parametrize(
    ("steps", "word"),
    [
        ([], "at least one question"),
        ([show()], "at least one question"),
        ([ask(text="  ")], "Step 1: the question has no text"),
        ([ask(), show(clip_id=ClipId(""))], "Step 2: the segment has no clip"),
    ],
)
def test_what_is_missing_before_publishing(steps: list[Step], word: str) -> None:
    with pytest.raises(BadInput, match=word) as refused:
        check_publishable(script(*steps), READY)
    assert refused.value.key == "not_publishable"


def test_a_clip_that_is_not_ready_is_not_published() -> None:
    clips = {CLIP: ClipFacts("Welcome", False, None, False)}
    with pytest.raises(BadInput, match="Step 1: its clip is not ready"):
        check_publishable(script(show(), ask()), clips)


@pytest.mark.parametrize(
    ("steps", "clips", "word"),
    [
        ([ask(id=StepId(f"q{n}"), answer_seconds=15) for n in range(7)], READY, "7 questions"),
        ([ask(id=StepId(f"q{n}"), answer_seconds=600) for n in range(2)], READY, "22 minutes"),
        ([show(), ask(answer_seconds=30)], READY, "longer than all answers"),
        ([ask(think_seconds=15)], READY, "answered again"),
        ([ask(), show()], {CLIP: ClipFacts("", True, 91.0, True)}, "90 seconds"),
        ([ask(), show()], {CLIP: ClipFacts("", True, 181.0, True)}, "3 minutes"),
        (
            [ask(), show()],
            {CLIP: ClipFacts("", True, 40.0, False)},
            "Step 2: its clip has no captions",
        ),
        (
            [ask(), show()],
            {CLIP: ClipFacts("", False, None, False)},
            "Step 2: its clip is not ready",
        ),
    ],
)
def test_advice(steps: list[Step], clips: dict[ClipId, ClipFacts], word: str) -> None:
    assert any(word in advice for advice in warnings(script(*steps), clips))
    assert not any(word in advice for advice in warnings(script(show(), ask()), READY))
