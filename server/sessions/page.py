"""The one page that a candidate has open: what is sent to it, in order and bounded.

The newest page claims the session; the older one is told that the interview moved. A page that
does not read what it is sent is dropped: it will come back and be told everything anew.
"""

import asyncio

from pydantic import BaseModel

from server.ids import new_id
from server.sessions.protocol import Moved

MAX_WAITING = 256


class Page:
    """An open socket's outgoing side; `next_text()` is read by the socket that owns it.

    `page_id` of an earlier socket: the same page again, after its socket broke.
    """

    def __init__(self, page_id: str | None = None) -> None:
        self.id = page_id or new_id("pg")
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue(MAX_WAITING)
        self._closed = False

    def send(self, message: BaseModel) -> None:
        self.send_text(message.model_dump_json())

    def send_text(self, text: str) -> None:
        """Never blocks; a page with 256 unread messages is closed."""
        if self._closed:
            return
        if self._waiting.full():
            self.close()
            return
        self._waiting.put_nowait(text)

    def move(self, message: Moved) -> None:
        """The session goes on elsewhere: say so, then close."""
        self.send(message)
        self.close()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    async def next_text(self) -> str | None:
        """The next message, JSON; None when the page is closed."""
        return await self._waiting.get()
