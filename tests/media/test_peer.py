"""A peer against another implementation: it connects, receives, restarts, and ends once."""

import asyncio
import contextlib
from fractions import Fraction

import pytest

from media import peer as peer_module
from media import rtcp
from media.errors import OfferRefused, PeerLost
from media.ice import MediaPort
from media.peer import Peer
from media.sink import CodecChanged, Note, SenderReport
from tests.media import offers
from tests.media.client import Collected, client
from tests.media.impairment import path_to


def collect(peer: Peer, *, prompt: bool = False) -> tuple[Collected, Collected]:
    sound, pictures = Collected(), Collected()
    peer.inbound.attach("audio", sound, prompt=prompt)
    peer.inbound.attach("video", pictures, prompt=prompt)
    return sound, pictures


@pytest.mark.parametrize("codec", ["vp8", "h264"])
async def test_whole_frames_arrive_on_one_clock(peer: Peer, codec: str) -> None:
    sound, pictures = collect(peer)
    notes: list[Note] = []
    peer.inbound.attach_notes(notes.append)
    async with client() as page:
        await page.connect(peer, video_codec=codec)
        await pictures.wait_for(75)
        await sound.wait_for(170)
    assert peer.inbound.codecs == {"audio": "opus", "video": codec}
    assert pictures.packets[0].is_keyframe
    numbers = pictures.numbers(codec)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert {b - a for a, b in zip(sound.ticks[120:], sound.ticks[121:], strict=False)} == {960}
    assert pictures.ticks == sorted(set(pictures.ticks))
    assert pictures.packets[0].time_base == Fraction(1, 90_000)
    report = peer.inbound.report()
    assert (report.width, report.height, report.lost) == (320, 192, 0)
    assert report.frames >= 75
    codecs = {note.codec for note in notes if isinstance(note, CodecChanged)}
    assert codecs == {"opus", codec}


async def test_the_microphones_level_is_known_without_decoding(peer: Peer) -> None:
    sound, _ = collect(peer)
    async with client() as page:
        await page.connect(peer)
        await sound.wait_for(50)
        level = peer.inbound.report().audio_dbov
    assert level is not None
    assert -40 < level < -10


async def test_sender_reports_are_noted_and_lie_on_the_media_clock(peer: Peer) -> None:
    reports: asyncio.Queue[SenderReport] = asyncio.Queue()
    peer.inbound.attach_notes(
        lambda note: reports.put_nowait(note) if isinstance(note, SenderReport) else None
    )
    async with client() as page, asyncio.timeout(20):
        await page.connect(peer)
        report = await reports.get()
        assert 0 <= report.at <= peer.inbound.now() + 0.5


async def test_several_sinks_get_every_frame_each(peer: Peer) -> None:
    first, second = Collected(), Collected()
    peer.inbound.attach("video", first)
    detach = peer.inbound.attach("video", second)
    prompt = Collected()
    peer.inbound.attach("video", prompt, prompt=True)
    async with client() as page:
        await page.connect(peer)
        await first.wait_for(20)
        detach()
        seen = len(second.packets)
        await prompt.wait_for(30)
        await first.wait_for(30)
    assert first.ticks[:20] == second.ticks[:20] == prompt.ticks[:20]
    assert len(second.packets) == seen


async def test_what_is_on_its_way_can_be_waited_for(peer: Peer) -> None:
    sound, pictures = collect(peer)
    async with client() as page:
        await page.connect(peer)
        await pictures.wait_for(10)
        until = peer.inbound.now() + 0.2
        await peer.inbound.wait_delivered(until)
        assert pictures.ticks[-1] >= until * 90_000
        assert sound.ticks[-1] >= until * 48_000
    before = len(pictures.packets)
    await peer.inbound.wait_delivered(until + 100, limit_seconds=0.01)
    assert len(pictures.packets) == before


async def test_a_key_frame_comes_when_asked_for(peer: Peer) -> None:
    _, pictures = collect(peer)
    async with client() as page:
        await page.connect(peer)
        await pictures.wait_for(10)
        peer.inbound.request_key_frame()
        asked_at = len(pictures.packets)
        await pictures.wait_for(asked_at + 15)
    assert any(packet.is_keyframe for packet in pictures.packets[asked_at:])


async def test_a_page_that_goes_is_noticed_at_once(peer: Peer) -> None:
    async with client() as page:
        await page.connect(peer)
    async with asyncio.timeout(5):
        assert await peer.wait_lost() == "closed_by_peer"
    assert not peer.is_connected


async def test_a_silent_line_is_noticed(
    port: MediaPort, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_module, "SILENCE_SECONDS", 0.5)
    async with path_to(port.number) as path, client() as page, asyncio.timeout(20):
        await page.connect(peer, port_number=path.number)
        path.up.is_down = True
        assert await peer.wait_lost() == "silent"


async def test_an_offer_that_never_connects_is_gone(
    port: MediaPort, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_module, "CONNECT_SECONDS", 0.1)
    await peer.answer(offers.chromium())
    assert port.transports == 1
    with pytest.raises(PeerLost) as lost:
        await peer.wait_connected()
    assert lost.value.key == "never_connected"
    await peer.close()
    assert port.transports == 0


async def test_a_second_offer_is_refused(peer: Peer) -> None:
    await peer.answer(offers.chromium())
    with pytest.raises(OfferRefused) as refused:
        await peer.answer(offers.chromium())
    assert refused.value.key == "already_answered"


async def test_a_refused_offer_takes_nothing(port: MediaPort, peer: Peer) -> None:
    with pytest.raises(OfferRefused):
        await peer.answer("not SDP")
    assert port.transports == 0
    await peer.answer(offers.chromium())


@pytest.mark.parametrize("stage", ["new", "answered", "connected"])
async def test_closing_works_at_any_time_and_twice(port: MediaPort, stage: str) -> None:
    tasks = asyncio.all_tasks()
    peer = Peer(port, receive=True, send=True)
    async with contextlib.AsyncExitStack() as stack:
        if stage == "answered":
            await peer.answer(offers.chromium())
        if stage == "connected":
            page = await stack.enter_async_context(client())
            await page.connect(peer)
        await peer.close()
        await peer.close()
    assert await peer.wait_lost() == "closed"
    with pytest.raises(PeerLost):
        await peer.wait_connected()
    assert port.transports == 0
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= tasks


async def test_the_page_hears_that_we_closed(peer: Peer) -> None:
    async with client() as page:
        closed = asyncio.Event()
        await page.connect(peer)
        dtls = page.connection.getTransceivers()[0].sender.transport
        dtls.on("statechange", lambda: closed.set() if dtls.state == "closed" else None)
        await peer.close()
        async with asyncio.timeout(5):
            await closed.wait()


async def test_what_the_page_reports_reaches_the_downlink(peer: Peer) -> None:
    async with client() as page:
        await page.connect(peer)
        wanted = asyncio.Event()
        downlink = peer.outbound["video"]
        downlink.key_frame_wanted = wanted.set
        receiver = next(t.receiver for t in page.connection.getTransceivers() if t.kind == "video")
        await receiver.transport._send_rtp(rtcp.build_picture_loss(1, downlink.ssrc))
        async with asyncio.timeout(5):
            await wanted.wait()
