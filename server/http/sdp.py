"""SDP over HTTP, WHIP-shaped (RFC 9725): reads offers, answers with a Location, names refusals."""

from aiohttp import web

from media.errors import OfferRefused
from server.errors import BadInput, InterludeError, TooLarge, Unsupported
from server.http.bodies import read_bytes

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
MAX_SDP_BYTES = 64 * 1024
REFUSALS: dict[str, type[InterludeError]] = {
    "no_common_codec": Unsupported,
    "offer_too_large": TooLarge,
}


async def read_offer(request: web.Request, media_type: str = SDP) -> str:
    """The body as text; raises Unsupported, TooLarge, BadInput before anything parses it."""
    if request.content_type != media_type:
        raise Unsupported("wrong_content_type", f"Send this request as {media_type}.")
    body = await read_bytes(request, MAX_SDP_BYTES)
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BadInput("offer_not_sdp", "The offer is not SDP: it is not UTF-8 text.") from None


def refusal(refused: OfferRefused) -> InterludeError:
    """What the media core has against an offer, as an error of the product."""
    return REFUSALS.get(refused.key, BadInput)(refused.key, refused.text)


def created(sdp_answer: str, location: str) -> web.Response:
    headers = {"Location": location, "Cache-Control": "no-store"}
    return web.Response(text=sdp_answer, status=201, content_type=SDP, headers=headers)
