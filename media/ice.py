"""ICE-lite on one UDP port per process: whose datagram this is, and where answers to it go.

RFC 8445 (lite), RFC 7983 (demultiplexing by first byte), RFC 7675 (consent). We answer checks and
never start any, so no packet goes to an address that has not proved to know our password. What is
neither a valid check nor from the remote end of a known pair is dropped before it costs anything.

`MediaPort` owns the socket and drains it in batches on the event loop; `IceTransport` is one
peer's share of it, and is also what aiortc's DTLS transport reads from and writes to. After each
batch every transport that got something is told once (`settle`), so feedback is sent per batch.

Arrival times are the kernel's, on `time.monotonic`'s scale: a busy loop is not a busy network.
"""

import asyncio
import contextlib
import ipaddress
import secrets
import socket
import time
from collections.abc import Callable, Sequence

from media import stun, udp
from media.errors import Malformed
from media.udp import Address, Ancillary

BATCH_DATAGRAMS = 512
MAX_DATAGRAM_BYTES = 2048
MAX_QUEUED_SECONDS = 10.0
MAX_PAIRS = 16
_ALERT = 21
MAX_HANDSHAKE_DATAGRAMS = 64
TAKEOVER_SECONDS = 1.0
"""A nominated pair replaces one that still delivers only after this silence."""


class Pair:
    """One proven path: the remote address, and the local one it was reached by."""

    __slots__ = ("address", "heard_at", "source")

    def __init__(self, address: Address, source: Ancillary, heard_at: float) -> None:
        self.address = address
        self.source = source
        self.heard_at = heard_at


class IceTransport:
    """One peer's ICE-lite agent.

    `on_media(data, arrival)` gets SRTP and SRTCP and says whether it was authentic; we send to
    where authentic media comes from. `on_settle(now)` is called after a batch for this peer.
    """

    role = "controlled"

    def __init__(
        self,
        port: "MediaPort",
        on_media: Callable[[bytes, float], bool],
        on_settle: Callable[[float], None],
    ) -> None:
        self.on_media = on_media
        self.on_settle = on_settle
        self.username_fragment = _credential(6)
        self.password = _credential(24)
        self.remote_username_fragment = ""
        self.heard_at = time.monotonic()
        self._port = port
        self._passwords = {self.username_fragment: self.password}
        self._pairs: dict[Address, Pair] = {}
        self._selected: Pair | None = None
        self._reached = asyncio.Event()
        self._handshake: asyncio.Queue[bytes] = asyncio.Queue(MAX_HANDSHAKE_DATAGRAMS)
        self._is_closed = False

    def start(self, remote_username_fragment: str) -> None:
        self.remote_username_fragment = remote_username_fragment
        self._port.register(self.username_fragment, self)

    def restart(self, remote_username_fragment: str) -> None:
        """New credentials (RFC 8445 section 9); the old ones count until the new are used."""
        self.username_fragment = _credential(6)
        self.password = _credential(24)
        self._passwords[self.username_fragment] = self.password
        self.start(remote_username_fragment)

    async def wait_reached(self) -> None:
        """Until the first valid check came, so that there is somewhere to send to."""
        await self._reached.wait()

    def check(self, request: stun.StunMessage, source: Address, ancillary: Ancillary) -> None:
        """Answer a connectivity check, if it proves to know our password (RFC 8445 section 7.3)."""
        local, _, remote = request.username.partition(":")
        password = self._passwords.get(local)
        if password is None or not stun.verify(request, password):
            return
        is_current = local == self.username_fragment
        if is_current and remote != self.remote_username_fragment:
            return
        if stun.ICE_CONTROLLED in request.attributes:
            reply = stun.build_role_conflict(request, password)
        else:
            self._admit(request, source, ancillary)
            reply = stun.build_success(request, source[0], source[1], password)
            if is_current and len(self._passwords) > 1:
                self._forget_old_credentials()
        self._port.send(reply, source, udp.reply_source(ancillary))

    def _admit(self, request: stun.StunMessage, source: Address, ancillary: Ancillary) -> None:
        now = time.monotonic()
        pair = self._pairs.get(source)
        if pair is None:
            pair = Pair(source, udp.reply_source(ancillary), now)
            self._pairs[source] = pair
            self._port.claim(source, self)
            if len(self._pairs) > MAX_PAIRS:
                self._drop_oldest_pair()
        pair.heard_at = self.heard_at = now
        nominated = stun.USE_CANDIDATE in request.attributes
        if self._selected is None or (
            nominated and now - self._selected.heard_at > TAKEOVER_SECONDS
        ):
            self._selected = pair
        self._reached.set()

    def _forget_old_credentials(self) -> None:
        for old in [name for name in self._passwords if name != self.username_fragment]:
            del self._passwords[old]
            self._port.unregister(old)

    def _drop_oldest_pair(self) -> None:
        others = (pair for pair in self._pairs.values() if pair is not self._selected)
        oldest = min(others, key=lambda pair: pair.heard_at)
        del self._pairs[oldest.address]
        self._port.release(oldest.address, self)

    def receive(self, data: bytes, source: Address, arrival: float) -> None:
        """A datagram from a known pair that is not a check."""
        first = data[0]
        if 127 < first < 192:
            if self.on_media(data, arrival):
                self._follow(source, arrival)
        elif 19 < first < 64 and not _is_plain_alert(data):
            with contextlib.suppress(asyncio.QueueFull):
                self._handshake.put_nowait(data)

    def _follow(self, source: Address, arrival: float) -> None:
        self.heard_at = arrival
        selected = self._selected
        if selected is None or selected.address != source:
            self._selected = selected = self._pairs.get(source, selected)
        if selected is not None:
            selected.heard_at = arrival

    def send(self, data: bytes) -> None:
        """Dropped while there is no pair; UDP promises no more."""
        pair = self._selected
        if pair is not None and not self._is_closed:
            self._port.send(data, pair.address, pair.source)

    # What aiortc's RTCDtlsTransport asks of its ICE transport; it sees handshake datagrams only.

    async def _send(self, data: bytes) -> None:
        if self._is_closed:
            raise ConnectionError
        self.send(data)

    async def _recv(self) -> bytes:
        return await self._handshake.get()

    def close(self) -> None:
        self._is_closed = True
        for username_fragment in self._passwords:
            self._port.unregister(username_fragment)
        for address in self._pairs:
            self._port.release(address, self)
        self._pairs.clear()


class MediaPort:
    """The process's one UDP socket. `addresses` are announced, `number` is its port."""

    def __init__(self, bound: socket.socket, addresses: Sequence[str]) -> None:
        self.number: int = bound.getsockname()[1]
        self.addresses = tuple(address for address in addresses if _reaches(bound, address))
        self.strangers = 0
        self._socket = bound
        self._loop = asyncio.get_running_loop()
        self._transports: dict[str, IceTransport] = {}
        self._sources: dict[Address, IceTransport] = {}
        self._is_closed = False
        self._loop.add_reader(bound.fileno(), self._drain)

    @classmethod
    async def open(cls, host: str, port: int, addresses: Sequence[str]) -> "MediaPort":
        """Bind `host`:`port` (0: any free one). Raises OSError when it is taken."""
        return cls(udp.open_socket(host, port), addresses)

    async def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    @property
    def transports(self) -> int:
        """How many sets of ICE credentials are waited for or in use."""
        return len(self._transports)

    def register(self, username_fragment: str, transport: IceTransport) -> None:
        self._transports[username_fragment] = transport

    def unregister(self, username_fragment: str) -> None:
        self._transports.pop(username_fragment, None)

    def claim(self, source: Address, transport: IceTransport) -> None:
        self._sources[source] = transport

    def release(self, source: Address, transport: IceTransport) -> None:
        if self._sources.get(source) is transport:
            del self._sources[source]

    def send(self, data: bytes, address: Address, source: Ancillary) -> None:
        """A full socket buffer or an unreachable host is packet loss, as anywhere on the way."""
        if self._is_closed:
            return
        with contextlib.suppress(OSError):
            self._socket.sendmsg((data,), source, 0, address)

    def _drain(self) -> None:
        receive = self._socket.recvmsg
        started = time.monotonic()
        clock_offset = started - time.time()
        touched: dict[IceTransport, None] = {}
        for _ in range(BATCH_DATAGRAMS):
            try:
                data, ancillary, flags, source = receive(MAX_DATAGRAM_BYTES, udp.ANCILLARY_BYTES)
            except BlockingIOError:
                break
            except OSError:  # an ICMP error of an earlier datagram
                continue
            if not data or flags & socket.MSG_TRUNC:
                self.strangers += 1
            elif data[0] < 4:
                self._check(data, source[:2], ancillary)
            elif (transport := self._sources.get(source[:2])) is not None:
                arrival = udp.arrived_at(ancillary) + clock_offset
                if not 0 <= started - arrival <= MAX_QUEUED_SECONDS:
                    arrival = time.monotonic()  # came meanwhile, or the wall clock was set
                transport.receive(data, source[:2], arrival)
                touched[transport] = None
            else:
                self.strangers += 1
        now = time.monotonic()
        for transport in touched:
            transport.on_settle(now)

    def _check(self, data: bytes, source: Address, ancillary: Ancillary) -> None:
        try:
            message = stun.parse(data)
        except Malformed:
            self.strangers += 1
            return
        transport = self._transports.get(message.username.partition(":")[0])
        if message.kind != stun.BINDING_REQUEST or transport is None:
            self.strangers += 1
            return
        transport.check(message, source, ancillary)


def _is_plain_alert(data: bytes) -> bool:
    """An alert of epoch 0 is not authentic: anybody could end a handshake with it (RFC 6347 4.1)."""
    return data[0] == _ALERT and data[3:5] == bytes(2)


def _credential(byte_count: int) -> str:
    return secrets.token_hex(byte_count)


def _reaches(bound: socket.socket, address: str) -> bool:
    return bound.family == socket.AF_INET6 or ipaddress.ip_address(address).version == 4
