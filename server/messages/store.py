"""The conversations: one thread for each session, between the candidate and the whole team.

Used from both sides: the console's requests and the candidate's socket say and read through the
same two methods. Rows are committed first, then the bus is told, on the topic of the session (the
candidate's page) and that of the organization (every console).

Invariants: within a session the time of a message is later than that of every earlier one, so that
"up to this message" has one meaning; reading is idempotent and never goes back.
"""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy import RowMapping, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.bus.base import Bus
from server.clock import Clock
from server.db.engine import Database
from server.db.tables import interviews, invitations, messages, sessions
from server.errors import BadInput, Conflict, NotFound
from server.ids import new_id
from server.messages.shapes import Conversation, ConversationRead, Message
from server.sessions.protocol import MessageAdded, MessagesRead

Side = Literal["candidate", "team"]

MAX_LETTERS = 4000
MAX_MESSAGES = 2000  # in one conversation; more is not a conversation
MAX_CONVERSATIONS = 1000
TICK_SECONDS = 1e-5  # well above what a float can tell apart in a time of day

OTHER_SIDE: dict[Side, Side] = {"candidate": "team", "team": "candidate"}


@dataclass(frozen=True, slots=True)
class _Notice:
    organization_id: str
    session_id: str
    to_page: BaseModel
    to_console: BaseModel


class Conversations:
    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    async def say(self, session_id: str, sender: Side, sender_name: str, text: str) -> Message:
        """Adds a message to the thread and tells both sides.

        Raises BadInput when the text is empty or longer than 4000 letters, NotFound for an unknown
        session, Conflict when the thread is full.
        """
        text = text.strip()
        if not text:
            raise BadInput("empty_message", "Please write something first.")
        if len(text) > MAX_LETTERS:
            raise BadInput("long_message", f"A message has at most {MAX_LETTERS} letters.")
        async with self._database.write() as connection:
            organization_id = await _organization_of(connection, session_id)
            row = {
                "id": new_id("ms"),
                "session_id": session_id,
                "sender": sender,
                "sender_name": sender_name,
                "text": text,
                "at": await self._next_time(connection, session_id),
                "read_at": None,
            }
            await connection.execute(messages.insert().values(row))
        message = _message(row)
        added = MessageAdded(type="message", message=message)
        await self._tell(_Notice(organization_id, session_id, added, added))
        return message

    async def mark_read(self, session_id: str, by: Side, message_id: str) -> None:
        """`by` has seen everything that the other side wrote, up to that message.

        Raises NotFound when the thread has no such message.
        """
        async with self._database.write() as connection:
            organization_id = await _organization_of(connection, session_id)
            marked = messages.c.id == message_id, messages.c.session_id == session_id
            at = await connection.scalar(select(messages.c.at).where(*marked))
            if at is None:
                raise NotFound("unknown_message", "There is no such message.")
            seen = await connection.execute(
                update(messages)
                .where(
                    messages.c.session_id == session_id,
                    messages.c.sender == OTHER_SIDE[by],
                    messages.c.at <= at,
                    messages.c.read_at.is_(None),
                )
                .values(read_at=self._clock.now())
            )
        if seen.rowcount:
            to_page = MessagesRead(type="messages_read", by=by, message_id=message_id)
            to_console = ConversationRead(
                type="messages_read", session_id=session_id, by=by, message_id=message_id
            )
            await self._tell(_Notice(organization_id, session_id, to_page, to_console))

    async def of_session(self, session_id: str) -> list[Message]:
        """The whole thread, oldest first."""
        query = select(messages).where(messages.c.session_id == session_id).order_by(messages.c.at)
        async with self._database.read() as connection:
            return [_message(row) for row in (await connection.execute(query)).mappings()]

    async def of_organization(self, organization_id: str) -> list[Conversation]:
        """Every thread in which something was said, the newest first."""
        async with self._database.read() as connection:
            rows = await connection.execute(_latest_messages(organization_id))
            return [_conversation(row) for row in rows.mappings()]

    async def require_session(self, organization_id: str, session_id: str) -> None:
        """Raises NotFound when the session is not one of that organization."""
        async with self._database.read() as connection:
            owner = await connection.scalar(
                select(sessions.c.organization_id).where(sessions.c.id == session_id)
            )
        if owner != organization_id:
            raise _unknown_session()

    async def _next_time(self, connection: AsyncConnection, session_id: str) -> float:
        query = select(func.max(messages.c.at), func.count()).where(
            messages.c.session_id == session_id
        )
        latest, count = (await connection.execute(query)).one()
        if count >= MAX_MESSAGES:
            raise Conflict("conversation_full", "This conversation has reached its end.")
        now = self._clock.now()
        return now if latest is None else max(now, float(latest) + TICK_SECONDS)

    async def _tell(self, notice: _Notice) -> None:
        page = notice.to_page.model_dump_json().encode()
        console = notice.to_console.model_dump_json().encode()
        await self._bus.publish(f"session:{notice.session_id}", page)
        await self._bus.publish(f"org:{notice.organization_id}", console)


async def _organization_of(connection: AsyncConnection, session_id: str) -> str:
    owner = await connection.scalar(
        select(sessions.c.organization_id).where(sessions.c.id == session_id)
    )
    if owner is None:
        raise _unknown_session()
    return str(owner)


def _unknown_session() -> NotFound:
    return NotFound("unknown_session", "There is no such interview session.")


def _latest_messages(organization_id: str) -> Select[Any]:
    newest = (
        select(
            messages.c.session_id,
            func.max(messages.c.at).label("at"),
            func.count()
            .filter(messages.c.sender == "candidate", messages.c.read_at.is_(None))
            .label("unread"),
        )
        .group_by(messages.c.session_id)
        .subquery()
    )
    same = (messages.c.session_id == newest.c.session_id) & (messages.c.at == newest.c.at)
    return (
        select(messages, newest.c.unread, invitations.c.candidate_name, interviews.c.title)
        .join(newest, same)
        .join(sessions, sessions.c.id == messages.c.session_id)
        .join(invitations, invitations.c.id == sessions.c.invitation_id)
        .join(interviews, interviews.c.id == invitations.c.interview_id)
        .where(sessions.c.organization_id == organization_id)
        .order_by(messages.c.at.desc())
        .limit(MAX_CONVERSATIONS)
    )


def _message(row: RowMapping | dict[str, Any]) -> Message:
    return Message(
        id=row["id"],
        session_id=row["session_id"],
        sender=row["sender"],
        sender_name=row["sender_name"],
        text=row["text"],
        at=row["at"],
        read=row["read_at"] is not None,
    )


def _conversation(row: RowMapping) -> Conversation:
    return Conversation(
        session_id=row["session_id"],
        candidate_name=row["candidate_name"],
        interview_title=row["title"],
        last=_message(row),
        unread=row["unread"],
    )
