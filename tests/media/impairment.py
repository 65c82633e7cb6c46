"""A bad line between a client and a media port: a UDP proxy that loses, delays and doubles.

The decisions come from a seeded generator, one per datagram. The handshake and the checks pass
untouched while `media_only` is set, because their retransmission is not what is tried here.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

Address = tuple[str, int]


@dataclass
class Line:
    """Loss and doubling as shares of 1, delays in seconds. Changeable at any time.

    `burst`: so many datagrams are lost in a row; the share stays what it is.
    """

    loss: float = 0.0
    burst: int = 1
    delay: float = 0.0
    jitter: float = 0.0
    doubled: float = 0.0
    media_only: bool = True
    is_down: bool = False
    seed: int = 1
    lost: int = 0
    _left: int = 0
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def fates(self, data: bytes) -> list[float]:
        """The delays after which the datagram arrives: none when lost, two when doubled."""
        if self.is_down:
            return []
        if self.media_only and not 127 < data[0] < 192:
            return [0.0]
        if self._left:
            self._left -= 1
        elif self._random.random() < self.loss / self.burst:
            self._left = self.burst
            self._left -= 1
        else:
            copies = 2 if self._random.random() < self.doubled else 1
            return [self.delay + self._random.random() * self.jitter for _ in range(copies)]
        self.lost += 1
        return []


class _Upstream(asyncio.DatagramProtocol):
    """One client's way to the media port and back."""

    def __init__(self, path: "Path", client: Address) -> None:
        self._path = path
        self._client = client

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._path.send_later(self._path.down, data, self._path.downstream, self._client)


class Path(asyncio.DatagramProtocol):
    """`number` is the port that clients have to talk to instead of the media port."""

    def __init__(self, target: Address) -> None:
        self.up = Line(seed=1)
        self.down = Line(seed=2)
        self.number = 0
        self.downstream: asyncio.DatagramTransport
        self._target = target
        self._upstreams: dict[Address, asyncio.Task[asyncio.DatagramTransport]] = {}
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.downstream = cast(asyncio.DatagramTransport, transport)
        self.number = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: Address) -> None:
        opening = self._upstreams.get(addr)
        if opening is None:
            opening = self._loop.create_task(self._open(addr))
            self._upstreams[addr] = opening
        opening.add_done_callback(
            lambda done: self.send_later(self.up, data, done.result(), self._target)
        )

    async def _open(self, client: Address) -> asyncio.DatagramTransport:
        transport, _ = await self._loop.create_datagram_endpoint(
            lambda: _Upstream(self, client), local_addr=("127.0.0.1", 0)
        )
        return transport

    def send_later(
        self, line: Line, data: bytes, transport: asyncio.DatagramTransport, to: Address
    ) -> None:
        for delay in line.fates(data):
            if delay:
                self._loop.call_later(delay, self._send, transport, data, to)
            else:
                self._send(transport, data, to)

    def inject(self, data: bytes) -> None:
        """Send to the media port as if from each client: what a forger on the line could do."""
        for opening in self._upstreams.values():
            self._send(opening.result(), data, self._target)

    def _send(self, transport: asyncio.DatagramTransport, data: bytes, to: Address) -> None:
        if not transport.is_closing():
            transport.sendto(data, to)

    async def close(self) -> None:
        for opening in self._upstreams.values():
            (await opening).close()
        self.downstream.close()


@asynccontextmanager
async def path_to(port: int) -> AsyncIterator[Path]:
    loop = asyncio.get_running_loop()
    _, path = await loop.create_datagram_endpoint(
        lambda: Path(("127.0.0.1", port)), local_addr=("127.0.0.1", 0)
    )
    try:
        yield path
    finally:
        await path.close()
