"""The port's doors: who gets an answer, who gets in, and how a restart changes that."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator

import pytest

from media import ice as ice_module
from media import stun
from media.ice import IceTransport, MediaPort

THEIRS = "theirs"


class Caller:
    """The other end of a path: a plain socket that can sign checks."""

    def __init__(self, port: MediaPort) -> None:
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.udp.setblocking(False)
        self.udp.connect(("127.0.0.1", port.number))

    def check(self, username: str, password: str, *attributes: tuple[int, bytes]) -> bytes:
        """The check's bytes, as sent."""
        names = [(stun.USERNAME, username.encode()), (stun.ICE_CONTROLLING, bytes(8))]
        data = stun.build(
            stun.BINDING_REQUEST,
            random.randbytes(12),
            [*(attributes or names[1:]), names[0], (stun.PRIORITY, bytes(4))],
            password,
        )
        self.udp.send(data)
        return data

    async def answer(self) -> stun.StunMessage:
        async with asyncio.timeout(5):
            return stun.parse(await asyncio.get_running_loop().sock_recv(self.udp, 2000))

    def heard(self) -> bytes | None:
        """What is there now; None when nothing is."""
        try:
            return self.udp.recv(2000)
        except BlockingIOError:
            return None


class Agent:
    """An IceTransport with its media written down; everything is authentic that starts so."""

    def __init__(self, port: MediaPort) -> None:
        self.media: list[bytes] = []
        self.settled = 0
        self.ice = IceTransport(port, self._on_media, self._on_settle)
        self.ice.start(THEIRS)

    def _on_media(self, data: bytes, arrival: float) -> bool:
        self.media.append(data)
        return data.endswith(b"authentic")

    def _on_settle(self, now: float) -> None:
        self.settled += 1

    @property
    def username(self) -> str:
        return f"{self.ice.username_fragment}:{THEIRS}"


@pytest.fixture
async def port() -> AsyncIterator[MediaPort]:
    port = await MediaPort.open("0.0.0.0", 0, ["127.0.0.1"])
    yield port
    await port.close()


@pytest.fixture
async def agent(port: MediaPort) -> AsyncIterator[Agent]:
    agent = Agent(port)
    yield agent
    agent.ice.close()


@pytest.fixture
async def caller(port: MediaPort) -> AsyncIterator[Caller]:
    caller = Caller(port)
    yield caller
    caller.udp.close()


async def drained(port: MediaPort) -> None:
    """Until everything sent so far has been read: what comes last is answered last."""
    last, caller = Agent(port), Caller(port)
    caller.check(last.username, last.ice.password)
    await caller.answer()
    caller.udp.close()
    last.ice.close()


async def test_a_signed_check_is_answered_and_opens_the_path(agent: Agent, caller: Caller) -> None:
    request = stun.parse(caller.check(agent.username, agent.ice.password))
    answer = await caller.answer()
    assert answer.kind == stun.BINDING_SUCCESS
    assert answer.transaction == request.transaction
    assert stun.verify(answer, agent.ice.password)
    host, number = caller.udp.getsockname()
    mapped = stun.xor_address(host, number, request.transaction)
    assert answer.attributes[stun.XOR_MAPPED_ADDRESS] == mapped
    agent.ice.send(b"to you")
    async with asyncio.timeout(5):
        assert await asyncio.get_running_loop().sock_recv(caller.udp, 100) == b"to you"


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("{ours}:theirs", "not the password"),
        ("{ours}:somebody", "{password}"),
        ("somebody:theirs", "{password}"),
        ("", "{password}"),
    ],
)
async def test_any_other_check_gets_no_answer_and_opens_nothing(
    port: MediaPort, agent: Agent, caller: Caller, username: str, password: str
) -> None:
    names = {"ours": agent.ice.username_fragment, "password": agent.ice.password}
    caller.check(username.format(**names), password.format(**names))
    caller.udp.send(b"\x80 media")
    await drained(port)
    assert caller.heard() is None
    assert agent.media == []
    agent.ice.send(b"nowhere to go")
    await drained(port)
    assert caller.heard() is None


async def test_nothing_is_taken_from_an_address_that_proved_nothing(
    port: MediaPort, agent: Agent, caller: Caller
) -> None:
    stranger = Caller(port)
    caller.check(agent.username, agent.ice.password)
    await caller.answer()
    for data in (b"", b"\x80 forged media", b"\x16 forged handshake", bytes(2000), b"\xff"):
        stranger.udp.send(data)
    caller.udp.send(b"\x80 media, authentic")
    await drained(port)
    stranger.udp.close()
    assert agent.media == [b"\x80 media, authentic"]
    assert port.strangers >= 5


async def test_ten_thousand_strange_datagrams_change_nothing(
    port: MediaPort, agent: Agent, caller: Caller
) -> None:
    generator = random.Random(3)
    caller.check(agent.username, agent.ice.password)
    await caller.answer()
    real = bytearray(caller.check(agent.username, agent.ice.password))
    await caller.answer()
    stranger = Caller(port)
    for number in range(10_000):
        data = bytearray(generator.randbytes(generator.randrange(0, 120)))
        if number % 3 == 0:
            data = bytearray(real)
            data[generator.randrange(len(data) - 8)] ^= generator.randrange(1, 256)
        stranger.udp.send(data)
        if number % 200 == 0:
            await asyncio.sleep(0)
    await drained(port)
    assert stranger.heard() is None
    stranger.udp.close()
    assert agent.media == []
    caller.check(agent.username, agent.ice.password)
    assert (await caller.answer()).kind == stun.BINDING_SUCCESS


async def test_the_other_end_has_to_control(agent: Agent, caller: Caller) -> None:
    caller.check(agent.username, agent.ice.password, (stun.ICE_CONTROLLED, bytes(8)))
    answer = await caller.answer()
    assert answer.kind == stun.BINDING_ERROR
    assert answer.attributes[stun.ERROR_CODE][2:4] == bytes((4, 87))


async def test_we_send_to_where_authentic_media_comes_from(
    port: MediaPort, agent: Agent, caller: Caller
) -> None:
    moved = Caller(port)
    for one in (caller, moved):
        one.check(agent.username, agent.ice.password)
        await one.answer()
    agent.ice.send(b"first")
    moved.udp.send(b"\x80 forged")
    await drained(port)
    agent.ice.send(b"still first")
    moved.udp.send(b"\x80 authentic")
    await drained(port)
    agent.ice.send(b"moved")
    await drained(port)
    assert (caller.heard(), caller.heard(), caller.heard()) == (b"first", b"still first", None)
    assert moved.heard() == b"moved"
    moved.udp.close()


async def test_a_nominated_path_takes_over_from_a_dead_one(
    port: MediaPort, agent: Agent, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ice_module, "TAKEOVER_SECONDS", 0.0)
    other = Caller(port)
    caller.check(agent.username, agent.ice.password)
    await caller.answer()
    other.check(agent.username, agent.ice.password)
    await other.answer()
    agent.ice.send(b"first")
    other.check(agent.username, agent.ice.password, (stun.USE_CANDIDATE, b""))
    await other.answer()
    agent.ice.send(b"over")
    await drained(port)
    assert (caller.heard(), other.heard()) == (b"first", b"over")
    other.udp.close()


async def test_a_restart_takes_new_credentials_and_keeps_the_path_until_they_are_used(
    port: MediaPort, agent: Agent, caller: Caller
) -> None:
    old_username, old_password = agent.username, agent.ice.password
    caller.check(old_username, old_password)
    await caller.answer()
    agent.ice.restart("newtheirs")
    assert agent.ice.password != old_password
    caller.check(old_username, old_password)
    assert (await caller.answer()).kind == stun.BINDING_SUCCESS
    moved = Caller(port)
    moved.check(f"{agent.ice.username_fragment}:newtheirs", agent.ice.password)
    assert (await moved.answer()).kind == stun.BINDING_SUCCESS
    caller.check(old_username, old_password)
    moved.udp.send(b"\x80 authentic")
    await drained(port)
    assert caller.heard() is None
    assert agent.media == [b"\x80 authentic"]
    assert port.transports == 1
    moved.udp.close()


async def test_the_paths_of_one_peer_are_bounded(port: MediaPort, agent: Agent) -> None:
    callers = [Caller(port) for _ in range(ice_module.MAX_PAIRS + 5)]
    for one in callers:
        one.check(agent.username, agent.ice.password)
        await one.answer()
    for one in callers:
        one.udp.send(b"\x80 media")
    await drained(port)
    assert len(agent.media) == ice_module.MAX_PAIRS
    for one in callers:
        one.udp.close()


async def test_feedback_is_due_once_a_batch(port: MediaPort, agent: Agent, caller: Caller) -> None:
    caller.check(agent.username, agent.ice.password)
    await caller.answer()
    for _ in range(50):
        caller.udp.send(b"\x80 authentic")
    await drained(port)
    assert len(agent.media) == 50
    assert agent.settled < 10


async def test_what_was_closed_hears_and_says_nothing(
    port: MediaPort, agent: Agent, caller: Caller
) -> None:
    caller.check(agent.username, agent.ice.password)
    await caller.answer()
    agent.ice.close()
    agent.ice.send(b"too late")
    caller.udp.send(b"\x80 authentic")
    caller.check(agent.username, agent.ice.password)
    await drained(port)
    assert (caller.heard(), agent.media, port.transports) == (None, [], 0)


async def test_a_taken_port_is_an_os_error(port: MediaPort) -> None:
    with pytest.raises(OSError, match="in use"):
        await MediaPort.open("0.0.0.0", port.number, [])


async def test_only_addresses_that_the_socket_reaches_are_announced() -> None:
    port = await MediaPort.open("127.0.0.1", 0, ["192.0.2.1", "2001:db8::1"])
    assert port.addresses == ("192.0.2.1",)
    await port.close()
    await port.close()
