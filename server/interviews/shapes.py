"""An interview as the console sees it."""

from pydantic import BaseModel, ConfigDict, Field

from server.interviews.script import Script


class NewInterview(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=120)
    position_title: str = Field(min_length=1, max_length=120)


class InterviewRow(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    position_title: str
    published_version: int | None
    questions: int
    segments: int
    invited: int
    started: int
    submitted: int
    created_at: float


class InterviewPage(BaseModel):
    """One interview: the draft that is being edited, and what of it is published.

    `warnings`: plain sentences about the draft ("more than 6 questions …").
    `dirty`: the draft differs from the published version.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    position_title: str
    draft: Script
    published_version: int | None
    dirty: bool
    estimate_seconds: tuple[float, float]
    warnings: list[str]


class DraftUpdate(BaseModel):
    """PUT /api/interviews/{id}/draft: the whole draft; steps in their order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=120)
    position_title: str = Field(min_length=1, max_length=120)
    draft: Script
