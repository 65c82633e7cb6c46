"""SDP as this server writes it: what of an offer is taken, and the answer to it. Pure.

RFC 9429, RFC 8843 (BUNDLE), RFC 8839 (ICE-lite), RFC 8840 (fragments). Nothing of the offer is
echoed that was not read as a number or a token. H264 goes before VP8, because finalising a
recording is then a copy; VP8 stays for browsers without H264.
"""

from dataclasses import dataclass

from media.errors import OfferRefused
from media.sdp import TOKEN, Codec, MediaOffer, Offer

START_BITRATE_KBPS = 1000
H264_PROFILES = ("42e0", "4200", "4d00")
"""profile_idc and constraints of Constrained Baseline, Baseline, Main; in order of preference."""
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
TRANSPORT_SEQUENCE = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
EXTENSIONS = (AUDIO_LEVEL, TRANSPORT_SEQUENCE, "urn:ietf:params:rtp-hdrext:sdes:mid")
FEEDBACK = ("nack", "nack pli", "ccm fir", "transport-cc")


@dataclass(frozen=True, slots=True)
class Section:
    """One m-line as we answer it: `receive` and `send` are our directions; no codecs: rejected."""

    offer: MediaOffer
    receive: bool = False
    send: bool = False
    codecs: tuple[Codec, ...] = ()

    @property
    def accepted(self) -> bool:
        return bool(self.codecs)

    @property
    def extensions(self) -> dict[str, int]:
        return {uri: i for uri, i in self.offer.extensions.items() if uri in EXTENSIONS}


@dataclass(frozen=True, slots=True)
class Local:
    """What our answer says of ourselves. `ssrcs`: kind → (media, retransmission)."""

    username_fragment: str
    password: str
    fingerprint: str
    setup: str
    addresses: tuple[tuple[str, int], ...]
    cname: str
    ssrcs: dict[str, tuple[int, int]]


def choose(
    offer: Offer, *, receive: bool, send: bool, video_codec: str | None = None
) -> list[Section]:
    """What of the offer is taken: the first audio and the first video line, with common codecs.

    `video_codec` allows that one alone for the picture. Raises OfferRefused when nothing is left
    to move, or when one of the two kinds has no codec in common.
    """
    sections, taken = [], set[str]()
    for media in offer.media:
        section = Section(media)
        if media.kind in ("audio", "video") and media.kind not in taken:
            section = _choose_one(media, receive, send, video_codec)
            taken.add(media.kind)
        sections.append(section)
    if not any(s.accepted and (s.receive or s.send) for s in sections):
        raise OfferRefused("offer_empty", "The offer has no audio or video for this direction.")
    return sections


def _choose_one(media: MediaOffer, receive: bool, send: bool, video_codec: str | None) -> Section:
    if not media.rtcp_mux or "SAVPF" not in media.protocol:
        raise OfferRefused(
            "offer_incomplete", f"The {media.kind} line is not WebRTC with rtcp-mux."
        )
    ranked = _ranked(media, video_codec)
    if not ranked:
        wanted = "Opus" if media.kind == "audio" else video_codec or "H264 or VP8"
        raise OfferRefused("no_common_codec", f"The offer has no {wanted} for its {media.kind}.")
    return Section(
        media,
        receive=receive and media.direction in ("sendrecv", "sendonly"),
        send=send and media.direction in ("sendrecv", "recvonly"),
        codecs=tuple(ranked),
    )


def _ranked(media: MediaOffer, video_codec: str | None) -> list[Codec]:
    ranks = [(_rank(media.kind, codec, video_codec), codec) for codec in media.codecs]
    usable = [(rank, codec) for rank, codec in ranks if rank is not None]
    return [codec for _, codec in sorted(usable, key=lambda pair: pair[0])]


def _rank(kind: str, codec: Codec, video_codec: str | None) -> int | None:
    """Lower is better; None: not usable. H264 first: its finalising is a copy."""
    if kind == "audio":
        return 0 if (codec.name, codec.clock_rate) == ("opus", 48_000) else None
    if codec.clock_rate != 90_000 or (video_codec and codec.name != video_codec):
        return None
    if codec.name == "h264" and codec.parameters.get("packetization-mode") == "1":
        profile = codec.parameters.get("profile-level-id", "")[:4].lower()
        return H264_PROFILES.index(profile) if profile in H264_PROFILES else None
    return len(H264_PROFILES) if codec.name == "vp8" else None


def build_answer(sections: list[Section], local: Local) -> str:
    mids = " ".join(section.offer.mid for section in sections if section.accepted)
    lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0"]
    lines += [f"a=group:BUNDLE {mids}", "a=ice-lite", f"a=msid-semantic:WMS {local.cname}"]
    for section in sections:
        lines += _answer_media(section, local) if section.accepted else _reject(section)
    return "\r\n".join(lines) + "\r\n"


def build_fragment(mid: str, local: Local) -> str:
    """Our side of an ICE restart, application/trickle-ice-sdpfrag."""
    lines = [f"a=ice-ufrag:{local.username_fragment}", f"a=ice-pwd:{local.password}", "a=ice-lite"]
    lines += ["m=audio 9 UDP/TLS/RTP/SAVPF 0", f"a=mid:{mid}", *_candidates(local)]
    return "\r\n".join(lines) + "\r\n"


def _reject(section: Section) -> list[str]:
    kind = section.offer.kind if TOKEN.fullmatch(section.offer.kind) else "audio"
    protocol = "UDP/DTLS/SCTP" if kind == "application" else "UDP/TLS/RTP/SAVPF"
    format_name = "webrtc-datachannel" if kind == "application" else "0"
    return [f"m={kind} 0 {protocol} {format_name}", f"a=mid:{section.offer.mid}", "a=inactive"]


def _answer_media(section: Section, local: Local) -> list[str]:
    media = section.offer
    numbers = []
    for codec in section.codecs:
        numbers += [codec.payload_type]
        numbers += [codec.rtx_payload_type] if codec.rtx_payload_type is not None else []
    direction = {
        (True, True): "sendrecv",
        (True, False): "recvonly",
        (False, True): "sendonly",
        (False, False): "inactive",
    }[section.receive, section.send]
    lines = [
        f"m={media.kind} 9 UDP/TLS/RTP/SAVPF {' '.join(map(str, numbers))}",
        "c=IN IP4 0.0.0.0",
        f"a=ice-ufrag:{local.username_fragment}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:sha-256 {local.fingerprint}",
        f"a=setup:{local.setup}",
        f"a=mid:{media.mid}",
        f"a={direction}",
        "a=rtcp-mux",
    ]
    lines += ["a=rtcp-rsize"] if media.reduced_size else []
    lines += [f"a=extmap:{number} {uri}" for uri, number in section.extensions.items()]
    for codec in section.codecs:
        lines += _answer_codec(codec)
    lines += _sources(media.kind, local) if section.send else []
    return lines + _candidates(local)


def _answer_codec(codec: Codec) -> list[str]:
    number = codec.payload_type
    names = {"opus": "opus/48000/2", "h264": "H264/90000", "vp8": "VP8/90000"}
    lines = [f"a=rtpmap:{number} {names[codec.name]}"]
    lines += [f"a=rtcp-fb:{number} {name}" for name in FEEDBACK if name in codec.feedback]
    lines.append(f"a=fmtp:{number} {_format(codec)}")
    if codec.rtx_payload_type is not None:
        lines.append(f"a=rtpmap:{codec.rtx_payload_type} rtx/90000")
        lines.append(f"a=fmtp:{codec.rtx_payload_type} apt={number}")
    return lines


def _format(codec: Codec) -> str:
    if codec.name == "opus":
        return "minptime=10;useinbandfec=1;maxaveragebitrate=48000"
    start = f"x-google-start-bitrate={START_BITRATE_KBPS}"
    if codec.name == "vp8":
        return start
    profile = codec.parameters["profile-level-id"].lower()[:4] + "1f"
    return f"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={profile};{start}"


def _sources(kind: str, local: Local) -> list[str]:
    media, rtx = local.ssrcs[kind]
    names = [media, rtx] if kind == "video" else [media]
    lines = [f"a=msid:{local.cname} {local.cname}-{kind}"]
    lines += [f"a=ssrc-group:FID {media} {rtx}"] if kind == "video" else []
    return lines + [f"a=ssrc:{ssrc} cname:{local.cname}" for ssrc in names]


def _candidates(local: Local) -> list[str]:
    """Host candidates, the first the most wanted (priorities as in RFC 8445 section 5.1.2)."""
    lines = [
        f"a=candidate:{index + 1} 1 udp {2130706431 - (index << 8)} {host} {port} typ host"
        for index, (host, port) in enumerate(local.addresses)
    ]
    return [*lines, "a=end-of-candidates"]
