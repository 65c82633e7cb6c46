"""Scripts as a page sends them, and interviews made of them."""

from typing import Any

from tests.server.conftest import Client

Json = dict[str, Any]


def question(step_id: str = "", **changes: Any) -> Json:
    step = {
        "kind": "question",
        "id": step_id,
        "text": "What made a good day?",
        "clip_id": None,
        "think_seconds": None,
        "answer_seconds": 120,
        "takes": 3,
    }
    return {**step, **changes}


def segment(clip_id: str, step_id: str = "", **changes: Any) -> Json:
    step = {
        "kind": "segment",
        "id": step_id,
        "title": "The office",
        "clip_id": clip_id,
        "chapter": "office",
    }
    return {**step, **changes}


def draft(*steps: Json, **changes: Any) -> Json:
    script = {"steps": list(steps), "live_watching": False, "reply_promise": "", **changes}
    return {"title": "Designers", "position_title": "Designer", "draft": script}


async def new_interview(client: Client) -> str:
    answer = await client.post(
        "/api/interviews", json={"title": "Designers", "position_title": "Designer"}
    )
    assert answer.status == 201, await answer.text()
    return str((await answer.json())["id"])


async def published_interview(client: Client, *steps: Json) -> str:
    """The id of an interview that somebody can be invited to."""
    interview_id = await new_interview(client)
    body = draft(*(steps or (question(),)))
    saved = await client.put(f"/api/interviews/{interview_id}/draft", json=body)
    assert saved.status == 200, await saved.text()
    answer = await client.post(f"/api/interviews/{interview_id}/publish")
    assert answer.status == 200, await answer.text()
    return interview_id
