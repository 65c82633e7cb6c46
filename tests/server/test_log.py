"""What must never reach the log."""

import json
import logging

import pytest
import structlog

from server.log import configure


@pytest.fixture(autouse=True)
def _restore_logging() -> object:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def test_secrets_are_struck_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "info")
    structlog.get_logger("x").info(
        "login", email="ruth@example.org", token="abc", route="/i/{token}"
    )
    line = json.loads(capsys.readouterr().err)
    assert (line["email"], line["token"], line["route"]) == ("…", "…", "/i/{token}")


def test_both_loggers_write_the_same_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "info")
    logging.getLogger("aiohttp.server").info("hello %s", "there")
    structlog.get_logger("server.app").info("hello there")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["hello there", "hello there"]
    assert all({"timestamp", "level", "logger"} <= line.keys() for line in lines)


def test_a_traceback_shows_no_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    for log_format in ("console", "json"):
        configure(log_format, "info")
        password = "correct horse " + "battery"
        try:
            raise ZeroDivisionError(len(password) and "on purpose")
        except ZeroDivisionError:
            structlog.get_logger("x").exception("failed")
        written = capsys.readouterr().err
        assert "on purpose" in written
        assert "correct horse battery" not in written
