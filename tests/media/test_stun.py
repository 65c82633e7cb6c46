"""STUN bytes against aioice's own implementation, and against noise."""

import contextlib

import pytest
from aioice import stun as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from media import stun
from media.errors import Malformed


def reference_request(password: str = "secret") -> bytes:
    message = reference.Message(
        message_method=reference.Method.BINDING,
        message_class=reference.Class.REQUEST,
        transaction_id=b"transaction.",
    )
    message.attributes["USERNAME"] = "ours:theirs"
    message.attributes["PRIORITY"] = 1234
    message.attributes["ICE-CONTROLLING"] = 77
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password.encode())
    return bytes(message)


def test_a_check_of_another_implementation_is_read_and_verified() -> None:
    request = stun.parse(reference_request())
    assert request.kind == stun.BINDING_REQUEST
    assert request.username == "ours:theirs"
    assert stun.USE_CANDIDATE in request.attributes
    assert stun.verify(request, "secret")
    assert not stun.verify(request, "wrong")


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7"])
def test_another_implementation_reads_our_answer(host: str) -> None:
    request = stun.parse(reference_request())
    data = stun.build_success(request, host, 4711, "secret")
    message = reference.parse_message(data)
    assert message.check_message_integrity(b"secret")
    assert message.transaction_id == request.transaction
    assert message.attributes["XOR-MAPPED-ADDRESS"] == (host.removeprefix("::ffff:"), 4711)


def test_another_implementation_reads_our_role_conflict() -> None:
    data = stun.build_role_conflict(stun.parse(reference_request()), "secret")
    message = reference.parse_message(data)
    assert message.attributes["ERROR-CODE"][0] == 487


def test_what_stands_behind_the_signature_does_not_count() -> None:
    data = stun.build(stun.BINDING_REQUEST, bytes(12), [(stun.USERNAME, b"ours:theirs")], "secret")
    signed = data[:-8]
    smuggled = signed + bytes((0, stun.USE_CANDIDATE, 0, 0))
    smuggled = smuggled[:2] + (len(smuggled) - 20).to_bytes(2, "big") + smuggled[4:]
    message = stun.parse(smuggled)
    assert stun.verify(message, "secret")
    assert stun.USE_CANDIDATE not in message.attributes


def test_an_unsigned_message_is_never_verified() -> None:
    header = bytes((0, 1, 0, 0)) + stun.MAGIC_COOKIE.to_bytes(4, "big") + bytes(12)
    assert not stun.verify(stun.parse(header), "")


@given(st.integers(0), st.integers(0, 255))
@settings(deadline=None)
def test_a_changed_byte_is_noticed(place: int, value: int) -> None:
    data = bytearray(reference_request())
    place %= len(data) - 8  # the fingerprint behind the signature is only a help
    if data[place] == value:
        return
    data[place] = value
    try:
        message = stun.parse(bytes(data))
    except Malformed:
        return
    assert not stun.verify(message, "secret")


@given(st.binary(max_size=120))
@settings(deadline=None, max_examples=500)
def test_any_bytes_parse_or_are_malformed(noise: bytes) -> None:
    body = noise + bytes(-len(noise) % 4)
    framed = bytes((0, 1)) + len(body).to_bytes(2, "big") + stun.MAGIC_COOKIE.to_bytes(4, "big")
    for data in (noise, framed + bytes(12) + body):
        with contextlib.suppress(Malformed):
            stun.verify(stun.parse(data), "secret")
