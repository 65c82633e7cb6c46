"""One log for the whole server: structlog, as lines for a person or as JSON.

Never in it: tokens, cookies, passwords, e-mail addresses, ICE credentials. Fields of such names
are struck out here, as a last net; paths are logged as route patterns (`/i/{token}`), never as sent.
"""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

SECRET_FIELDS = frozenset(
    {"token", "cookie", "password", "email", "authorization", "ice_pwd", "ice_ufrag", "link"}
)


def strike_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace the value of every field whose name says that it is a secret."""
    for name in SECRET_FIELDS & event.keys():
        event[name] = "…"
    return event


class _NoTraceOfStrangers(logging.Filter):
    """aiohttp logs a traceback for every malformed request; what a stranger sent earns one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and type(error).__module__.startswith("aiohttp.http"):
            record.exc_info = None
            record.msg, record.args = "malformed request: %s", (type(error).__name__,)
            record.levelno, record.levelname = logging.INFO, "INFO"
        return True


def configure(log_format: str, level: str) -> None:
    """Set up structlog and bring the standard library's loggers into the same lines."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        strike_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=_rendering(log_format)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(_NoTraceOfStrangers())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiosqlite", "alembic", "aioice", "aiortc"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _rendering(log_format: str) -> list[Processor]:
    bare = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if log_format == "json":
        return [bare, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback  # the default shows local variables, and so secrets
    return [bare, structlog.dev.ConsoleRenderer(sys.stderr.isatty(), exception_formatter=plain)]
