"""The command `interlude`: serve, user, candidate.

A start prints what a person needs next and nothing else; everything later goes to the log.
"""

import asyncio
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from pydantic import ValidationError
from rich.console import Console

from server import log
from server.accounts.passwords import Passwords
from server.accounts.store import AccountStore
from server.app import FIRST_STEPS, FirstSteps, build
from server.clock import SystemClock
from server.config import Settings
from server.db.engine import Database
from server.errors import InterludeError
from server.http.serving import SlowParser, WebServer

OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Interlude: self-hosted one-way video interviews.",
)
user = typer.Typer(no_args_is_help=True, help="The people who log in to the console.")
cli.add_typer(user, name="user")

Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="TCP port, and UDP for media.")]
Certificate = Annotated[Path | None, typer.Option(help="PEM file: speak https.")]
Key = Annotated[Path | None, typer.Option(help="PEM file of its private key.")]
Data = Annotated[Path | None, typer.Option(help="Directory of the database and the recordings.")]
WithSample = Annotated[bool, typer.Option("--sample", help="Make a sample interview to sit.")]


def main() -> None:
    """Entry point; every expected failure is one line and exit code 1."""
    try:
        cli()
    except (InterludeError, SlowParser, OSError) as error:
        ERR.print(f"[red]interlude:[/red] {error}")
        sys.exit(1)


@cli.command()
def serve(  # noqa: PLR0917
    host: Host = None,
    port: Port = None,
    certificate: Certificate = None,
    key: Key = None,
    data: Data = None,
    sample: WithSample = False,
) -> None:
    """Run the server. Options win over INTERLUDE_… variables; all settings: docs/configuration.md."""
    settings = read_settings(
        host=host, port=port, tls_certificate=certificate, tls_key=key, data=data
    )
    log.configure(settings.log_format, settings.log_level)
    uvloop.run(_serve(settings, sample=sample))


@cli.command()
def candidate(
    link: str,
    audio: Annotated[Path, typer.Option(exists=True, help="Any sound file.")],
    video: Annotated[Path, typer.Option(exists=True, help="Motion JPEG, or any film.")],
    seconds: Annotated[float, typer.Option(help="How long each answer is.")] = 10.0,
    codec: Annotated[str, typer.Option(help="VP8 or H264.")] = "VP8",
) -> None:
    """Sit the interview behind LINK without a browser, and print a report as JSON."""
    from server.synthetic import Habits, SyntheticCandidate  # noqa: PLC0415 (a start is faster)

    habits = Habits(audio, video, answer_seconds=seconds, codec=codec)
    sitting = SyntheticCandidate(link, habits, said=ERR.print)
    report = asyncio.run(sitting.run())
    OUT.print_json(data=asdict(report))
    if not report.submitted:
        raise typer.Exit(1)


@user.command("list")
def list_users(data: Data = None) -> None:
    """Who can log in."""
    for name, email, organization in asyncio.run(_users(read_settings(data=data))):
        OUT.print(f"{email}  {name}, {organization}")


@user.command("reset")
def reset_password(email: str, data: Data = None) -> None:
    """Give a user a new password, which is asked for; ends all logins of that user."""
    password = typer.prompt("New password", hide_input=True, confirmation_prompt=True)
    if len(password) < 10:
        raise typer.BadParameter("A password has at least 10 letters.")
    asyncio.run(_reset(read_settings(data=data), email, password))
    OUT.print("Done. All logins of that user have ended.")


def read_settings(**options: object) -> Settings:
    """The settings with what the command line says; a wrong value ends the command in one line."""
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            name = "_".join(str(part) for part in fault["loc"][:1]).upper()
            ERR.print(f"[red]interlude:[/red] INTERLUDE_{name or '…'}: {fault['msg']}")
        raise typer.Exit(1) from None


async def _serve(settings: Settings, *, sample: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    app = await build(settings, SystemClock(), sample=sample)
    server = await WebServer.start(app, settings)
    try:
        _greet(app[FIRST_STEPS], _base_url(settings, server.port))
        await stopped.wait()
    finally:
        await server.close()


def _greet(steps: FirstSteps, base_url: str) -> None:
    """Links stand alone on their lines, so that they can be picked up whole."""
    if steps.setup_token is None:
        OUT.print(f"\n[bold]Interlude is ready.[/bold] The console:\n  {base_url}/console")
    else:
        OUT.print(
            "\n[bold]Interlude is ready.[/bold] Set up the console (once; the first account):"
        )
        OUT.print(f"  {base_url}/setup?token={steps.setup_token}")
    if steps.sample_token is not None:
        OUT.print("Sit a sample interview, as a candidate:")
        OUT.print(f"  {base_url}/i/{steps.sample_token}")
    OUT.print("Ctrl-C ends it.\n")


def _base_url(settings: Settings, port: int) -> str:
    if settings.public_url is not None:
        return settings.public_url
    scheme = "https" if settings.secure else "http"
    host = settings.host
    if host in ("127.0.0.1", "0.0.0.0", "::", "::1"):  # noqa: S104
        host = "localhost"
    return f"{scheme}://{host}:{port}"


async def _users(settings: Settings) -> list[tuple[str, str, str]]:
    database = await Database.open(settings.sqlalchemy_url())
    try:
        return list(await AccountStore(database, SystemClock()).users())
    finally:
        await database.close()


async def _reset(settings: Settings, email: str, password: str) -> None:
    database = await Database.open(settings.sqlalchemy_url())
    try:
        accounts = AccountStore(database, SystemClock())
        await accounts.set_password(email, await Passwords().hashed(password))
    finally:
        await database.close()
