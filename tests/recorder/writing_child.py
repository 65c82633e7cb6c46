"""A process that records and tells after each frame how far it is, until somebody kills it.

    python -m tests.recorder.writing_child DIRECTORY VIDEO [--sound-until S] [--file-limit BYTES]

It goes as fast as the disk takes the frames, and prints the time of each frame once the disk
has what was written of it.
"""

import argparse
import asyncio
import resource
from pathlib import Path

from recorder.take import TakeWriter
from tests.recorder import material


async def record(options: argparse.Namespace) -> None:
    codec = None if options.video == "none" else options.video
    writer = TakeWriter.open(
        options.directory,
        take_id="tk_child",
        part=1,
        origin_seconds=material.ORIGIN_SECONDS,
        audio_codec="opus",
        video_codec=codec or ("vp8" if options.expects_video else None),
    )
    tracks = [material.tone(options.sound_until)]
    if codec:
        tracks.append(material.video(codec, 12.0))
    for frame in material.in_order(*tracks):
        material.feed(writer, [frame])
        while writer.backlog_bytes and not writer.failed.is_set():  # noqa: ASYNC110 tells nobody
            await asyncio.sleep(0)
        if writer.failed.is_set():
            break
        print(f"at {frame.at:.3f}", flush=True)
    report = await writer.finish()
    print("failure", report.failure.key if report.failure else None, report.seconds, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("video", choices=["h264", "vp8", "none"])
    parser.add_argument("--sound-until", type=float, default=12.0)
    parser.add_argument("--expects-video", action="store_true")
    parser.add_argument("--file-limit", type=int)
    arguments = parser.parse_args()
    if arguments.file_limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (arguments.file_limit, arguments.file_limit))
    asyncio.run(record(arguments))
