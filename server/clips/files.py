"""The files of a clip: their names, storage keys and addresses.

Made by the recorder's task "clip": two playouts for the media core (packetised once, sent to every
viewer) and what a browser loads by HTTP.
"""

from pathlib import Path

from server.interviews.script import ClipId
from server.storage.base import Storage

FILE = "file.mp4"
POSTER = "poster.jpg"
CAPTIONS = "captions.vtt"
PLAYOUT_H264 = "playout.h264.mp4"
PLAYOUT_VP8 = "playout.vp8.webm"

MADE = (PLAYOUT_H264, PLAYOUT_VP8, POSTER, FILE)
SERVED = {FILE: "video/mp4", POSTER: "image/jpeg", CAPTIONS: "text/vtt"}


def key(clip_id: ClipId, name: str) -> str:
    return f"clips/{clip_id}/{name}"


def url(clip_id: ClipId, name: str) -> str:
    return f"/api/clips/{clip_id}/{name}"


async def playout_directory(storage: Storage, clip_id: ClipId) -> Path:
    """The directory in which both playouts of a ready clip lie. Raises NotFound."""
    await storage.local_path(key(clip_id, PLAYOUT_VP8))
    return (await storage.local_path(key(clip_id, PLAYOUT_H264))).parent
