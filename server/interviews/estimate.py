"""How long an interview takes a candidate, honestly, as a range. Pure.

Low: every clip once, short thinking, half of each answer's limit. High: every clip once, thinking
to its limit (a minute where there is none), every answer to its limit. One take per question.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from server.interviews.script import ClipId, Question, Script, Segment

SHORT_THINKING_SECONDS = 10.0
USUAL_THINKING_SECONDS = 60.0
SHORT_ANSWER = 0.5


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What an author must know of a clip. `duration_seconds` is None until it is ready."""

    title: str
    ready: bool
    duration_seconds: float | None
    has_captions: bool


Clips = Mapping[ClipId, ClipFacts]


def estimate_seconds(script: Script, clips: Clips) -> tuple[float, float]:
    """(low, high) in seconds; clips that are not ready count as nothing."""
    watching = clip_seconds(script, clips)
    questions = script.questions()
    low = sum(
        min(SHORT_THINKING_SECONDS, _thinking(question)) + SHORT_ANSWER * question.answer_seconds
        for question in questions
    )
    high = sum(_thinking(question) + question.answer_seconds for question in questions)
    return watching + low, watching + high


def clip_seconds(script: Script, clips: Clips) -> float:
    """All clips of the script, played once."""
    return sum(_duration(clip_id, clips) for clip_id in clip_ids(script))


def clip_ids(script: Script) -> list[ClipId]:
    """The clips of segments and questions, in order; empty ids (not chosen yet) left out."""
    return [step.clip_id for step in script.steps if step.clip_id]


def segment_seconds(segment: Segment, clips: Clips) -> float:
    return _duration(segment.clip_id, clips)


def _thinking(question: Question) -> float:
    return float(question.think_seconds or USUAL_THINKING_SECONDS)


def _duration(clip_id: ClipId, clips: Clips) -> float:
    facts = clips.get(clip_id)
    return (facts.duration_seconds or 0.0) if facts is not None else 0.0
