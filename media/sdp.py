"""SDP as this server reads it: the gate, the offer, the fragment of an ICE restart. Pure.

RFC 8866, RFC 9429 (WebRTC's use of it), RFC 8843 (BUNDLE), RFC 8839 (ICE), RFC 8840 (fragments).
Hostile text costs a bounded effort: the size gate comes before the parser, the parser reads each
line once, and nothing but `OfferRefused` leaves this file. No address is taken from the text: we
answer connectivity checks, we never start any.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from media.errors import OfferRefused

MAX_BYTES = 16 * 1024
MAX_LINES = 400
HASHES = ("sha-256", "sha-384", "sha-512")
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,64}")
_ICE = re.compile(r"[A-Za-z0-9+/]{4,256}")
_HEX = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){15,63}")


@dataclass(frozen=True, slots=True)
class Codec:
    """One payload type of an offer; `parameters` are those of its a=fmtp line."""

    payload_type: int
    name: str
    clock_rate: int
    channels: int = 1
    parameters: dict[str, str] = field(default_factory=dict)
    feedback: tuple[str, ...] = ()
    rtx_payload_type: int | None = None


@dataclass(frozen=True, slots=True)
class MediaOffer:
    kind: str
    mid: str
    protocol: str
    direction: str
    codecs: tuple[Codec, ...]
    extensions: dict[str, int]
    rtcp_mux: bool
    reduced_size: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """`username_fragment` and `password` are the other end's ICE credentials."""

    username_fragment: str
    password: str
    fingerprints: tuple[tuple[str, str], ...]
    setup: str
    media: tuple[MediaOffer, ...]


def parse_offer(text: str) -> Offer:
    lines = _gate(text)
    if not lines or lines[0] != "v=0":
        raise OfferRefused("offer_not_sdp", "The offer is not SDP: it has to begin with v=0.")
    session_lines, *blocks = _blocks(lines)
    if not blocks:
        raise OfferRefused("offer_empty", "The offer has no audio and no video.")
    media = tuple(_parse_media(block) for block in blocks)
    _check_bundle(session_lines, media)
    return Offer(
        username_fragment=_credential(session_lines, blocks, "ice-ufrag"),
        password=_credential(session_lines, blocks, "ice-pwd"),
        fingerprints=_fingerprints(session_lines, blocks),
        setup=_anywhere(session_lines, blocks, "setup") or "actpass",
        media=media,
    )


def parse_fragment(text: str) -> tuple[str, str]:
    """ICE username fragment and password of an ICE restart (RFC 8840 section 9)."""
    lines = _gate(text)
    return _credential(lines, [], "ice-ufrag"), _credential(lines, [], "ice-pwd")


def _gate(text: str) -> list[str]:
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise OfferRefused("offer_too_large", "The offer is larger than 16 KB.")
    if text.count("\n") > MAX_LINES:
        raise OfferRefused("offer_too_large", "The offer has more than 400 lines.")
    lines = [line.rstrip("\r") for line in text.split("\n")]
    return [line for line in lines if line]


def _blocks(lines: list[str]) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    for line in lines:
        if len(line) < 2 or line[1] != "=":
            raise OfferRefused("offer_not_sdp", "The offer is not SDP: each line is type=value.")
        if line.startswith("m="):
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def _attributes(lines: list[str], name: str) -> Iterable[str]:
    prefix = f"a={name}:"
    return (line[len(prefix) :].strip() for line in lines if line.startswith(prefix))


def _anywhere(session_lines: list[str], blocks: list[list[str]], name: str) -> str | None:
    for lines in (*blocks, session_lines):
        for value in _attributes(lines, name):
            return value
    return None


def _credential(session_lines: list[str], blocks: list[list[str]], name: str) -> str:
    value = _anywhere(session_lines, blocks, name)
    if value is None or not _ICE.fullmatch(value):
        raise OfferRefused("offer_incomplete", f"The offer has no valid a={name} line.")
    return value


def _fingerprints(session_lines: list[str], blocks: list[list[str]]) -> tuple[tuple[str, str], ...]:
    found = []
    for lines in (session_lines, *blocks):
        for value in _attributes(lines, "fingerprint"):
            algorithm, _, digest = value.partition(" ")
            if algorithm.lower() in HASHES and _HEX.fullmatch(digest.strip()):
                found.append((algorithm.lower(), digest.strip().upper()))
    if not found:
        raise OfferRefused("offer_incomplete", "The offer has no usable a=fingerprint line.")
    return tuple(dict.fromkeys(found))


def _check_bundle(session_lines: list[str], media: tuple[MediaOffer, ...]) -> None:
    mids = [offer.mid for offer in media]
    if len(set(mids)) != len(mids):
        raise OfferRefused("offer_not_sdp", "Two m-lines of the offer have the same a=mid.")
    groups = [
        value.split()[1:] for value in _attributes(session_lines, "group") if "BUNDLE" in value
    ]
    if len(media) > 1 and not any(set(mids) <= set(group) for group in groups):
        raise OfferRefused("offer_not_bundled", "The offer has to bundle its m-lines.")


def _parse_media(lines: list[str]) -> MediaOffer:
    words = lines[0][2:].split()
    if len(words) < 4:
        raise OfferRefused("offer_not_sdp", "An m-line of the offer is cut off.")
    mid = next(iter(_attributes(lines, "mid")), "")
    if not TOKEN.fullmatch(mid):
        raise OfferRefused("offer_incomplete", "An m-line of the offer has no valid a=mid.")
    flags = set(lines)
    directions = [d for d in ("sendonly", "recvonly", "inactive") if f"a={d}" in flags]
    return MediaOffer(
        kind=words[0],
        mid=mid,
        protocol=words[2],
        direction=directions[0] if directions else "sendrecv",
        codecs=_parse_codecs(words[3:], lines),
        extensions=_parse_extensions(lines),
        rtcp_mux="a=rtcp-mux" in flags,
        reduced_size="a=rtcp-rsize" in flags,
    )


def _by_payload_type(lines: list[str], name: str) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for value in _attributes(lines, name):
        payload_type, _, rest = value.partition(" ")
        table.setdefault(payload_type, []).append(rest.strip())
    return table


def _parse_codecs(payload_types: list[str], lines: list[str]) -> tuple[Codec, ...]:
    maps = _by_payload_type(lines, "rtpmap")
    formats = _by_payload_type(lines, "fmtp")
    feedback = _by_payload_type(lines, "rtcp-fb")
    everything = feedback.get("*", [])
    codecs: dict[int, Codec] = {}
    for number in payload_types:
        parts = maps.get(number, [""])[0].split("/")
        if not (number.isascii() and number.isdigit() and int(number) < 128 and len(parts) > 1):
            continue
        if not (parts[1].isascii() and parts[1].isdigit() and len(parts[1]) < 8):
            continue
        codecs[int(number)] = Codec(
            payload_type=int(number),
            name=parts[0].lower(),
            clock_rate=int(parts[1]),
            channels=2 if parts[2:] == ["2"] else 1,
            parameters=_parameters(formats.get(number, [])),
            feedback=tuple(dict.fromkeys(everything + feedback.get(number, []))),
        )
    return _with_retransmission(codecs)


def _parameters(formats: list[str]) -> dict[str, str]:
    pairs = (item.partition("=") for text in formats for item in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def _with_retransmission(codecs: dict[int, Codec]) -> tuple[Codec, ...]:
    rtx = {
        codec.parameters.get("apt"): codec.payload_type
        for codec in codecs.values()
        if codec.name == "rtx"
    }
    return tuple(
        replace(codec, rtx_payload_type=rtx.get(str(codec.payload_type)))
        for codec in codecs.values()
        if codec.name != "rtx"
    )


def _parse_extensions(lines: list[str]) -> dict[str, int]:
    extensions = {}
    for value in _attributes(lines, "extmap"):
        words = value.split()
        number = words[0].partition("/")[0] if words else ""
        if len(words) > 1 and number.isascii() and number.isdigit() and 0 < int(number[:4]) < 15:
            extensions[words[1]] = int(number)
    return extensions
