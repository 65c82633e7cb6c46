"""The three underscore names of aiortc that we stand on; fails when an update changes them."""

import inspect

from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import RTCDtlsTransport

from media.dtls import DtlsTransport, sha256_fingerprint
from media.ice import IceTransport, MediaPort


async def test_aiortc_still_has_the_names_that_we_use() -> None:
    port = await MediaPort.open("127.0.0.1", 0, [])
    ice = IceTransport(port, lambda _data, _arrival: False, lambda _now: None)
    dtls = DtlsTransport(ice, RTCCertificate.generateCertificate(), "server", lambda: None)
    assert dtls._rx_srtp is None
    assert dtls._tx_srtp is None
    assert dtls._role == "server"
    assert list(inspect.signature(RTCDtlsTransport._set_role).parameters) == ["self", "role"]
    source = inspect.getsource(RTCDtlsTransport)
    assert "self._rx_srtp = Session(" in source
    assert "self._tx_srtp = Session(" in source
    assert "self.transport._recv()" in source
    assert "self.transport._send(" in source
    await port.close()


async def test_before_the_handshake_nothing_is_encrypted_or_decrypted() -> None:
    port = await MediaPort.open("127.0.0.1", 0, [])
    ice = IceTransport(port, lambda _data, _arrival: False, lambda _now: None)
    dtls = DtlsTransport(ice, RTCCertificate.generateCertificate(), "server", lambda: None)
    assert dtls.decrypt_rtp(bytes(40)) is None
    assert dtls.decrypt_rtcp(bytes(40)) is None
    assert dtls.encrypt(bytes(40)) is None
    await port.close()


def test_the_fingerprint_is_of_sha256() -> None:
    assert len(sha256_fingerprint(RTCCertificate.generateCertificate()).split(":")) == 32
