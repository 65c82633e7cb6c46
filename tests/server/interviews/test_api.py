"""The builder's requests."""

from typing import Any

import pytest

from tests.server.clips.making import ready_clip
from tests.server.conftest import Client
from tests.server.interviews.scripts import (
    draft,
    new_interview,
    published_interview,
    question,
    segment,
)


async def test_a_new_interview_is_an_empty_draft(owner: Client) -> None:
    interview_id = await new_interview(owner)
    page = await (await owner.get(f"/api/interviews/{interview_id}")).json()
    assert (page["title"], page["draft"]["steps"]) == ("Designers", [])
    assert (page["published_version"], page["dirty"]) == (None, True)
    rows = await (await owner.get("/api/interviews")).json()
    assert [row["id"] for row in rows] == [interview_id]


async def test_a_draft_is_saved_whole_with_ids_for_new_steps(owner: Client) -> None:
    clip_id = await ready_clip(owner)
    interview_id = await new_interview(owner)
    body = draft(segment(clip_id), question("q1"), live_watching=True)
    saved = await owner.put(f"/api/interviews/{interview_id}/draft", json=body)
    page = await saved.json()
    assert saved.status == 200
    assert [step["kind"] for step in page["draft"]["steps"]] == ["segment", "question"]
    assert page["draft"]["steps"][0]["id"].startswith("st_")
    assert page["draft"]["steps"][1]["id"] == "q1"
    assert page["draft"]["live_watching"] is True
    assert page["estimate_seconds"] == [12.5 + 70.0, 12.5 + 180.0]
    assert page["warnings"] == ["Step 1: its clip has no captions, so not everybody can follow it."]


async def test_publishing_freezes_a_version(owner: Client) -> None:
    interview_id = await published_interview(owner, question("q1"))
    page = await (await owner.get(f"/api/interviews/{interview_id}")).json()
    assert (page["published_version"], page["dirty"]) == (1, False)
    changed = draft(question("q1", text="Another question?"))
    page = await (await owner.put(f"/api/interviews/{interview_id}/draft", json=changed)).json()
    assert (page["published_version"], page["dirty"]) == (1, True)
    page = await (await owner.post(f"/api/interviews/{interview_id}/publish")).json()
    assert (page["published_version"], page["dirty"]) == (2, False)


async def test_publishing_the_same_again_makes_no_new_version(owner: Client) -> None:
    interview_id = await published_interview(owner)
    page = await (await owner.post(f"/api/interviews/{interview_id}/publish")).json()
    assert page["published_version"] == 1


async def test_an_unfinished_draft_is_not_published_and_the_text_says_why(owner: Client) -> None:
    interview_id = await new_interview(owner)
    answer = await owner.post(f"/api/interviews/{interview_id}/publish")
    body = await answer.json(content_type="application/problem+json")
    assert (answer.status, body["key"]) == (400, "not_publishable")
    assert "at least one question" in body["detail"]


async def test_a_clip_that_is_not_ready_may_be_drafted_but_not_published(owner: Client) -> None:
    clip = await owner.post("/api/clips", json={"title": "Never recorded"})
    interview_id = await new_interview(owner)
    body = draft(segment((await clip.json())["id"]), question())
    assert (await owner.put(f"/api/interviews/{interview_id}/draft", json=body)).status == 200
    refused = await owner.post(f"/api/interviews/{interview_id}/publish")
    assert refused.status == 400
    assert "clip is not ready" in (await refused.json(content_type=None))["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": "", "position_title": "x"},
        {"title": "x" * 121, "position_title": "x"},
        {"title": "x", "position_title": "x", "organization_id": "or_rival"},
        [],
        "text",
    ],
)
async def test_a_bad_new_interview_is_refused(owner: Client, body: Any) -> None:
    answer = await owner.post("/api/interviews", json=body)
    assert answer.status == 400
    assert (await answer.json(content_type=None))["key"] == "invalid_body"


@pytest.mark.parametrize(
    "steps",
    [
        "not a list",
        [{"kind": "dance"}],
        [question(answer_seconds=10**9)],
        [question(answer_seconds="long")],
        [question(takes=-1)],
        [question(text=None)],
        [segment("cl_unknown")],
        [question("same"), question("same")],
        [question("../../etc")],
        [question(f"q{n}") for n in range(51)],
        [None],
    ],
)
async def test_a_bad_draft_is_refused_and_the_old_one_stays(owner: Client, steps: Any) -> None:
    interview_id = await published_interview(owner, question("q1"))
    body = draft()
    body["draft"]["steps"] = steps
    answer = await owner.put(f"/api/interviews/{interview_id}/draft", json=body)
    assert answer.status == 400
    page = await (await owner.get(f"/api/interviews/{interview_id}")).json()
    assert [step["id"] for step in page["draft"]["steps"]] == ["q1"]


async def test_another_organization_finds_nothing(owner: Client, rival: Client) -> None:
    clip_id = await ready_clip(owner)
    interview_id = await published_interview(owner)
    path = f"/api/interviews/{interview_id}"
    assert await (await rival.get("/api/interviews")).json() == []
    assert (await rival.get(path)).status == 404
    assert (await rival.put(f"{path}/draft", json=draft(question()))).status == 404
    assert (await rival.post(f"{path}/publish")).status == 404
    own = await new_interview(rival)
    stolen = await rival.put(f"/api/interviews/{own}/draft", json=draft(segment(clip_id)))
    assert stolen.status == 400


async def test_without_a_login_nothing_is_shown(owner: Client, stranger: Client) -> None:
    interview_id = await new_interview(owner)
    for answer in (
        await stranger.get("/api/interviews"),
        await stranger.post("/api/interviews", json={"title": "x", "position_title": "y"}),
        await stranger.get(f"/api/interviews/{interview_id}"),
        await stranger.put(f"/api/interviews/{interview_id}/draft", json=draft()),
        await stranger.post(f"/api/interviews/{interview_id}/publish"),
    ):
        assert answer.status == 401
