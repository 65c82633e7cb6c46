"""DTLS-SRTP: aiortc's RTCDtlsTransport on our ICE transport, and nothing of it after the handshake
but its two SRTP sessions and its watch for the other end's goodbye.

aiortc routes decrypted packets through coroutines of its own; we decrypt where the datagram is
read. For that three of its underscore names are used, held by a contract test: `_rx_srtp`,
`_tx_srtp`, `_set_role`.
"""

from collections.abc import Callable, Iterable
from typing import Literal, cast

import pylibsrtp
from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCIceTransport
from aiortc.rtcdtlstransport import RTCDtlsTransport

from media import rtp
from media.ice import IceTransport

DtlsRole = Literal["client", "server"]


class DtlsTransport(RTCDtlsTransport):
    """`on_closed` is called when an association that stood was closed by either end."""

    def __init__(
        self,
        ice: IceTransport,
        certificate: RTCCertificate,
        role: DtlsRole,
        on_closed: Callable[[], None],
    ) -> None:
        super().__init__(cast(RTCIceTransport, ice), [certificate])
        self._on_closed = on_closed
        self._set_role(role)
        self.on("statechange", self._note_state)

    def _note_state(self) -> None:
        if self.state == "closed":
            self._on_closed()

    async def connect(self, fingerprints: Iterable[tuple[str, str]]) -> bool:
        """Shake hands; whether the other end proved to hold the certificate of its offer."""
        known = [RTCDtlsFingerprint(algorithm=a, value=value) for a, value in fingerprints]
        await self.start(RTCDtlsParameters(fingerprints=known))
        return self.state == "connected"

    def decrypt_rtp(self, data: bytes) -> bytes | None:
        """None: not authentic, seen before, or too early to tell."""
        srtp = self._rx_srtp
        try:
            return srtp.unprotect(data) if srtp else None
        except pylibsrtp.Error:
            return None

    def decrypt_rtcp(self, data: bytes) -> bytes | None:
        srtp = self._rx_srtp
        try:
            return srtp.unprotect_rtcp(data) if srtp else None
        except pylibsrtp.Error:
            return None

    def encrypt(self, data: bytes) -> bytes | None:
        """RTP or RTCP, told apart as on the wire; None before the handshake is done."""
        srtp = self._tx_srtp
        if not srtp:
            return None
        return srtp.protect_rtcp(data) if rtp.is_rtcp(data) else srtp.protect(data)


def sha256_fingerprint(certificate: RTCCertificate) -> str:
    return next(f.value for f in certificate.getFingerprints() if f.algorithm == "sha-256")
