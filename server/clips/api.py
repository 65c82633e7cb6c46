"""Clips over HTTP: the recruiter's side, and the files for whoever may see them.

A file is served to a login of the clip's organization, and to a candidate whose script shows it.
"""

import asyncio

from aiohttp import web

from media.errors import OfferRefused
from server import http
from server.clips.files import CAPTIONS, SERVED, key
from server.clips.notices import ClipNotices
from server.clips.preparing import Preparing
from server.clips.recording import ClipRecordings
from server.clips.shapes import ClipRow, NewClip
from server.clips.spool import UPLOAD, ClipSpool
from server.clips.store import Clip, ClipStore
from server.clips.uploads import Uploads
from server.errors import BadInput, NotFound, NotLoggedIn, Unsupported
from server.http.identity import candidate, logged_in
from server.http.sdp import created, read_offer, refusal
from server.ids import new_id
from server.storage.base import Storage

TITLE_LETTERS = 120
CAPTION_BYTES = 500_000
FRESH_SECONDS = 24 * 3600


class ClipsApi:
    def __init__(
        self,
        *,
        store: ClipStore,
        storage: Storage,
        spool: ClipSpool,
        uploads: Uploads,
        recordings: ClipRecordings,
        preparing: Preparing,
        notices: ClipNotices,
    ) -> None:
        self._store = store
        self._storage = storage
        self._spool = spool
        self._uploads = uploads
        self._recordings = recordings
        self._preparing = preparing
        self._notices = notices

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/clips", self.list_clips),
            web.post("/api/clips", self.create),
            web.post("/api/clips/upload", self.upload),
            web.post("/api/clips/{clip_id}/connections", self.connect),
            web.delete("/api/clips/{clip_id}/connections/{connection_id}", self.finish),
            web.put("/api/clips/{clip_id}/captions", self.caption),
            web.get("/api/clips/{clip_id}/{name}", self.serve),
        ]

    async def list_clips(self, request: web.Request) -> web.Response:
        clips = await self._store.all(http.account(request).organization_id)
        return http.json_response([self._row(clip) for clip in clips])

    async def create(self, request: web.Request) -> web.Response:
        organization_id = http.account(request).organization_id
        new = await http.read_json(request, NewClip)
        await self._store.forget_unrecorded()
        clip = await self._store.create(organization_id, new.title, state="recording")
        return self._answer(clip, status=201)

    async def upload(self, request: web.Request) -> web.Response:
        organization_id = http.account(request).organization_id
        title = request.query.get("title", "").strip()
        if not 1 <= len(title) <= TITLE_LETTERS:
            raise BadInput(
                "invalid_title", f"A clip needs a title of 1 to {TITLE_LETTERS} letters."
            )
        clip_id = new_id("cl")
        path = await asyncio.to_thread(self._spool.upload, clip_id)
        try:
            await self._uploads.receive(request, path)
            clip = await self._store.create(
                organization_id, title, state="preparing", source=UPLOAD, clip_id=clip_id
            )
        except BaseException:
            await asyncio.to_thread(self._spool.drop, clip_id)
            raise
        await self._preparing.submit(clip)
        return self._answer(clip, status=201)

    async def connect(self, request: web.Request) -> web.Response:
        clip = await self._own(request)
        sdp_offer = await read_offer(request)
        try:
            connection_id, sdp_answer = await self._recordings.connect(clip, sdp_offer)
        except OfferRefused as refused:
            raise refusal(refused) from None
        return created(sdp_answer, f"/api/clips/{clip.id}/connections/{connection_id}")

    async def finish(self, request: web.Request) -> web.Response:
        clip = await self._own(request)
        return self._answer(
            await self._recordings.finish(clip, request.match_info["connection_id"])
        )

    async def caption(self, request: web.Request) -> web.Response:
        clip = await self._own(request)
        if request.content_type != "text/vtt":
            raise Unsupported("not_captions", "Send captions as text/vtt.")
        text = await http.read_bytes(request, CAPTION_BYTES)
        _check_captions(text)
        path = await asyncio.to_thread(self._spool.keep_captions, clip.id, text)
        try:
            await self._storage.put_file(key(clip.id, CAPTIONS), path)
        finally:
            await asyncio.to_thread(path.unlink)
        clip = await self._store.captioned(clip.id)
        await self._notices.publish(clip, self._preparing.progress(clip.id))
        return self._answer(clip)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in SERVED:
            raise NotFound("not_found", "There is no such file.")
        clip = await self._visible(request)
        if clip.state != "ready" and name != CAPTIONS:
            raise NotFound("clip_not_ready", "This clip is not ready yet.")
        file = await self._storage.local_path(key(clip.id, name))
        kept = "no-cache" if name == CAPTIONS else f"max-age={FRESH_SECONDS}"
        headers = {
            "Content-Type": SERVED[name],
            "Cache-Control": f"private, {kept}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        return web.FileResponse(file, headers=headers)

    async def _own(self, request: web.Request) -> Clip:
        organization_id = http.account(request).organization_id
        return await self._store.load(organization_id, request.match_info["clip_id"])

    async def _visible(self, request: web.Request) -> Clip:
        """Raises NotLoggedIn for strangers, NotFound when it is not theirs to see."""
        clip_id = request.match_info["clip_id"]
        session_id = candidate(request)
        account = logged_in(request)
        if account is None and session_id is None:
            raise NotLoggedIn("not_logged_in", "Please log in.")
        if account is not None:
            try:
                return await self._store.load(account.organization_id, clip_id)
            except NotFound:
                if session_id is None:
                    raise
        assert session_id is not None
        return await self._store.load_for_session(session_id, clip_id)

    def _row(self, clip: Clip) -> ClipRow:
        return clip.row(self._preparing.progress(clip.id))

    def _answer(self, clip: Clip, *, status: int = 200) -> web.Response:
        return http.json_response(self._row(clip), status=status)


def _check_captions(text: bytes) -> None:
    """WebVTT begins with its name (W3C WebVTT 4.1). Raises BadInput."""
    try:
        first = text.decode("utf-8-sig").split("\n", 1)[0].rstrip("\r")
    except UnicodeDecodeError:
        raise BadInput("not_captions", "Captions are UTF-8 text.") from None
    if first != "WEBVTT" and not first.startswith(("WEBVTT ", "WEBVTT\t")):
        raise BadInput("not_captions", "This is not WebVTT: its first line must be WEBVTT.")
