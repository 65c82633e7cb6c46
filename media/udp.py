"""One UDP socket as the kernel gives it: options, arrival times, the address a datagram came to.

The kernel stamps every datagram on arrival (SO_TIMESTAMPNS), and says at which of our addresses
it came (IP_PKTINFO), so that the reply leaves from there: a browser drops replies from elsewhere.
"""

import contextlib
import socket
import struct
import time

RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
SEND_BUFFER_BYTES = 1024 * 1024
ANCILLARY_BYTES = 128
_TIMESTAMP_NS = 35  # SO_TIMESTAMPNS of Linux, not named by Python's socket module
_IP_PKTINFO = 8  # as above
_TIMESPEC = struct.Struct("@qq")
_PKTINFO4 = struct.Struct("@I4s4s")

Address = tuple[str, int]
Ancillary = list[tuple[int, int, bytes]]


def open_socket(host: str, port: int) -> socket.socket:
    """Bound and not blocking. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        _set_options(bound)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def _set_options(bound: socket.socket) -> None:
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    with contextlib.suppress(OSError):
        bound.setsockopt(socket.SOL_SOCKET, _TIMESTAMP_NS, 1)
    if bound.family == socket.AF_INET6:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        bound.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)


def arrived_at(ancillary: Ancillary) -> float:
    """Seconds since the Unix epoch at which the kernel took the datagram in."""
    for level, kind, value in ancillary:
        if kind == _TIMESTAMP_NS and level == socket.SOL_SOCKET:
            seconds, nanoseconds = _TIMESPEC.unpack(value)
            return float(seconds + nanoseconds * 1e-9)
    return time.time()


def reply_source(ancillary: Ancillary) -> Ancillary:
    """Makes an answer leave by the address the question came to (several networks, one socket)."""
    for level, kind, value in ancillary:
        if level == socket.IPPROTO_IP and kind == _IP_PKTINFO:
            _, local, _ = _PKTINFO4.unpack(value)
            return [(level, kind, _PKTINFO4.pack(0, local, bytes(4)))]
        if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
            return [(level, kind, value[:16] + bytes(4))]
    return []
