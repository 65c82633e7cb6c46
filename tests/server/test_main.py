"""The command line, as a person uses it: processes of its own."""

import asyncio
import os
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.server.conftest import OWNER

LINK = re.compile(r"(https?)://localhost:(\d+)/(setup\?token=|i/)([a-z2-9]{26})")


LAST_LINE = "Ctrl-C ends it."


def run(*arguments: str, text: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **variables},
        check=False,
    )


@asynccontextmanager
async def serving(
    data: Path, *options: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A running server, and what it printed when it was ready."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "serve", "--port", "0", "--data", str(data), *options),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "INTERLUDE_MEDIA_HOST": "127.0.0.1"},
    )
    assert process.stdout
    printed = ""
    try:
        async with asyncio.timeout(60):
            while LAST_LINE not in printed:
                line = await process.stdout.readline()
                assert line, f"it ended after printing {printed!r}"
                printed += line.decode()
        yield process, printed
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def test_a_first_start_prints_two_links_and_a_signal_ends_it_well(tmp_path: Path) -> None:
    async with serving(tmp_path, "--sample") as (process, printed):
        links = {found[3]: (found[1], found[2], found[4]) for found in LINK.finditer(printed)}
        scheme, port, token = links["setup?token="]
        assert set(links) == {"setup?token=", "i/"}
        async with ClientSession() as browser:
            url = f"{scheme}://127.0.0.1:{port}"
            answer = await browser.post(f"{url}/api/setup", json={"token": token, **OWNER})
            assert answer.status == 201
            opened = await browser.post(
                f"{url}/api/invitations/open", json={"token": links["i/"][2]}
            )
            assert opened.status in (200, 503)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            assert await process.wait() == 0
    async with serving(tmp_path, "--sample") as (_, printed):
        assert LINK.search(printed) is None
        assert "/console" in printed


def write_certificate(certificate: Path, key: Path) -> None:
    """A certificate of our own for localhost."""
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        secret.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


async def test_with_a_certificate_it_speaks_https(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    write_certificate(certificate, key)
    options = ("--certificate", str(certificate), "--key", str(key))
    async with serving(tmp_path / "data", *options) as (_, printed):
        found = LINK.search(printed)
        assert found is not None
        assert found[1] == "https"
        trust = ssl.create_default_context(cafile=certificate)
        async with ClientSession() as browser:
            url = f"https://localhost:{found[2]}"
            answer = await browser.post(
                f"{url}/api/setup", json={"token": found[4], **OWNER}, ssl=trust
            )
            assert answer.status == 201
            assert answer.cookies["__Host-interlude_login"]["secure"]
            assert "Strict-Transport-Security" in answer.headers


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        (["serve", "--port", "99999"], {}, "65535"),
        (["serve", "--certificate", "/nowhere.pem"], {}, "go together"),
        (["serve"], {"INTERLUDE_PUBLIC_URL": "example"}, "INTERLUDE_PUBLIC_URL"),
        (["serve"], {"INTERLUDE_TRUSTED_PROXIES": '["x"]'}, "INTERLUDE_TRUSTED_PROXIES"),
        (["serve"], {"INTERLUDE_REDIS_URL": "redis://127.0.0.1:1"}, "Redis does not answer"),
        (["dance"], {}, "dance"),
    ],
)
def test_a_start_that_cannot_work_says_why_in_a_line(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], words: str
) -> None:
    ended = run(*arguments, **{"INTERLUDE_DATA": str(tmp_path), **variables})
    assert ended.returncode != 0
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_users_are_listed_and_given_new_passwords(tmp_path: Path) -> None:
    assert run("user", "list", "--data", str(tmp_path)).stdout == ""
    nobody = run("user", "reset", "nobody@example.org", "--data", str(tmp_path), text="x\n")
    assert nobody.returncode != 0
    assert "Traceback" not in nobody.stderr
