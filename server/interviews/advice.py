"""What is wrong with a script, and what could be better: plain sentences for its author. Pure.

Three degrees: a draft may be unfinished but never out of bounds (`check_draft`), what is published
must be complete (`check_publishable`), and `warnings` only advise.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from server.errors import BadInput
from server.ids import new_id
from server.interviews.estimate import (
    Clips,
    clip_ids,
    clip_seconds,
    estimate_seconds,
    segment_seconds,
)
from server.interviews.script import (
    MAX_STEPS,
    THINK_SECONDS,
    Question,
    Script,
    Segment,
    Step,
    StepId,
)

STEP_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
TEXT_LETTERS = 2000
TITLE_LETTERS = 120
PROMISE_LETTERS = 500
ANSWER_SECONDS = (15, 600)
MOST_TAKES = 10

ADVISED_MINUTES = 15
ADVISED_QUESTIONS = 6
ADVISED_SEGMENT_SECONDS = 90
LONG_SEGMENT_SECONDS = 180


def with_step_ids(script: Script) -> Script:
    """New steps come without an id; each gets one."""
    steps = tuple(
        step if step.id else replace(step, id=StepId(new_id("st"))) for step in script.steps
    )
    return replace(script, steps=steps)


def check_draft(script: Script, clips: Clips) -> None:
    """Raises BadInput `bad_script` for what no script may have. `clips`: those it may use."""
    if len(script.steps) > MAX_STEPS:
        raise _bad(f"An interview has at most {MAX_STEPS} steps.")
    ids = [step.id for step in script.steps]
    if len(set(ids)) < len(ids) or not all(STEP_ID.fullmatch(step_id) for step_id in ids):
        raise _bad("Every step needs an id of its own.")
    if len(script.reply_promise) > PROMISE_LETTERS:
        raise _bad(f"The closing words have at most {PROMISE_LETTERS} letters.")
    if not set(clip_ids(script)) <= clips.keys():
        raise _bad("A step uses a clip that does not exist.")
    for number, step in enumerate(script.steps, start=1):
        _check_step(number, step)


def check_publishable(script: Script, clips: Clips) -> None:
    """Raises BadInput `not_publishable` with the first thing that is missing."""
    check_draft(script, clips)
    if not script.questions():
        raise _unfinished("Add at least one question before you publish.")
    for number, step in enumerate(script.steps, start=1):
        if isinstance(step, Question) and not step.text.strip():
            raise _unfinished(f"Step {number}: the question has no text yet.")
        if isinstance(step, Segment) and not step.clip_id:
            raise _unfinished(f"Step {number}: the segment has no clip yet.")
        if step.clip_id and not clips[step.clip_id].ready:
            raise _unfinished(f"Step {number}: its clip is not ready yet.")


def warnings(script: Script, clips: Clips) -> list[str]:
    """Advice, most important first; empty when all is well."""
    return [*_about_the_whole(script, clips), *_about_steps(script, clips)]


def _about_the_whole(script: Script, clips: Clips) -> Iterator[str]:
    _, longest = estimate_seconds(script, clips)
    if longest > ADVISED_MINUTES * 60:
        yield (
            f"This may take {longest / 60:.0f} minutes. Above {ADVISED_MINUTES} minutes many people "
            "put it off."
        )
    questions = script.questions()
    if len(questions) > ADVISED_QUESTIONS:
        yield f"{len(questions)} questions are many; up to {ADVISED_QUESTIONS} are usually answered."
    watching = clip_seconds(script, clips)
    answering = sum(question.answer_seconds for question in questions)
    if questions and watching > answering:
        yield "The clips are longer than all answers together."


def _about_steps(script: Script, clips: Clips) -> Iterator[str]:
    for number, step in enumerate(script.steps, start=1):
        facts = clips.get(step.clip_id) if step.clip_id else None
        if facts is not None and not facts.ready:
            yield f"Step {number}: its clip is not ready yet."
        elif facts is not None and not facts.has_captions:
            yield f"Step {number}: its clip has no captions, so not everybody can follow it."
        if isinstance(step, Segment):
            yield from _about_segment(number, segment_seconds(step, clips))
        elif step.think_seconds is not None and step.takes != 1:
            yield (
                f"Step {number}: limited thinking time means little when the question can be "
                "answered again."
            )


def _about_segment(number: int, seconds: float) -> Iterator[str]:
    if seconds > LONG_SEGMENT_SECONDS:
        yield f"Step {number}: the segment is longer than {LONG_SEGMENT_SECONDS // 60} minutes."
    elif seconds > ADVISED_SEGMENT_SECONDS:
        yield f"Step {number}: the segment is longer than {ADVISED_SEGMENT_SECONDS} seconds."


def _check_step(number: int, step: Step) -> None:
    if isinstance(step, Segment):
        if len(step.title) > TITLE_LETTERS:
            raise _bad(f"Step {number}: the title has at most {TITLE_LETTERS} letters.")
        return
    if len(step.text) > TEXT_LETTERS:
        raise _bad(f"Step {number}: a question has at most {TEXT_LETTERS} letters.")
    shortest, longest = ANSWER_SECONDS
    if not shortest <= step.answer_seconds <= longest:
        raise _bad(f"Step {number}: an answer takes {shortest} to {longest} seconds.")
    if step.think_seconds is not None and step.think_seconds not in THINK_SECONDS:
        raise _bad(f"Step {number}: thinking time is unlimited or one of {THINK_SECONDS} seconds.")
    if step.takes is not None and not 1 <= step.takes <= MOST_TAKES:
        raise _bad(f"Step {number}: 1 to {MOST_TAKES} takes, or unlimited.")


def _bad(text: str) -> BadInput:
    return BadInput("bad_script", text)


def _unfinished(text: str) -> BadInput:
    return BadInput("not_publishable", text)
