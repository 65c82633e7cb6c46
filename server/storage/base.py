"""Where finished files are kept for good: a key names an object, a file becomes one.

Keys are made by us, never by a stranger: lower-case words with `/`, `.`, `-` and `_`.
Invariant: when `put_file` has returned, the object survives a power cut.
"""

import re
from pathlib import Path
from typing import Protocol

KEY = re.compile(r"[a-z0-9_-]+(?:[./][a-z0-9_-]+)*")


class Storage(Protocol):
    async def put_file(self, key: str, path: Path) -> None:
        """Keep a copy of `path` as `key`, replacing what was there. Raises OSError, Unavailable."""
        ...

    async def local_path(self, key: str) -> Path:
        """The object as a file on this machine, for reading only. Raises NotFound."""
        ...

    async def exists(self, key: str) -> bool: ...

    async def delete_prefix(self, prefix: str) -> None:
        """Erase every object below `prefix`, which ends with `/`; idempotent."""
        ...


def check_key(key: str) -> None:
    """ValueError for what is not a key: a fault in our own code, since strangers never name keys."""
    if KEY.fullmatch(key) is None:
        raise ValueError(f"not a storage key: {key!r}")
