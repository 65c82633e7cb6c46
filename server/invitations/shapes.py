"""An invitation as the console and the candidate's page see it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class NewInvitation(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    candidate_name: str = Field(min_length=1, max_length=120)
    days: int = Field(default=7, ge=1, le=365, description="until the link closes")


class InvitationRow(BaseModel):
    """`link` is there only in the answer that made it: the token is hashed at rest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    interview_id: str
    candidate_name: str
    state: Literal["invited", "opened", "started", "submitted", "expired", "revoked"]
    session_id: str | None
    link: str | None
    created_at: float
    closes_at: float


class OpenInvitation(BaseModel):
    """POST /api/invitations/open: the token of the link becomes a scoped cookie."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: str = Field(max_length=64)


class OpenedInvitation(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    session_id: str
