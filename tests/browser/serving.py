"""The real server in a process of its own: started, killed, started again on the same ports.

Its first start makes the owner's set-up link; a test reads it from what the server prints, as an
operator would.
"""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

READY_SECONDS = 40.0
STOP_SECONDS = 20.0
KEPT_LINES = 2000


@dataclass
class Server:
    """`lines`: what it has printed, the oldest dropped at last."""

    data: Path
    port: int
    arguments: tuple[str, ...] = ()
    lines: list[str] = field(default_factory=list)
    _process: asyncio.subprocess.Process | None = None
    _reading: asyncio.Task[None] | None = None
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    async def start(self) -> None:
        """Returns when it answers /healthz."""
        assert self._process is None, "it is running already"
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "server", "serve", *self.arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "INTERLUDE_DATA": str(self.data), "INTERLUDE_PORT": str(self.port)},
            start_new_session=True,
        )
        self._reading = asyncio.create_task(self._read(self._process))
        async with asyncio.timeout(READY_SECONDS):
            while not await self._answers():
                assert self._process.returncode is None, self.said()
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """kill -9: no chance to tidy up."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM, as an upgrade would; idempotent."""
        if self._process is not None:
            await self._end(signal.SIGTERM)

    async def printed(self, pattern: str) -> str:
        """The first group of the first line that matches, now or later."""
        async with asyncio.timeout(READY_SECONDS):
            while True:
                for line in self.lines:
                    if found := re.search(pattern, line):
                        return found[1]
                self._more.clear()
                await self._more.wait()

    def said(self) -> str:
        return "\n".join(self.lines[-60:])

    async def _end(self, how: signal.Signals) -> None:
        assert self._process is not None
        assert self._reading is not None
        if self._process.returncode is None:
            self._process.send_signal(how)
        async with asyncio.timeout(STOP_SECONDS):
            await self._process.wait()
            await self._reading
        self._process = self._reading = None

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        try:
            return (await reader.readline()).startswith(b"HTTP/1.1 200")
        finally:
            writer.close()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self.lines.append(line.decode(errors="replace").rstrip())
            del self.lines[:-KEPT_LINES]
            self._more.set()


@asynccontextmanager
async def serving(data: Path, *arguments: str) -> AsyncIterator[Server]:
    server = Server(data, free_port(), arguments)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def free_port() -> int:
    """A number that is free for TCP and UDP."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            number = int(tcp.getsockname()[1])
            try:
                udp.bind(("127.0.0.1", number))
            except OSError:
                continue
            return number
