"""Identifiers and bearer tokens: lower-case base32, so that no letter case can go wrong.

An id is a two-letter prefix and 100 random bits (`tk_…` a take, `se_…` a session); a token is
130 random bits, kept only as its SHA-256.
"""

import hashlib
import secrets

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # base32 without l, o, 0 and 1
ID_LENGTH = 20
TOKEN_LENGTH = 26


def new_id(prefix: str) -> str:
    """`prefix_` followed by 100 random bits."""
    return f"{prefix}_{_letters(ID_LENGTH)}"


def new_token() -> str:
    """130 random bits, for a link or a cookie."""
    return _letters(TOKEN_LENGTH)


def token_hash(token: str) -> str:
    """What is stored of a token: SHA-256, 64 hex digits. Tokens are random, so no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def _letters(count: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(count))
