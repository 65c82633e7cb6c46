"""What travels on the candidate's socket and what its requests answer; docs/protocol.md tells it in prose.

Typed once, here: `web/src/protocol.ts` is generated from these classes. A message has a `type`;
the server speaks first (`hello`, then `state`), and sends `state` anew after every change. Times
are seconds since the Unix epoch by the server's clock; `now` in a message lets the page correct
its own. The page never decides what comes next: it renders `state.stage` and sends wishes.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from server.interviews.script import ClipId, Script, StepId
from server.messages.shapes import Message
from server.sessions.stages import State, TakeId

CONSENT_VERSION = "2026-11"


class Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# ── server → page ────────────────────────────────────────────────────────────────────────────


class ClipView(Wire):
    """A clip as a page needs it. `url`: H264 + AAC MP4 over HTTP; `captions_url`: WebVTT."""

    id: ClipId
    title: str
    duration_seconds: float
    url: str
    poster_url: str | None
    captions_url: str | None


class Consent(Wire):
    text_version: str
    live_watching: bool
    at: float


class Hello(Wire):
    """First message on every socket: all that does not change while the page is open."""

    type: Literal["hello"]
    now: float
    session_id: str
    page_id: str
    candidate_name: str
    organization_name: str
    sender_name: str
    interview_title: str
    position_title: str
    closes_at: float | None
    script: Script
    clips: list[ClipView]
    consent: Consent | None
    conversation: list[Message]


class StateMessage(Wire):
    type: Literal["state"]
    now: float
    state: State


class Line(Wire):
    """About twice a second while connected: what reaches the server of camera and microphone."""

    type: Literal["line"]
    now: float
    audio_dbov: float | None = Field(description="level of the last 500 ms; −127 is silence")
    frames_per_second: float
    width: int | None
    height: int | None
    trouble: Literal["no_sound", "quiet", "no_picture"] | None


class Watchers(Wire):
    """Who watches live at this moment, by name; empty when nobody does."""

    type: Literal["watchers"]
    names: list[str]


class MessageAdded(Wire):
    type: Literal["message"]
    message: Message


class MessagesRead(Wire):
    """The other side has read everything up to this message."""

    type: Literal["messages_read"]
    by: Literal["candidate", "team"]
    message_id: str


class Moved(Wire):
    """The interview goes on in another window or on another device; this one is done."""

    type: Literal["moved"]


class Problem(Wire):
    """A wish that could not be met, or a message that was not understood."""

    type: Literal["error"]
    key: str
    text: str


ServerMessage = Annotated[
    Hello | StateMessage | Line | Watchers | MessageAdded | MessagesRead | Moved | Problem,
    Field(discriminator="type"),
]

# ── page → server ────────────────────────────────────────────────────────────────────────────


class GiveConsent(Wire):
    type: Literal["consent"]
    text_version: str = Field(max_length=20)
    locale: str = Field(max_length=35)
    live_watching: bool


class PassCheck(Wire):
    type: Literal["check_passed"]


class SkipSegment(Wire):
    type: Literal["skip_segment"]
    step_id: StepId


class StartAnswer(Wire):
    type: Literal["start_answer"]
    step_id: StepId


class StopAnswer(Wire):
    type: Literal["stop_answer"]
    take_id: TakeId


class ContinueAnswer(Wire):
    type: Literal["continue_answer"]
    take_id: TakeId


class RestartAnswer(Wire):
    type: Literal["restart_answer"]
    take_id: TakeId


class KeepAnswer(Wire):
    type: Literal["keep_answer"]
    take_id: TakeId


class ChooseTake(Wire):
    type: Literal["choose_take"]
    step_id: StepId
    take_id: TakeId


class Submit(Wire):
    type: Literal["submit"]


class EndWatching(Wire):
    """Nobody may watch live any more in this session; no reason asked, no consequence."""

    type: Literal["end_watching"]


class Say(Wire):
    type: Literal["say"]
    text: str = Field(min_length=1, max_length=4000)


class ReadMessages(Wire):
    """Everything up to this message has been seen."""

    type: Literal["read_messages"]
    message_id: str


PageMessage = Annotated[
    GiveConsent
    | PassCheck
    | SkipSegment
    | StartAnswer
    | StopAnswer
    | ContinueAnswer
    | RestartAnswer
    | KeepAnswer
    | ChooseTake
    | Submit
    | EndWatching
    | Say
    | ReadMessages,
    Field(discriminator="type"),
]
