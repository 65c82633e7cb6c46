"""A clip as the console sees it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from server.interviews.script import ClipId


class ClipRow(BaseModel):
    """`preparing` until its renditions exist; `failed` tells why in `error`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: ClipId
    title: str
    state: Literal["recording", "preparing", "ready", "failed"]
    progress: float = Field(description="0 to 1 while preparing")
    error: str | None
    duration_seconds: float | None
    url: str | None = Field(description="H264 + AAC MP4, once ready")
    poster_url: str | None
    captions_url: str | None
    created_at: float


class NewClip(BaseModel):
    """POST /api/clips: a clip to be recorded in the browser."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=120)


# ── the console's socket, server → page ──────────────────────────────────────────────────────


class ClipChanged(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["clip"]
    clip: ClipRow
