"""The two built pages and their assets.

Opening a link is a plain GET that changes nothing (mail scanners open them); its token is read by
the page, never by this file. Assets carry a hash in their name and may be kept forever; texts among
them are packed once and kept in memory.
"""

import asyncio
import gzip
from pathlib import Path

from aiohttp import web

from server.config import Settings
from server.errors import NotFound, Unavailable

YEAR_SECONDS = 365 * 24 * 3600
FOREVER = f"public, max-age={YEAR_SECONDS}, immutable"
HERE = Path(__file__).resolve().parent
PACKED = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
KNOWN_PLACES = (HERE / "pages", HERE.parent / "web" / "dist")


def routes(settings: Settings) -> list[web.RouteDef]:
    pages = _Pages(settings.pages or _built_pages())
    return [
        web.get("/", pages.home),
        web.get("/console", pages.recruiter),
        web.get("/console/{tail:.*}", pages.recruiter),
        web.get("/setup", pages.recruiter),
        web.get("/i/{token}", pages.candidate),
        web.get("/assets/{name}", pages.asset),
        web.get("/healthz", pages.health),
    ]


def _built_pages() -> Path:
    """In a wheel beside this file, in a checkout where Vite puts them."""
    return next((place for place in KNOWN_PLACES if place.is_dir()), KNOWN_PLACES[-1])


class _Pages:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._packed: dict[str, bytes] = {}

    async def home(self, _request: web.Request) -> web.Response:
        raise web.HTTPFound("/console")

    async def recruiter(self, _request: web.Request) -> web.StreamResponse:
        headers = {"Cache-Control": "no-cache", "Referrer-Policy": "no-referrer"}
        return self._page("recruiter.html", headers)

    async def candidate(self, _request: web.Request) -> web.StreamResponse:
        headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        headers["X-Robots-Tag"] = "noindex"
        return self._page("candidate.html", headers)

    async def asset(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        path = self._directory / "assets" / name
        if name.startswith(".") or "/" in name or "\\" in name or not path.is_file():
            raise NotFound("not_found", "There is no such file.")
        headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
        if path.suffix in PACKED:  # the system's own table of types is not the same everywhere
            headers["Content-Type"] = PACKED[path.suffix]
        if path.suffix not in PACKED or "gzip" not in request.headers.get("Accept-Encoding", ""):
            return web.FileResponse(path, headers=headers)
        if name not in self._packed:
            self._packed[name] = await asyncio.to_thread(_pack, path)
        headers["Content-Encoding"] = "gzip"
        return web.Response(body=self._packed[name], headers=headers)

    async def health(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n", headers={"Cache-Control": "no-store"})

    def _page(self, name: str, headers: dict[str, str]) -> web.StreamResponse:
        path = self._directory / name
        if not path.is_file():
            raise Unavailable("pages_not_built", "The pages are not built yet: see the README.")
        return web.FileResponse(path, headers=headers)


def _pack(path: Path) -> bytes:
    """gzip (RFC 1952), once; the assets never change while the server runs."""
    return gzip.compress(path.read_bytes(), compresslevel=9, mtime=0)
