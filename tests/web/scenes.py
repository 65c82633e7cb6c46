"""Every screen of the candidate as a thing that the server says. Used to look and to test."""

import time
from collections.abc import Callable
from typing import Literal

from server.interviews.script import StepId
from server.messages.shapes import Message
from server.sessions.protocol import Line, MessageAdded, Watchers
from server.sessions.stages import (
    Answer,
    Choosing,
    CountingDown,
    Interrupted,
    Playing,
    Recording,
    Reviewing,
    Saving,
    Submitted,
    Take,
    TakeId,
    Thinking,
)
from tests.web.interview import TAKES, Interview

WELCOME, ONE, TWO = StepId("st_1"), StepId("st_2"), StepId("st_4")
ANSWERS = (Answer(ONE, TakeId("tk_2")), Answer(TWO, TakeId("tk_3")))
CUT = Take(TakeId("tk_9"), ONE, (48.0,))

Scene = Callable[[Interview], None]


def line(audio_dbov: float = -24.0, frames_per_second: float = 30.0) -> Line:
    return Line(
        type="line",
        now=time.time(),
        audio_dbov=audio_dbov,
        frames_per_second=frames_per_second,
        width=1280,
        height=720,
        trouble=None,
    )


def message(number: int, sender: Literal["candidate", "team"], text: str) -> MessageAdded:
    name = "Mia Jansen" if sender == "candidate" else "Jonas Weber"
    at = time.time() - 300 + number
    entry = Message(
        id=f"me_{number}",
        session_id="se_1",
        sender=sender,
        sender_name=name,
        text=text,
        at=at,
        read=False,
    )
    return MessageAdded(type="message", message=entry)


def recording(interview: Interview, left: float, watcher: str | None = None) -> None:
    """A take that has run for ten seconds and has `left` seconds to its limit."""
    now = time.time()
    take = TakeId(f"tk_{left}")
    stage = Recording(ONE, take, 1, now - 10, now + left, now + left + 10)
    interview.show(stage, takes=(Take(take, ONE, open_part=1),))
    interview.say(Watchers(type="watchers", names=[watcher] if watcher else []))


SCENES: dict[str, Scene] = {
    "playing": lambda i: i.show(Playing(WELCOME)),
    "thinking": lambda i: i.show(Thinking(ONE, time.time())),
    "thinking_limited": lambda i: i.show(
        Thinking(TWO, time.time(), time.time() + 42), takes=TAKES[:2], answers=ANSWERS[:1]
    ),
    "counting_down": lambda i: i.show(CountingDown(ONE, TakeId("tk_1"), 1, time.time() + 2.8)),
    "recording": lambda i: recording(i, 102, "Jonas Weber"),
    "recording_soon": lambda i: recording(i, 24),
    "recording_over": lambda i: recording(i, -3),
    "saving": lambda i: i.show(Saving(ONE, TakeId("tk_1"))),
    "interrupted": lambda i: i.show(Interrupted(ONE, CUT.id), takes=(CUT,)),
    "choosing": lambda i: i.show(Choosing(ONE), takes=TAKES[:2]),
    "reviewing": lambda i: i.show(Reviewing(), takes=TAKES, answers=ANSWERS),
    "submitted": lambda i: i.show(Submitted(time.time()), takes=TAKES, answers=ANSWERS),
}
