"""One peer connection: answers an offer, connects, carries media both ways, ends once.

    peer = Peer(port, receive=True, send=True)
    sdp_answer = await peer.answer(sdp_offer)
    await peer.wait_connected()
    …peer.inbound, peer.outbound…
    reason = await peer.wait_lost()
    await peer.close()

Invariants: a peer that does not connect within 10 s, or falls silent for 5 s, lets go of
everything by itself; `close()` may be called at any time, any number of times, and takes at most
a second. Nothing that a stranger sends raises.
"""

import asyncio
import secrets
import time
from dataclasses import dataclass

from aiortc import RTCCertificate

from media import rtcp, rtp, sdp, sdp_answer
from media.downlink import Downlink
from media.dtls import DtlsRole, DtlsTransport, sha256_fingerprint
from media.errors import Malformed, OfferRefused, PeerLost
from media.ice import IceTransport, MediaPort
from media.inbound import Inbound
from media.pacer import Pacer
from media.sdp_answer import Section
from media.sink import CLOCK_RATES, Track

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 5.0
AWAY_SECONDS = 1.0
CLOSE_SECONDS = 1.0
MAX_HANDSHAKES = 5

LOST_TEXTS = {
    "never_connected": "The connection was offered, but never made.",
    "handshake_failed": "The other end could not prove who it is.",
    "silent": "Nothing has been heard from the other end for 5 seconds.",
    "closed_by_peer": "The other end closed the connection.",
    "closed": "The connection was closed here.",
}


@dataclass(frozen=True, slots=True)
class _Negotiated:
    offer: sdp.Offer
    sections: list[Section]
    role: DtlsRole


class Peer:
    """`receive` and `send` are what we are ready to do; the offer may ask for less.

    `video_codec` ("h264" or "vp8") pins the only video codec to be negotiated.
    """

    def __init__(
        self, port: MediaPort, *, receive: bool, send: bool, video_codec: str | None = None
    ) -> None:
        self.id = f"pc_{secrets.token_hex(10)}"
        self.outbound: dict[str, Downlink] = {}
        self._port = port
        self._receive = receive
        self._send = send
        self._video_codec = video_codec
        self._certificate = RTCCertificate.generateCertificate()
        self._ssrcs = {str(kind): (_new_ssrc(), _new_ssrc()) for kind in CLOCK_RATES}
        self._ice = IceTransport(port, self._on_media, self._on_settle)
        self._dtls: DtlsTransport | None = None
        self._negotiated: _Negotiated | None = None
        self.inbound = Inbound(self._send_media, self._ssrcs["video"][0], time.monotonic)
        self._connected = asyncio.Event()
        self._lost = asyncio.Event()
        self._lost_reason = ""
        self._pacer = Pacer.of_running_loop()
        self._task: asyncio.Task[None] | None = None
        self._beat_at = 0.0

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set() and not self._lost.is_set()

    async def answer(self, sdp_offer: str) -> str:
        """The SDP answer; from now on the peer waits for the other end. Once per peer.

        Raises OfferRefused, and has then taken nothing.
        """
        if self._negotiated is not None or self._lost.is_set():
            raise OfferRefused("already_answered", "This connection has had its offer.")
        offer = sdp.parse_offer(sdp_offer)
        sections = sdp_answer.choose(
            offer, receive=self._receive, send=self._send, video_codec=self._video_codec
        )
        role: DtlsRole = "client" if offer.setup == "passive" else "server"
        self._negotiated = _Negotiated(offer, sections, role)
        self.inbound.configure(sections)
        for section in sections:
            if section.send:
                self._add_downlink(section)
        self._ice.start(offer.username_fragment)
        self._pacer.join(self)
        self._task = asyncio.create_task(self._run(), name=self.id)
        return sdp_answer.build_answer(sections, self._local())

    def restart_ice(self, fragment: str) -> str:
        """Our side of an ICE restart, for the other end's side (RFC 8840 fragments, RFC 9725).

        Encryption and media go on as they are. Raises OfferRefused.
        """
        username_fragment, _ = sdp.parse_fragment(fragment)
        negotiated = self._negotiated
        if negotiated is None or self._lost.is_set():
            raise OfferRefused("not_connected", "This connection is over.")
        self._ice.restart(username_fragment)
        mid = next(s.offer.mid for s in negotiated.sections if s.accepted)
        return sdp_answer.build_fragment(mid, self._local())

    async def wait_connected(self) -> None:
        """Until media can flow. Raises PeerLost, at the latest 10 s after the answer."""
        waits = [asyncio.ensure_future(e.wait()) for e in (self._connected, self._lost)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self._lost.is_set():
            raise PeerLost(self._lost_reason, LOST_TEXTS[self._lost_reason])

    async def wait_lost(self) -> str:
        """Until the connection is over; the key of why (LOST_TEXTS)."""
        await self._lost.wait()
        return self._lost_reason

    async def close(self) -> None:
        self._lose("closed")
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,), timeout=CLOSE_SECONDS)
        self._ice.close()  # a task that never began to run has not done it

    # Life.

    async def _run(self) -> None:
        """Connect, stay until lost, let go; the one task of a peer."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                is_proven = await self._shake_hands()
            if is_proven:
                self._connected.set()
                await self._lost.wait()
            else:
                self._lose("handshake_failed")
        except TimeoutError:
            self._lose("never_connected")
        finally:
            if self._dtls is not None:
                await self._dtls.stop()
            self._ice.close()

    async def _shake_hands(self) -> bool:
        """Tried anew after a failure: a forged packet must not be able to stop a set-up."""
        negotiated = self._negotiated
        assert negotiated is not None
        await self._ice.wait_reached()
        for _ in range(MAX_HANDSHAKES):
            self._dtls = DtlsTransport(
                self._ice, self._certificate, negotiated.role, self._on_closed
            )
            if await self._dtls.connect(negotiated.offer.fingerprints):
                return True
        return False

    def _on_closed(self) -> None:
        self._lose("closed_by_peer")

    def _lose(self, reason: str) -> None:
        if not self._lost.is_set():
            self._lost_reason = reason
            self._lost.set()
            self._pacer.leave(self)

    def beat(self, now: float) -> None:
        """Every 10 ms, from the pacer."""
        if not self._connected.is_set():
            return
        away_seconds, self._beat_at = now - self._beat_at, now
        if away_seconds > AWAY_SECONDS:
            self._ice.heard_at = now  # it was us who did not listen
        elif now - self._ice.heard_at > SILENCE_SECONDS:
            self._lose("silent")
            return
        self.inbound.beat(now)

    # Media.

    def _on_media(self, data: bytes, arrival: float) -> bool:
        dtls = self._dtls
        if dtls is None:
            return False
        if rtp.is_rtcp(data):
            plain = dtls.decrypt_rtcp(data)
            if plain is not None:
                self._on_rtcp(plain, arrival)
        else:
            plain = dtls.decrypt_rtp(data)
            if plain is not None:
                self.inbound.receive(plain, arrival)
        return plain is not None

    def _on_settle(self, now: float) -> None:
        if self._connected.is_set():
            self.inbound.settle(now)

    def _on_rtcp(self, data: bytes, arrival: float) -> None:
        try:
            packets = rtcp.parse(data)
        except Malformed:
            return
        downlinks = {downlink.ssrc: downlink for downlink in self.outbound.values()}
        for packet in packets:
            match packet:
                case rtcp.SenderReport(blocks=blocks):
                    self.inbound.receive_sender_report(packet, arrival)
                    self._on_blocks(blocks, downlinks)
                case rtcp.ReceiverReport(blocks=blocks):
                    self._on_blocks(blocks, downlinks)
                case rtcp.Nack(media_ssrc=ssrc, sequences=sequences) if ssrc in downlinks:
                    downlinks[ssrc].on_nack(sequences)
                case rtcp.KeyFrameRequest(media_ssrc=ssrc) if ssrc in downlinks:
                    downlinks[ssrc].on_key_frame_request()

    def _on_blocks(
        self, blocks: tuple[rtcp.ReportBlock, ...], downlinks: dict[int, Downlink]
    ) -> None:
        for block in blocks:
            downlink = downlinks.get(block.ssrc)
            if downlink is not None:
                downlink.on_receiver_report(block)
                self.inbound.round_trip_seconds = downlink.report().round_trip_seconds

    def _send_media(self, data: bytes) -> None:
        dtls = self._dtls
        encrypted = dtls.encrypt(data) if dtls is not None else None
        if encrypted is not None:
            self._ice.send(encrypted)

    def _add_downlink(self, section: Section) -> None:
        kind: Track = "audio" if section.offer.kind == "audio" else "video"
        ssrc, rtx_ssrc = self._ssrcs[kind]
        downlink = Downlink(kind, ssrc, self._send_media)
        codecs = {codec.name: codec for codec in reversed(section.codecs)}
        best_first = list(dict.fromkeys(codec.name for codec in section.codecs))
        downlink.configure(
            {name: codecs[name].payload_type for name in best_first},
            CLOCK_RATES[kind],
            rtx_payload_types={
                name: codec.rtx_payload_type
                for name, codec in codecs.items()
                if codec.rtx_payload_type is not None
            },
            rtx_ssrc=rtx_ssrc,
            cname=self.id,
        )
        self.outbound[kind] = downlink

    def _local(self) -> sdp_answer.Local:
        assert self._negotiated is not None
        return sdp_answer.Local(
            username_fragment=self._ice.username_fragment,
            password=self._ice.password,
            fingerprint=sha256_fingerprint(self._certificate),
            setup="active" if self._negotiated.role == "client" else "passive",
            addresses=tuple((address, self._port.number) for address in self._port.addresses),
            cname=self.id,
            ssrcs=dict(self._ssrcs),
        )


def _new_ssrc() -> int:
    return secrets.randbelow(0xFFFFFFFE) + 1
