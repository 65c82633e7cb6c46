"""A network path of our own between a client and the media port: it loses what we tell it to lose.

The kernel here has no netem, so a UDP socket stands between the two. One client for each path.
"""

import asyncio
import random
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

Address = tuple[str, int]


def local_address() -> str:
    """An address of this machine that is not loopback: aiortc and Firefox do not use that."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        address: str = probe.getsockname()[0]
        return address


class LossyPath(asyncio.DatagramProtocol):
    """Carries datagrams between whoever sends first and `server`, media with `loss` (0 to 1)."""

    def __init__(self, server: Address, loss: float, seed: int) -> None:
        self.loss = loss
        self.lost = 0
        self._server = server
        self._client: Address | None = None
        self._random = random.Random(seed)
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        if addr != self._server:
            self._client = addr
        target = self._client if addr == self._server else self._server
        is_media = data[0] > 127
        if is_media and self._random.random() < self.loss:
            self.lost += 1
        elif target is not None and self._transport is not None:
            self._transport.sendto(data, target)

    @property
    def number(self) -> int:
        assert self._transport is not None
        number: int = self._transport.get_extra_info("sockname")[1]
        return number

    def reroute(self, sdp_answer: str) -> str:
        """The answer as the client shall see it: its ICE candidates lead into this path."""
        return re.sub(r"(a=candidate:\S+ 1 udp \d+ \S+) \d+", rf"\g<1> {self.number}", sdp_answer)


@asynccontextmanager
async def lossy_path(server: Address, *, loss: float, seed: int = 1) -> AsyncIterator[LossyPath]:
    loop = asyncio.get_running_loop()
    transport, path = await loop.create_datagram_endpoint(
        lambda: LossyPath(server, loss, seed), local_addr=(server[0], 0)
    )
    try:
        yield path
    finally:
        transport.close()
