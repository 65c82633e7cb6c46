"""One peer connection of a candidate's page: what it sends us, and the playout it receives."""

from typing import Literal

from media.ice import MediaPort
from media.inbound import InboundReport
from media.peer import Peer
from media.playout import Playout
from server.sessions.protocol import Line

SILENT_DBOV = -75.0
QUIET_DBOV = -50.0


class Connection:
    """Owned by the session's stage hand; `close()` is idempotent."""

    def __init__(self, port: MediaPort) -> None:
        self.peer = Peer(port, receive=True, send=True)
        self.id = self.peer.id
        self.playout: Playout | None = None

    async def answer(self, sdp_offer: str) -> str:
        """The SDP answer; raises media.errors.OfferRefused."""
        sdp_answer = await self.peer.answer(sdp_offer)
        self.playout = Playout(self.peer.outbound)
        return sdp_answer

    @property
    def played_seconds(self) -> float:
        """How far the running segment has reached the page."""
        return 0.0 if self.playout is None else self.playout.arrived_seconds

    def line(self, now: float) -> Line:
        report = self.peer.inbound.report()
        return Line(
            type="line",
            now=now,
            audio_dbov=report.audio_dbov,
            frames_per_second=report.frames_per_second,
            width=report.width,
            height=report.height,
            trouble=_trouble(report),
        )

    async def close(self) -> None:
        if self.playout is not None:
            self.playout.close()
        await self.peer.close()


def _trouble(report: InboundReport) -> Literal["no_sound", "quiet", "no_picture"] | None:
    if report.frames_per_second <= 0:
        return "no_picture"
    if report.audio_dbov is None or report.audio_dbov < SILENT_DBOV:
        return "no_sound"
    return "quiet" if report.audio_dbov < QUIET_DBOV else None
