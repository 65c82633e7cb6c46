"""Sessions with their answers, and the media of a take over HTTP with ranges (RFC 9110 §14).

Who may see a take: its candidate, by the session's cookie; and the team of its organization, once
the candidate has submitted it. Everybody else gets 404, as for a take that never was.
"""

from pathlib import Path
from typing import Literal

from aiohttp import hdrs, web

from server import http
from server.answers.overview import FindCapture, Overview
from server.answers.processing import object_prefix
from server.answers.states import TakeState
from server.answers.store import TakeStore
from server.answers.views import RENDITION_TYPE, TakeRecord
from server.errors import BadInput, Gone, NotFound, NotLoggedIn
from server.sessions.stages import TakeId
from server.storage.base import Storage

Version = Literal["capture", "rendition", "original", "best"]

MEDIA_HEADERS = {
    hdrs.CACHE_CONTROL: "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; media-src 'self'; img-src 'self'; "
    "style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def routes(
    overview: Overview, takes: TakeStore, storage: Storage, find_capture: FindCapture
) -> web.RouteTableDef:
    table = web.RouteTableDef()
    files = _Files(storage, find_capture)

    @table.get("/api/sessions")
    async def list_sessions(request: web.Request) -> web.Response:
        account = http.account(request)
        interview_id = request.query.get("interview")
        return http.json_response(await overview.sessions(account.organization_id, interview_id))

    @table.get("/api/sessions/{session_id}")
    async def open_session(request: web.Request) -> web.Response:
        account = http.account(request)
        session_id = request.match_info["session_id"]
        return http.json_response(await overview.page(account.organization_id, session_id))

    @table.get("/api/takes/{take_id}/media")
    async def media(request: web.Request) -> web.FileResponse:
        version = _version(request)
        record = await takes.load(TakeId(request.match_info["take_id"]))
        _require_allowed(request, record)
        return await files.media(record, version)

    @table.get("/api/takes/{take_id}/poster.jpg")
    async def poster(request: web.Request) -> web.FileResponse:
        record = await takes.load(TakeId(request.match_info["take_id"]))
        _require_allowed(request, record)
        return await files.poster(record)

    return table


class _Files:
    """Finds the file for a request. `FileResponse` answers ranges and conditions."""

    def __init__(self, storage: Storage, find_capture: FindCapture) -> None:
        self._storage = storage
        self._find_capture = find_capture

    async def media(self, record: TakeRecord, version: Version) -> web.FileResponse:
        """Raises NotFound while there is nothing to play, Gone for a capture that is joined."""
        kept = record.kept if record.state is TakeState.READY else None
        if kept is not None and version == "original":
            return await self._stored(record, kept.recording, kept.media_type)
        if kept is not None and version != "capture":
            return await self._stored(record, kept.rendition, RENDITION_TYPE)
        if version == "rendition":
            raise NotFound("not_ready", "This answer is still being prepared.")
        capture = self._find_capture(record.id)
        if capture is not None:
            return _file(capture.path, capture.media_type, record.id)
        if kept is not None:
            raise Gone("capture_replaced", "There is a better version now. Please reload.")
        raise NotFound("not_ready", "There is nothing to play yet.")

    async def poster(self, record: TakeRecord) -> web.FileResponse:
        if record.state is not TakeState.READY or record.kept is None or not record.kept.poster:
            raise NotFound("not_ready", "There is no picture of this answer yet.")
        return await self._stored(record, record.kept.poster, "image/jpeg")

    async def _stored(self, record: TakeRecord, name: str, media_type: str) -> web.FileResponse:
        path = await self._storage.local_path(object_prefix(record.id) + name)
        return _file(path, media_type, record.id)


def _file(path: Path, media_type: str, take_id: TakeId) -> web.FileResponse:
    name = f'inline; filename="{take_id}{path.suffix}"'
    headers = {hdrs.CONTENT_TYPE: media_type, hdrs.CONTENT_DISPOSITION: name, **MEDIA_HEADERS}
    return web.FileResponse(path, headers=headers)


def _version(request: web.Request) -> Version:
    """`?version=` pins one file, so that a player never mixes two of them."""
    match request.query.get("version"):
        case None:
            return "best"
        case "capture" | "rendition" | "original" as wanted:
            return wanted
        case _:
            raise BadInput("unknown_version", "There is no such version of a recording.")


def _require_allowed(request: web.Request, record: TakeRecord) -> None:
    try:
        account = http.account(request)
    except NotLoggedIn:
        pass
    else:
        if account.organization_id == record.organization_id and record.delivered:
            return
    try:
        http.candidate_session_id(request, record.session_id)
    except NotFound:
        raise NotFound("unknown_take", "There is no such recording.") from None
