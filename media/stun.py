"""STUN binding requests and responses, as far as ICE-lite needs them (RFC 8489, RFC 8445). Pure.

Parsing gives a value or raises `Malformed`. A request counts only after `verify` found its
MESSAGE-INTEGRITY right under our password.
"""

import hmac
import zlib
from dataclasses import dataclass
from ipaddress import ip_address
from struct import Struct

from media.errors import Malformed

MAGIC_COOKIE = 0x2112A442
BINDING_REQUEST, BINDING_SUCCESS, BINDING_ERROR = 0x0001, 0x0101, 0x0111
USERNAME, MESSAGE_INTEGRITY, ERROR_CODE = 0x0006, 0x0008, 0x0009
XOR_MAPPED_ADDRESS, PRIORITY, USE_CANDIDATE = 0x0020, 0x0024, 0x0025
FINGERPRINT, ICE_CONTROLLED, ICE_CONTROLLING = 0x8028, 0x8029, 0x802A
HEADER_BYTES = 20
_FINGERPRINT_XOR = 0x5354554E
_INTEGRITY_BYTES, _FINGERPRINT_BYTES = 24, 8
_HEADER = Struct("!HHI12s")
_ATTRIBUTE = Struct("!HH")


@dataclass(frozen=True, slots=True)
class StunMessage:
    """`integrity_at` is where MESSAGE-INTEGRITY begins in `data`; attributes behind it do not count."""

    kind: int
    transaction: bytes
    attributes: dict[int, bytes]
    integrity_at: int | None
    data: bytes

    @property
    def username(self) -> str:
        return self.attributes.get(USERNAME, b"").decode("utf-8", "replace")


def parse(data: bytes) -> StunMessage:
    if len(data) < HEADER_BYTES:
        raise Malformed("a STUN message has at least 20 bytes")
    kind, length, cookie, transaction = _HEADER.unpack_from(data)
    if cookie != MAGIC_COOKIE or length % 4 or length != len(data) - HEADER_BYTES:
        raise Malformed("not a STUN message")
    attributes, integrity_at = _parse_attributes(data)
    return StunMessage(kind, transaction, attributes, integrity_at, data)


def _parse_attributes(data: bytes) -> tuple[dict[int, bytes], int | None]:
    attributes: dict[int, bytes] = {}
    integrity_at = None
    position = HEADER_BYTES
    while position < len(data):
        kind, length = _ATTRIBUTE.unpack_from(data, position)
        value = data[position + 4 : position + 4 + length]
        if len(value) != length:
            raise Malformed("STUN attribute is cut off")
        if kind == FINGERPRINT:
            _check_fingerprint(data, position, value)
        elif integrity_at is None:
            attributes.setdefault(kind, value)
            if kind == MESSAGE_INTEGRITY:
                integrity_at = position
        position += 4 + length + -length % 4
    return attributes, integrity_at


def _check_fingerprint(data: bytes, position: int, value: bytes) -> None:
    expected = (zlib.crc32(data[:position]) ^ _FINGERPRINT_XOR).to_bytes(4, "big")
    if value != expected or position + _FINGERPRINT_BYTES != len(data):
        raise Malformed("STUN fingerprint is wrong")


def verify(message: StunMessage, password: str) -> bool:
    """Whether MESSAGE-INTEGRITY was made with this password (RFC 8489 section 14.5)."""
    at = message.integrity_at
    if at is None:
        return False
    signed = _with_length(message.data[:at], at + _INTEGRITY_BYTES)
    digest = hmac.digest(password.encode(), signed, "sha1")
    return hmac.compare_digest(digest, message.attributes[MESSAGE_INTEGRITY])


def _with_length(data: bytes, total: int) -> bytes:
    return data[:2] + (total - HEADER_BYTES).to_bytes(2, "big") + data[4:]


def build(
    kind: int, transaction: bytes, attributes: list[tuple[int, bytes]], password: str
) -> bytes:
    """A message signed with the password and closed by a fingerprint."""
    body = b"".join(
        _ATTRIBUTE.pack(name, len(value)) + value + bytes(-len(value) % 4)
        for name, value in attributes
    )
    data = _HEADER.pack(kind, len(body), MAGIC_COOKIE, transaction) + body
    signed = _with_length(data, len(data) + _INTEGRITY_BYTES)
    data = signed + _ATTRIBUTE.pack(MESSAGE_INTEGRITY, 20)
    data += hmac.digest(password.encode(), signed, "sha1")
    data = _with_length(data, len(data) + _FINGERPRINT_BYTES)
    check = (zlib.crc32(data) ^ _FINGERPRINT_XOR).to_bytes(4, "big")
    return data + _ATTRIBUTE.pack(FINGERPRINT, 4) + check


def build_success(request: StunMessage, host: str, port: int, password: str) -> bytes:
    mapped = xor_address(host, port, request.transaction)
    return build(BINDING_SUCCESS, request.transaction, [(XOR_MAPPED_ADDRESS, mapped)], password)


def build_role_conflict(request: StunMessage, password: str) -> bytes:
    """487: we are lite, so the other end has to control (RFC 8445 section 7.3.1.1)."""
    error = bytes((0, 0, 4, 87)) + b"Role Conflict"
    return build(BINDING_ERROR, request.transaction, [(ERROR_CODE, error)], password)


def xor_address(host: str, port: int, transaction: bytes) -> bytes:
    """XOR-MAPPED-ADDRESS, RFC 8489 section 14.2."""
    parsed = ip_address(host.partition("%")[0])
    address = (getattr(parsed, "ipv4_mapped", None) or parsed).packed
    family = 1 if len(address) == 4 else 2
    key = MAGIC_COOKIE.to_bytes(4, "big") + transaction
    masked = bytes(a ^ b for a, b in zip(address, key, strict=False))
    return bytes((0, family)) + (port ^ MAGIC_COOKIE >> 16).to_bytes(2, "big") + masked
