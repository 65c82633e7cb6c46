"""The listening socket: TLS, limits of the HTTP layer, and silence towards malformed requests.

aiohttp answers a request that is no HTTP with the parser's message, which quotes what was sent;
here it is one fixed sentence, and one log line without a traceback.
"""

import ssl
from typing import Self

import structlog
from aiohttp import http_parser, web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from server.config import Settings

log = structlog.get_logger(__name__)

LINE_BYTES = 8190
KEEP_ALIVE_SECONDS = 75
SHUTDOWN_SECONDS = 5.0


class SlowParser(Exception):
    """aiohttp runs on its pure-Python HTTP parser, which is slower and more lenient than C."""


def check_parser() -> None:
    """Raises SlowParser."""
    if http_parser.HttpRequestParser is http_parser.HttpRequestParserPy:
        raise SlowParser(
            "aiohttp was installed without its C extensions (or AIOHTTP_NO_EXTENSIONS is set); "
            "install a wheel of it, or a compiler before building it."
        )


class WebServer:
    """`await WebServer.start(app, settings)`, then `port` is bound; `await close()`."""

    def __init__(self, runner: "_Runner", site: web.TCPSite) -> None:
        self._runner = runner
        self.port = int(site.port)

    @classmethod
    async def start(cls, app: web.Application, settings: Settings) -> Self:
        """Runs the application's start-up, then listens. Raises OSError, ssl.SSLError, SlowParser."""
        check_parser()
        runner = _Runner(
            app,
            access_log=None,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            max_line_size=LINE_BYTES,
            max_field_size=LINE_BYTES,
            shutdown_timeout=SHUTDOWN_SECONDS,
        )
        try:
            await runner.setup()
            context = tls_context(settings)
            site = web.TCPSite(runner, settings.host, settings.port, ssl_context=context)
            await site.start()
        except BaseException:
            await runner.cleanup()
            raise
        return cls(runner, site)

    async def close(self) -> None:
        """Stop listening, end what is open, run the application's clean-up."""
        await self._runner.cleanup()


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    return context


class _Handler(RequestHandler):
    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status >= 500:
            return super().handle_error(request, status, exc, message)
        log.info("malformed request", error=type(exc).__name__)
        response = web.Response(
            status=status, text="The request is not valid HTTP.", headers={"Server": "Interlude"}
        )
        response.force_close()
        return response


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Handler(self, loop=self._loop, **self._kwargs)


class _Runner(web.AppRunner):
    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        server.__class__ = _Server
        return server
