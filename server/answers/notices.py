"""Tells the consoles what changed, on the topic of the organization.

A notice carries the whole new row, so that a page that missed one is right again with the next.
"""

from server.answers.overview import Overview
from server.answers.shapes import AnswerChanged, SessionChanged
from server.answers.store import TakeStore
from server.answers.views import session_row
from server.bus.base import Bus
from server.errors import NotFound
from server.sessions.stages import Submitted, TakeId


class Notices:
    def __init__(self, overview: Overview, takes: TakeStore, bus: Bus) -> None:
        self._overview = overview
        self._takes = takes
        self._bus = bus

    async def publish_session_changed(self, session_id: str) -> None:
        """To be called after every change of a session's state; with its submit come the answers.

        Raises NotFound for an id that was never given out.
        """
        facts = await self._overview.facts(session_id)
        changed = SessionChanged(type="session", session=session_row(facts))
        topic = f"org:{facts.organization_id}"
        await self._bus.publish(topic, changed.model_dump_json().encode())
        if isinstance(facts.state.stage, Submitted):
            for answer in await self._overview.answers(session_id):
                told = AnswerChanged(type="answer", session_id=session_id, answer=answer)
                await self._bus.publish(topic, told.model_dump_json().encode())

    async def publish_answer_changed(self, take_id: TakeId) -> None:
        """Says nothing of a take that was erased, or that the candidate has not delivered."""
        try:
            record = await self._takes.load(take_id)
        except NotFound:
            return
        if record.delivered:
            answer = self._overview.view(record)
            told = AnswerChanged(type="answer", session_id=record.session_id, answer=answer)
            topic = f"org:{record.organization_id}"
            await self._bus.publish(topic, told.model_dump_json().encode())
