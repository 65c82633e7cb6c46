"""What a page wishes, carried to the session: director's events, consent, messages.

One message in, at most one thing done. A message that is not understood, or a wish that the stage
does not allow, is an InterludeError whose text the page shows.
"""

from pydantic import TypeAdapter, ValidationError

from server.clock import Clock
from server.errors import BadInput
from server.ids import new_id
from server.messages.store import Conversations
from server.sessions.protocol import (
    CONSENT_VERSION,
    ChooseTake,
    ContinueAnswer,
    EndWatching,
    GiveConsent,
    KeepAnswer,
    PageMessage,
    PassCheck,
    ReadMessages,
    RestartAnswer,
    Say,
    SkipSegment,
    StartAnswer,
    StopAnswer,
    Submit,
)
from server.sessions.session import Session
from server.sessions.stages import (
    AnswerContinued,
    AnswerKept,
    AnswerRestarted,
    AnswerStarted,
    AnswerStopped,
    CheckPassed,
    Consented,
    Event,
    SegmentSkipped,
    SubmitRequested,
    TakeChosen,
    TakeId,
)
from server.sessions.store import SessionStore

MESSAGE: TypeAdapter[PageMessage] = TypeAdapter(PageMessage)


def parse(text: str | bytes) -> PageMessage:
    """Raises BadInput `invalid_message`; nothing of what was sent is repeated in the text."""
    try:
        return MESSAGE.validate_json(text)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "message"
        what = error.errors(include_input=False, include_url=False)[0]["type"]
        raise BadInput("invalid_message", f"Message not understood: {where}: {what}.") from None


class Wishes:
    def __init__(self, store: SessionStore, conversations: Conversations, clock: Clock) -> None:
        self._store = store
        self._conversations = conversations
        self._clock = clock

    async def grant(self, session: Session, wish: PageMessage) -> None:
        """Raises InterludeError when it cannot be."""
        session_id = session.record.id
        match wish:
            case GiveConsent():
                await self._consent(session, wish)
            case EndWatching():
                await self._store.end_watching(session_id)
                session.set_watching_ended()
                await session.stage_hand.watching.end()
            case Say(text=text):
                name = session.record.candidate_name
                await self._conversations.say(session_id, "candidate", name, text)
            case ReadMessages(message_id=message_id):
                await self._conversations.mark_read(session_id, "candidate", message_id)
            case _:
                await session.tell(_event(wish, self._clock.now()))

    async def _consent(self, session: Session, wish: GiveConsent) -> None:
        if wish.text_version != CONSENT_VERSION:
            raise BadInput("old_consent", "The consent text has changed. Please reload the page.")
        session.set_consent(await self._store.save_consent(session.record.id, wish))
        await session.tell(Consented(self._clock.now()))


def _event(wish: PageMessage, now: float) -> Event:
    match wish:
        case PassCheck():
            return CheckPassed(now)
        case SkipSegment(step_id=step_id):
            return SegmentSkipped(now, step_id)
        case StartAnswer(step_id=step_id):
            return AnswerStarted(now, step_id, TakeId(new_id("tk")))
        case StopAnswer(take_id=take_id):
            return AnswerStopped(now, take_id)
        case ContinueAnswer(take_id=take_id):
            return AnswerContinued(now, take_id)
        case RestartAnswer(take_id=take_id):
            return AnswerRestarted(now, take_id, TakeId(new_id("tk")))
        case KeepAnswer(take_id=take_id):
            return AnswerKept(now, take_id)
        case ChooseTake(step_id=step_id, take_id=take_id):
            return TakeChosen(now, step_id, take_id)
        case Submit():
            return SubmitRequested(now)
        case _:
            raise BadInput("invalid_message", "This message cannot be sent here.")
