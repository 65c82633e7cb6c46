"""A real sender over a bad line: sound complete, pictures whole, in order, never smeared."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from media.ice import MediaPort
from media.peer import Peer
from media.sink import Epoch, Gap, Note
from tests.media.client import Collected, client
from tests.media.impairment import Line, Path, path_to

SECONDS = 6


@pytest.fixture
async def path(port: MediaPort) -> AsyncIterator[Path]:
    async with path_to(port.number) as path:
        yield path


LINES = {
    "5 % lost": Line(loss=0.05, delay=0.02),
    "5 % lost in bursts": Line(loss=0.05, burst=5, delay=0.02),
    "10 % lost, reordered, doubled": Line(loss=0.10, delay=0.02, jitter=0.03, doubled=0.1),
}


@pytest.mark.parametrize("name", LINES)
async def test_sound_is_complete_and_pictures_are_whole(peer: Peer, path: Path, name: str) -> None:
    sound, pictures, notes = Collected(), Collected(), list[Note]()
    peer.inbound.attach("audio", sound)
    peer.inbound.attach("video", pictures)
    peer.inbound.attach_notes(notes.append)
    async with client() as page:
        await page.connect(peer, port_number=path.number)
        await pictures.wait_for(5)
        begun = len(sound.packets)
        path.up = LINES[name]
        await sound.wait_for(SECONDS * 50)
        await pictures.wait_for(SECONDS * 25)
        path.up = Line()
    assert LINES[name].lost > 20
    assert not [note for note in notes if isinstance(note, Epoch | Gap) and note.track == "audio"]
    steps = [b - a for a, b in zip(sound.ticks[begun:], sound.ticks[begun + 1 :], strict=False)]
    assert max(steps) == 960
    numbers = pictures.numbers("vp8")
    assert numbers == sorted(set(numbers))
    assert len(numbers) >= 0.95 * (numbers[-1] - numbers[0] + 1)


async def test_an_outage_freezes_the_picture_and_never_smears_it(peer: Peer, path: Path) -> None:
    pictures, gaps = Collected(), asyncio.Queue[Gap]()
    peer.inbound.attach("video", pictures)
    peer.inbound.attach_notes(
        lambda note: (
            gaps.put_nowait(note) if isinstance(note, Gap) and note.track == "video" else None
        )
    )
    async with client() as page:
        await page.connect(peer, port_number=path.number)
        await pictures.wait_for(40)
        path.up.is_down = True
        await asyncio.sleep(2.5)  # longer than aiortc keeps packets for resending
        path.up.is_down = False
        frozen_at = len(pictures.packets)
        async with asyncio.timeout(15):
            gap = await gaps.get()
        await pictures.wait_for(frozen_at + 30)
    assert pictures.packets[frozen_at].is_keyframe
    assert gap.end - gap.start > 1.5
    numbers = pictures.numbers("vp8")
    assert numbers == sorted(set(numbers))
    assert len(numbers) == len(pictures.packets)


async def test_forged_records_do_not_stop_a_set_up(peer: Peer, path: Path) -> None:
    """A forger who can even use the page's own address throws in alerts and rubbish."""
    alert = bytes((21, 254, 253)) + bytes(8) + bytes((0, 2, 2, 40))
    change = bytes((20, 254, 253)) + bytes(8) + bytes((0, 1, 1))

    async def forge() -> None:
        while not peer.is_connected:
            for data in (alert, change, b"\x16rubbish", b"\x17" * 60):
                path.inject(data)
            await asyncio.sleep(0.005)

    async with client() as page, asyncio.TaskGroup() as forgers:
        forgers.create_task(forge())
        await page.connect(peer, port_number=path.number)
    async with asyncio.timeout(5):
        assert await peer.wait_lost() == "closed_by_peer"
