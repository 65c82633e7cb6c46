"""What protects the pages: the Origin of unsafe requests and sockets, and the security headers.

Invariants: a page of another site can neither change anything nor open a socket with our cookies;
no script runs that we did not serve; nothing is loaded from a third party.
"""

from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from server.errors import Forbidden

SAFE_METHODS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
SECURE: web.AppKey[bool] = web.AppKey("secure", bool)
ORIGIN: web.AppKey[str] = web.AppKey("origin", str)
HSTS_SECONDS = 365 * 24 * 3600

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), microphone=(self), autoplay=(self), fullscreen=(self), "
        "display-capture=(), geolocation=(), payment=(), usb=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


async def set_headers(request: web.Request, response: web.StreamResponse) -> None:
    """`on_response_prepare`: what a handler has set for itself stays."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.app[SECURE]:
        response.headers.setdefault(
            "Strict-Transport-Security", f"max-age={HSTS_SECONDS}; includeSubDomains"
        )
    response.headers.pop(hdrs.SERVER, None)


@web.middleware
async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another site's page makes a browser send. Programs send no Origin and pass."""
    is_socket = request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"
    if (request.method not in SAFE_METHODS or is_socket) and not _is_own_page(request):
        raise Forbidden("foreign_origin", "This request came from a page of another site.")
    return await handler(request)


def _is_own_page(request: web.Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        return True
    if origin == request.app[ORIGIN]:
        return True
    parts = urlsplit(origin)
    expected = ("https",) if request.app[SECURE] else ("http", "https")
    return parts.scheme in expected and parts.netloc == request.host
