"""Inviting (a login is needed), and opening a link (nothing is needed but the link).

All wrong links look alike and are limited per address; a right one is never single-use, so that a
mail scanner, a second device or a lost cookie does no harm.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from server.clips.store import ClipStore
from server.errors import NotFound, Unavailable
from server.http import account, client_address, json_response, read_json
from server.http.identity import CANDIDATE, CANDIDATE_DAYS, candidate, set_cookie
from server.interviews.script import Script
from server.invitations.shapes import NewInvitation, OpenedInvitation, OpenInvitation
from server.invitations.store import InvitationStore
from server.limits import Allowance, Limits

WRONG_LINKS = Allowance("wrong-link", times=20, minutes=10)
OPENINGS = Allowance("open-link", times=120, minutes=1)
PREPARING_SECONDS = 5

SessionChanged = Callable[[str], Awaitable[None]]


class InvitationsApi:
    """`opened` and `revoked` are awaited with the session's id after it began or lost its right."""

    def __init__(
        self,
        *,
        store: InvitationStore,
        clips: ClipStore,
        limits: Limits,
        public_url: str | None,
        opened: SessionChanged,
        revoked: SessionChanged,
    ) -> None:
        self._store = store
        self._clips = clips
        self._limits = limits
        self._public_url = public_url
        self._opened = opened
        self._revoked = revoked

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/interviews/{interview_id}/invitations", self.list_invitations),
            web.post("/api/interviews/{interview_id}/invitations", self.invite),
            web.post("/api/invitations/{invitation_id}/revoke", self.revoke),
            web.post("/api/invitations/open", self.open),
        ]

    async def list_invitations(self, request: web.Request) -> web.Response:
        organization_id = account(request).organization_id
        rows = await self._store.rows(organization_id, request.match_info["interview_id"])
        return json_response(rows)

    async def invite(self, request: web.Request) -> web.Response:
        recruiter = account(request)
        new = await read_json(request, NewInvitation)
        made = await self._store.create(
            organization_id=recruiter.organization_id,
            interview_id=request.match_info["interview_id"],
            candidate_name=new.candidate_name,
            sender_name=recruiter.name,
            days=new.days,
        )
        row = await self._store.row(recruiter.organization_id, made.id)
        link = f"{self._public_url or request.url.origin()}/i/{made.token}"
        return json_response(row.model_copy(update={"link": link}), status=201)

    async def revoke(self, request: web.Request) -> web.Response:
        organization_id = account(request).organization_id
        invitation_id = request.match_info["invitation_id"]
        ended = await self._store.revoke(organization_id, invitation_id)
        if ended.session_id is not None:
            await self._revoked(ended.session_id)
        return json_response(await self._store.row(organization_id, invitation_id))

    async def open(self, request: web.Request) -> web.Response:
        address = client_address(request)
        self._limits.spend(OPENINGS, address)
        self._limits.check(WRONG_LINKS, address)
        token = (await read_json(request, OpenInvitation)).token
        try:
            script = await self._store.check_token(token)
        except NotFound:
            self._limits.spend(WRONG_LINKS, address)
            raise
        await self._require_ready(script)
        opened = await self._store.open(token, known_session_id=candidate(request))
        if opened.first_time:
            await self._opened(opened.session_id)
        response = json_response(OpenedInvitation(session_id=opened.session_id))
        if opened.cookie is not None:
            set_cookie(request, response, CANDIDATE, opened.cookie, CANDIDATE_DAYS)
        return response

    async def _require_ready(self, script: Script) -> None:
        """The sample's clips are still being made for a while after the first start."""
        clips = await self._clips.of_script(script)
        if any(clip.state == "failed" for clip in clips):
            text = "A clip of this interview cannot be shown. Please tell who invited you."
            raise Unavailable("clips_failed", text)
        if any(clip.state != "ready" for clip in clips):
            raise Unavailable(
                "clips_preparing",
                "The clips of this interview are still being prepared. Please wait a moment.",
                retry_seconds=PREPARING_SECONDS,
            )
