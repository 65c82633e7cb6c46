"""The builder's requests: list, make, edit and publish interviews. All need a login."""

from aiohttp import web

from server.clips.store import ClipStore
from server.http import account, json_response, read_json
from server.interviews.advice import check_draft, check_publishable, warnings, with_step_ids
from server.interviews.estimate import Clips, clip_ids, estimate_seconds
from server.interviews.script import Script
from server.interviews.shapes import DraftUpdate, InterviewPage, NewInterview
from server.interviews.store import Interview, InterviewStore


def routes(store: InterviewStore, clips: ClipStore) -> list[web.RouteDef]:
    api = _Api(store, clips)
    return [
        web.get("/api/interviews", api.list_interviews),
        web.post("/api/interviews", api.create),
        web.get("/api/interviews/{interview_id}", api.show),
        web.put("/api/interviews/{interview_id}/draft", api.save_draft),
        web.post("/api/interviews/{interview_id}/publish", api.publish),
    ]


class _Api:
    def __init__(self, store: InterviewStore, clips: ClipStore) -> None:
        self._store = store
        self._clips = clips

    async def list_interviews(self, request: web.Request) -> web.Response:
        return json_response(await self._store.rows(account(request).organization_id))

    async def create(self, request: web.Request) -> web.Response:
        organization_id = account(request).organization_id
        new = await read_json(request, NewInterview)
        interview_id = await self._store.create(
            organization_id=organization_id, title=new.title, position_title=new.position_title
        )
        return await self._page(organization_id, interview_id, status=201)

    async def show(self, request: web.Request) -> web.Response:
        return await self._page(
            account(request).organization_id, request.match_info["interview_id"]
        )

    async def save_draft(self, request: web.Request) -> web.Response:
        organization_id = account(request).organization_id
        interview_id = request.match_info["interview_id"]
        body = await read_json(request, DraftUpdate)
        draft = with_step_ids(body.draft)
        check_draft(draft, await self._facts(organization_id, draft))
        await self._store.save_draft(
            organization_id,
            interview_id,
            title=body.title,
            position_title=body.position_title,
            draft=draft,
        )
        return await self._page(organization_id, interview_id)

    async def publish(self, request: web.Request) -> web.Response:
        organization_id = account(request).organization_id
        interview_id = request.match_info["interview_id"]
        draft = (await self._store.load(organization_id, interview_id)).draft
        check_publishable(draft, await self._facts(organization_id, draft))
        await self._store.publish(organization_id, interview_id, draft)
        return await self._page(organization_id, interview_id)

    async def _page(
        self, organization_id: str, interview_id: str, *, status: int = 200
    ) -> web.Response:
        interview = await self._store.load(organization_id, interview_id)
        clips = await self._facts(organization_id, interview.draft)
        return json_response(page(interview, clips), status=status)

    async def _facts(self, organization_id: str, script: Script) -> Clips:
        return await self._clips.facts(organization_id, clip_ids(script))


def page(interview: Interview, clips: Clips) -> InterviewPage:
    published = interview.published
    return InterviewPage(
        id=interview.id,
        title=interview.title,
        position_title=interview.position_title,
        draft=interview.draft,
        published_version=published.version if published else None,
        dirty=published is None or published.script != interview.draft,
        estimate_seconds=estimate_seconds(interview.draft, clips),
        warnings=warnings(interview.draft, clips),
    )
