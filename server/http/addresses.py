"""Where a request came from, for limits: an address that the sender cannot choose.

X-Forwarded-For counts only when the direct neighbour is one of the operator's proxies, and then
only its last entry that is not such a proxy: everything left of it may be invented. An IPv6
sender owns a whole /64, so that is what is counted.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

Network = IPv4Network | IPv6Network
TRUSTED: web.AppKey[Sequence[Network]] = web.AppKey("trusted_proxies", Sequence[Network])


def client_address(request: web.Request) -> str:
    """The sender's IPv4 address or IPv6 /64 network; "unknown" on a local socket."""
    forwarded = request.headers.getall("X-Forwarded-For", [])
    return counted_address(request.remote, forwarded, request.app[TRUSTED])


def counted_address(
    neighbour: str | None, forwarded: Sequence[str], trusted: Sequence[Network]
) -> str:
    """Walk from the neighbour leftwards through X-Forwarded-For while the hops are ours."""
    hops = [hop for header in forwarded for hop in header.split(",")]
    address = _parse(neighbour or "")
    while address is not None and hops and _is_ours(address, trusted):
        further = _parse(hops.pop())
        if further is None:
            break
        address = further
    if address is None:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def _is_ours(address: IPv4Address | IPv6Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
