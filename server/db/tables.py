"""Every table, in one place: the shape of what is kept. Migrations follow it; a test compares the two.

Ids are ours (`ids.py`), times are seconds since the Unix epoch (UTC) as floats, structured values
are JSON text written by pydantic. Rows below an organization carry its id, so that no query can
forget whose they are.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = String(32)
HASH = String(64)

organizations = Table(
    "organizations",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("created_at", Float, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", ID, primary_key=True),
    Column("organization_id", ID, ForeignKey("organizations.id"), nullable=False),
    Column("name", String(120), nullable=False),
    Column("email", String(254), nullable=False, unique=True),
    Column("password_hash", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("created_at", Float, nullable=False),
)

setup_tokens = Table(
    "setup_tokens",
    metadata,
    Column("token_hash", HASH, primary_key=True),
    Column("created_at", Float, nullable=False),
    Column("used_at", Float),
)

logins = Table(
    "logins",
    metadata,
    Column("id", ID, primary_key=True),
    Column("token_hash", HASH, nullable=False, unique=True),
    Column("user_id", ID, ForeignKey("users.id"), nullable=False),
    Column("device", String(200), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("last_seen_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
)

clips = Table(
    "clips",
    metadata,
    Column("id", ID, primary_key=True),
    Column("organization_id", ID, ForeignKey("organizations.id"), nullable=False),
    Column("title", String(120), nullable=False),
    Column("state", String(20), nullable=False),  # recording, preparing, ready, failed
    Column("error", Text),
    Column("source_name", String(200)),  # in the spool, until the clip is ready
    Column("duration_seconds", Float),
    Column("has_captions", Boolean, nullable=False, default=False),
    Column("created_at", Float, nullable=False),
)

interviews = Table(
    "interviews",
    metadata,
    Column("id", ID, primary_key=True),
    Column("organization_id", ID, ForeignKey("organizations.id"), nullable=False),
    Column("title", String(120), nullable=False),
    Column("position_title", String(120), nullable=False),
    Column("draft", Text, nullable=False),  # Script as JSON
    Column("created_at", Float, nullable=False),
)

script_versions = Table(
    "script_versions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("interview_id", ID, ForeignKey("interviews.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("script", Text, nullable=False),
    Column("published_at", Float, nullable=False),
    UniqueConstraint("interview_id", "version"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", ID, primary_key=True),
    Column("organization_id", ID, ForeignKey("organizations.id"), nullable=False),
    Column("interview_id", ID, ForeignKey("interviews.id"), nullable=False),
    Column("token_hash", HASH, nullable=False, unique=True),
    Column("candidate_name", String(120), nullable=False),
    Column("sender_name", String(120), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("closes_at", Float, nullable=False),
    Column("opened_at", Float),
    Column("revoked_at", Float),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("organization_id", ID, ForeignKey("organizations.id"), nullable=False),
    Column("invitation_id", ID, ForeignKey("invitations.id"), nullable=False, unique=True),
    Column("script_version_id", ID, ForeignKey("script_versions.id"), nullable=False),
    Column("state", Text, nullable=False),  # the director's State as JSON
    Column("watching_ended", Boolean, nullable=False, default=False),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("submitted_at", Float),
)

candidate_cookies = Table(
    "candidate_cookies",
    metadata,
    Column("token_hash", HASH, primary_key=True),
    Column("session_id", ID, ForeignKey("sessions.id"), nullable=False),
    Column("created_at", Float, nullable=False),
)

consents = Table(
    "consents",
    metadata,
    Column("id", ID, primary_key=True),
    Column("session_id", ID, ForeignKey("sessions.id"), nullable=False),
    Column("text_version", String(20), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("live_watching", Boolean, nullable=False),
    Column("at", Float, nullable=False),
)

takes = Table(
    "takes",
    metadata,
    Column("id", ID, primary_key=True),
    Column("session_id", ID, ForeignKey("sessions.id"), nullable=False),
    Column("step_id", ID, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("erased_at", Float),
    Column("state", String(20), nullable=False),  # answers/states.py
    Column("error", Text),
    Column("recording", Text),  # what processing made, as JSON; answers/processing.py
    Column("edl", Text),  # EDL as JSON; recorder/edl.py
    Column("attempts", Integer, nullable=False, default=0),
    Index(None, "session_id"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", ID, primary_key=True),
    Column("session_id", ID, ForeignKey("sessions.id"), nullable=False),
    Column("sender", String(20), nullable=False),  # candidate, team
    Column("sender_name", String(120), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("read_at", Float),
    Index(None, "session_id", "at"),
)
