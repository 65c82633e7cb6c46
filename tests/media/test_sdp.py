"""Offers in, answers out: real browsers' offers, our own rules, and every kind of nonsense."""

import contextlib
import random
import time

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from media import sdp, sdp_answer
from media.errors import OfferRefused
from tests.media import offers

LOCAL = sdp_answer.Local(
    username_fragment="ourfragment",
    password="ourpassword",
    fingerprint=offers.FINGERPRINT,
    setup="passive",
    addresses=(("192.0.2.1", 7000), ("127.0.0.1", 7000)),
    cname="pc_1",
    ssrcs={"audio": (1, 2), "video": (3, 4)},
)


def answer(
    offer: str, *, receive: bool = True, send: bool = True, video_codec: str | None = None
) -> str:
    sections = sdp_answer.choose(
        sdp.parse_offer(offer), receive=receive, send=send, video_codec=video_codec
    )
    return sdp_answer.build_answer(sections, LOCAL)


def refusal(offer: str, *, receive: bool = True) -> str:
    with pytest.raises(OfferRefused) as refused:
        answer(offer, receive=receive, send=True)
    assert refused.value.text
    return refused.value.key


def test_a_chromium_offer_is_read() -> None:
    offer = sdp.parse_offer(offers.chromium())
    assert (offer.username_fragment, offer.password) == ("dkfJ", "5KSr0ZwByd6mXrPGtEUhFFsG")
    assert offer.fingerprints == (("sha-256", offers.FINGERPRINT),)
    audio, video = offer.media
    assert audio.codecs[0].feedback == ("nack", "transport-cc")
    assert [codec.rtx_payload_type for codec in video.codecs] == [97, 103, 107, 109, 46, 99]


def test_h264_in_its_good_profile_goes_first_and_vp8_stays() -> None:
    sections = sdp_answer.choose(sdp.parse_offer(offers.chromium()), receive=True, send=True)
    assert [c.payload_type for c in sections[1].codecs] == [108, 102, 96]
    assert [c.name for c in sections[0].codecs] == ["opus"]


def test_a_firefox_offer_without_h264_gets_vp8() -> None:
    sections = sdp_answer.choose(sdp.parse_offer(offers.firefox()), receive=True, send=True)
    [codec] = sections[1].codecs
    assert (codec.name, codec.payload_type, codec.rtx_payload_type) == ("vp8", 120, 124)
    assert codec.feedback == ("nack", "nack pli")


@pytest.mark.parametrize("offer", [offers.chromium(), offers.firefox()])
def test_another_implementation_reads_our_answer(offer: str) -> None:
    text = answer(offer)
    parsed = SessionDescription.parse(text)
    audio, video = parsed.media
    assert parsed.group[0].items == ["0", "1"]
    for media in (audio, video):
        assert media.direction == "sendrecv"
        assert media.ice is not None
        assert media.ice.iceLite
        assert media.ice.usernameFragment == "ourfragment"
        assert media.dtls is not None
        assert media.dtls.role == "server"
        assert media.ice_candidates[0].ip == "192.0.2.1"
        assert media.ice_candidates_complete
        assert media.rtcp_mux
        assert media.ssrc[0].cname == "pc_1"
    assert audio.rtp.codecs[0].rtcpFeedback[0].type == "nack"


def test_the_answer_names_only_extensions_that_were_offered() -> None:
    assert "transport-wide-cc" in answer(offers.chromium())
    assert "transport-wide-cc" not in answer(offers.firefox())
    assert "video-orientation" not in answer(offers.chromium())  # upright pictures need no hint


@pytest.mark.parametrize(
    ("offered", "receive", "send", "answered"),
    [
        ("sendrecv", True, True, "sendrecv"),
        ("sendrecv", True, False, "recvonly"),
        ("sendonly", True, True, "recvonly"),
        ("recvonly", True, True, "sendonly"),
        ("recvonly", False, True, "sendonly"),
    ],
)
def test_directions_are_what_both_sides_want(
    offered: str, receive: bool, send: bool, answered: str
) -> None:
    text = answer(offers.chromium(offered), receive=receive, send=send)
    assert text.count(f"a={answered}\r\n") == 2
    assert ("a=ssrc:" in text) is (answered in ("sendrecv", "sendonly"))


def test_a_watcher_may_be_held_to_one_codec() -> None:
    text = answer(offers.chromium("recvonly"), receive=False, send=True, video_codec="vp8")
    assert "VP8/90000" in text
    assert "H264" not in text
    with pytest.raises(OfferRefused) as refused:
        answer(offers.firefox(), receive=False, send=True, video_codec="h264")
    assert refused.value.key == "no_common_codec"


def test_what_we_do_not_take_is_rejected_line_by_line() -> None:
    lines = [
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "a=mid:2",
        "m=video 9 UDP/TLS/RTP/SAVPF 96",
        "a=mid:3",
        "a=rtcp-mux",
        "a=rtpmap:96 VP8/90000",
    ]
    offer = offers.chromium().replace("BUNDLE 0 1", "BUNDLE 0 1 2 3")
    text = answer(offer + "".join(f"{line}\r\n" for line in lines))
    assert "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n" in text
    assert "m=video 0 UDP/TLS/RTP/SAVPF 0\r\na=mid:3\r\n" in text
    assert "a=group:BUNDLE 0 1\r\n" in text


@pytest.mark.parametrize(
    ("offer", "key"),
    [
        ("", "offer_not_sdp"),
        ("hello", "offer_not_sdp"),
        ('{"type":"offer"}', "offer_not_sdp"),
        ("v=0\r\nrubbish\r\n", "offer_not_sdp"),
        ("v=0\r\ns=-\r\n", "offer_empty"),
        ("v=0\r\n" + "a=x\r\n" * 401, "offer_too_large"),
        ("v=0\r\n" + "a=" + "x" * 17_000, "offer_too_large"),
        ("v=0\r\n" * 200_000, "offer_too_large"),
        ("v=0\r\nm=audio\r\n", "offer_not_sdp"),
        (offers.chromium().replace("a=mid:1", "a=mid:0"), "offer_not_sdp"),
        (offers.chromium().replace("a=mid:1\r\n", ""), "offer_incomplete"),
        (offers.chromium().replace("a=group:BUNDLE 0 1\r\n", ""), "offer_not_bundled"),
        (offers.chromium().replace("a=ice-ufrag:dkfJ\r\n", ""), "offer_incomplete"),
        (offers.chromium().replace("a=ice-pwd:5", "a=ice-pwd: "), "offer_incomplete"),
        (offers.chromium().replace("sha-256", "md5"), "offer_incomplete"),
        (offers.chromium().replace("a=rtcp-mux\r\n", ""), "offer_incomplete"),
        (offers.chromium().replace("opus", "speex"), "no_common_codec"),
        (offers.firefox().replace("VP8", "VP7"), "no_common_codec"),
        (offers.chromium("inactive"), "offer_empty"),
    ],
)
def test_an_offer_that_is_not_taken_is_refused_by_name(offer: str, key: str) -> None:
    if key == "offer_incomplete" and "a=ice-pwd: " in offer:
        offer = offer.replace("a=ice-pwd: ", "a=ice-pwd:? ")
    assert refusal(offer) == key


def test_nothing_to_send_to_a_page_that_only_sends_is_refused() -> None:
    assert refusal(offers.chromium("sendonly"), receive=False) == "offer_empty"


def test_the_fragment_of_an_ice_restart_there_and_back() -> None:
    fragment = sdp_answer.build_fragment("0", LOCAL)
    assert sdp.parse_fragment(fragment) == ("ourfragment", "ourpassword")
    assert "a=candidate:1 1 udp 2130706431 192.0.2.1 7000 typ host" in fragment
    with pytest.raises(OfferRefused):
        sdp.parse_fragment("m=audio 9 RTP/AVP 0\r\n")


@given(st.text(max_size=400))
@settings(deadline=None, max_examples=300)
def test_any_text_is_read_or_refused(noise: str) -> None:
    for text in (noise, "v=0\r\n" + noise, "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 1\r\na=" + noise):
        with contextlib.suppress(OfferRefused):
            answer(text)
        with contextlib.suppress(OfferRefused):
            sdp.parse_fragment(text)


def test_mutilated_browser_offers_are_answered_or_refused() -> None:
    generator = random.Random(11)
    for source in (offers.chromium(), offers.firefox()):
        for _ in range(1500):
            letters = list(source)
            for _ in range(generator.randrange(1, 12)):
                place = generator.randrange(len(letters))
                letters[place] = chr(generator.choice((0, 10, 13, 32, 48, 57, 58, 61, 255, 0x2028)))
            with contextlib.suppress(OfferRefused):
                text = answer("".join(letters))
                assert SessionDescription.parse(text).media


def test_the_worst_offer_that_passes_the_gate_costs_little() -> None:
    line = "a=rtcp-fb:* " + "n" * 20 + "\r\n"
    media = (
        f"m=video 9 UDP/TLS/RTP/SAVPF {' '.join(str(n % 128) for n in range(1500))}\r\na=mid:0\r\n"
    )
    offer = "v=0\r\n" + media + line * ((sdp.MAX_BYTES - len(media) - 5) // len(line))
    started = time.process_time()
    for _ in range(10):
        with contextlib.suppress(OfferRefused):
            answer(offer)
    assert time.process_time() - started < 2.5  # 250 ms each, the bound on blocking the loop
