"""Everything that answers need, small enough for a test: two organizations, disk, bus, fake recorder."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from recorder.spool import Spool
from server.answers.capture import find_capture
from server.answers.notices import Notices
from server.answers.overview import Overview
from server.answers.processing import Processing
from server.answers.shapes import AnswerView
from server.answers.store import TakeStore
from server.bus.local import LocalBus
from server.db.engine import Database
from server.sessions.stages import TakeId
from server.storage.base import Storage
from server.storage.disk import DiskStorage
from tests.server.answers.recorder import FakeRecorder
from tests.server.fakes import FakeClock

OWN, OTHER = "or_own", "or_other"


class House:
    """One server's worth of answers; `processing()` is a new process of it."""

    def __init__(self, folder: Path, database: Database, clock: FakeClock) -> None:
        self.database = database
        self.clock = clock
        self.objects = folder / "objects"
        self.storage: Storage = DiskStorage(self.objects)
        self.spool = Spool(folder / "spool")
        self.bus = LocalBus()
        self.takes = TakeStore(database, clock)
        self.find_capture = partial(find_capture, self.spool)
        self.overview = Overview(database, self.takes, self.find_capture)
        self.notices = Notices(self.overview, self.takes, self.bus)
        self.recorder = FakeRecorder()

    def new_processing(self) -> Processing:
        return Processing(
            takes=self.takes,
            notices=self.notices,
            storage=self.storage,
            spool=self.spool,
            clock=self.clock,
            run_task=self.recorder,
        )

    @asynccontextmanager
    async def processing(self) -> AsyncIterator[Processing]:
        """From start to close."""
        processing = self.new_processing()
        await processing.start()
        try:
            yield processing
        finally:
            await processing.close()

    @asynccontextmanager
    async def notices_of(self, organization_id: str = OWN) -> AsyncIterator["Heard"]:
        async with self.bus.subscribe(f"org:{organization_id}") as notices:
            yield Heard(notices)

    def object_names(self, take_id: TakeId) -> list[str]:
        return sorted(file.name for file in (self.objects / "takes" / take_id).glob("*"))


class Heard:
    """The notices of one organization, as a console gets them."""

    def __init__(self, notices: AsyncIterator[bytes]) -> None:
        self._notices = notices

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(60):
            told: dict[str, Any] = json.loads(await anext(self._notices))
        return told

    async def answer(self, take_id: TakeId, state: str) -> AnswerView:
        """Waits until that answer is told to be in that state."""
        while True:
            told = await self.next()
            if told["type"] == "answer":
                answer = AnswerView.model_validate(told["answer"])
                if (answer.take_id, answer.state) == (take_id, state):
                    return answer
