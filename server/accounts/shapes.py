"""Set-up and login as the console sees them."""

from pydantic import BaseModel, ConfigDict, Field


class OwnerSetup(BaseModel):
    """POST /api/setup: makes the organization and its owner; the token works once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: str = Field(max_length=64)
    organization_name: str = Field(min_length=1, max_length=120)
    name: str = Field(min_length=1, max_length=120)
    email: str = Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
    password: str = Field(min_length=10, max_length=200)


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    email: str = Field(max_length=254)
    password: str = Field(max_length=200)


class Account(BaseModel):
    """Who is logged in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user_id: str
    name: str
    email: str
    organization_id: str
    organization_name: str


class LoginRow(BaseModel):
    """One browser in which the user is logged in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    created_at: float
    last_seen_at: float
    device: str
    current: bool
