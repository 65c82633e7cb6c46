"""Every error the media core raises on purpose; `server` translates them, this package knows no HTTP.

MediaError
├── OfferRefused    an SDP offer or fragment that is not answered; the text names the cause
├── PeerLost        the other end never connected, fell silent, or closed
├── ClipUnreadable  a clip's directory does not hold what the recorder prepares
└── Malformed       a packet that does not parse; dropped by whoever called the parser
"""


class MediaError(Exception):
    """Base of the tree. `key` is stable, `text` one plain sentence for a person, free of secrets."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key
        self.text = text


class OfferRefused(MediaError):
    pass


class PeerLost(MediaError):
    pass


class ClipUnreadable(MediaError):
    pass


class Malformed(MediaError):
    def __init__(self, text: str) -> None:
        super().__init__("malformed_packet", text)
