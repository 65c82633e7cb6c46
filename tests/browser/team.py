"""The recruiter's side over HTTP: what a journey needs before its first page opens.

It is a client of docs/protocol.md like any other; a refusal fails the test with the server's words.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.browser.serving import Server

EMAIL, PASSWORD = "ada@fernhill.example", "a long enough password"
CLIP_READY_SECONDS = 60.0
ANSWERS_READY_SECONDS = 90.0


class Team:
    def __init__(self, server: Server, client: aiohttp.ClientSession) -> None:
        self._server = server
        self._client = client

    async def ask(self, method: str, path: str, **content: Any) -> Any:
        headers = {"Origin": self._server.url}
        async with self._client.request(
            method, self._server.url + path, headers=headers, **content
        ) as response:
            assert response.ok, f"{method} {path}: {response.status} {await response.text()}"
            return await response.json() if response.content_type == "application/json" else None

    async def set_up(self) -> None:
        """The owner's one-time set-up, with the token of the printed link."""
        owner = {"organization_name": "Fernhill", "name": "Ada", "email": EMAIL}
        token = await self._server.printed(r"/setup\S*?token=(\w+)")
        await self.ask("POST", "/api/setup", json={**owner, "token": token, "password": PASSWORD})

    async def add_clip(self, file: Path, title: str) -> str:
        """Uploads it and waits until it can be played."""
        with file.open("rb") as content:
            clip = await self.ask("POST", f"/api/clips/upload?title={title}", data=content)
        async with asyncio.timeout(CLIP_READY_SECONDS):
            while clip["state"] != "ready":
                assert clip["state"] != "failed", clip["error"]
                await asyncio.sleep(0.2)
                clips = await self.ask("GET", "/api/clips")
                clip = next(row for row in clips if row["id"] == clip["id"])
        return str(clip["id"])

    async def publish(self, steps: list[dict[str, Any]], *, live_watching: bool = True) -> str:
        """An interview with these steps; its id."""
        titles = {"title": "First conversation", "position_title": "Gardener"}
        page = await self.ask("POST", "/api/interviews", json=titles)
        draft = {"steps": steps, "live_watching": live_watching, "reply_promise": "Within a day."}
        path = f"/api/interviews/{page['id']}"
        await self.ask("PUT", f"{path}/draft", json={**titles, "draft": draft})
        await self.ask("POST", f"{path}/publish")
        return str(page["id"])

    async def invite(self, interview_id: str, name: str = "Bo Larsen") -> str:
        """The candidate's link."""
        path = f"/api/interviews/{interview_id}/invitations"
        row = await self.ask("POST", path, json={"candidate_name": name})
        return str(row["link"])

    async def ready_answers(self, session_id: str) -> list[dict[str, Any]]:
        """All answers of a session, once everything is made of them."""
        async with asyncio.timeout(ANSWERS_READY_SECONDS):
            while True:
                page = await self.ask("GET", f"/api/sessions/{session_id}")
                answers: list[dict[str, Any]] = page["answers"]
                states = {answer["state"] for answer in answers}
                assert "failed" not in states, answers
                if states == {"ready"}:
                    return answers
                await asyncio.sleep(0.2)

    async def download(self, path: str, file: Path) -> Path:
        async with self._client.get(self._server.url + path) as response:
            assert response.ok, f"{path}: {response.status}"
            file.write_bytes(await response.read())
        return file


@asynccontextmanager
async def team_of(server: Server) -> AsyncIterator[Team]:
    """Logged in as the owner, who is set up first."""
    jar = aiohttp.CookieJar(unsafe=True)  # the host is an address
    async with aiohttp.ClientSession(cookie_jar=jar) as client:
        team = Team(server, client)
        await team.set_up()
        yield team


def question(text: str, **terms: Any) -> dict[str, Any]:
    base = {"id": "", "text": text, "clip_id": None, "think_seconds": None, "answer_seconds": 60}
    return {**base, "takes": 3, "kind": "question", **terms}


def segment(title: str, clip_id: str) -> dict[str, Any]:
    return {"id": "", "title": title, "clip_id": clip_id, "chapter": "other", "kind": "segment"}
