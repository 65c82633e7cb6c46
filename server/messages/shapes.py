"""A message as the pages see it; used on the sockets and in the REST answers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    session_id: str
    sender: Literal["candidate", "team"]
    sender_name: str
    text: str
    at: float
    read: bool = Field(description="the other side has seen it")


class NewMessage(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1, max_length=4000)


class Conversation(BaseModel):
    """One row of the console's list, newest first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    session_id: str
    candidate_name: str
    interview_title: str
    last: Message
    unread: int = Field(description="messages of the candidate that nobody in the team has seen")


class ReadUpTo(BaseModel):
    """POST /api/sessions/{id}/messages/read: the team has seen everything up to this message."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    message_id: str = Field(max_length=32)


# ── the console's socket, server → page; a new message comes as `MessageAdded` of protocol.py ──


class ConversationRead(BaseModel):
    """One side of that conversation has read everything up to this message."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["messages_read"]
    session_id: str
    by: Literal["candidate", "team"]
    message_id: str
