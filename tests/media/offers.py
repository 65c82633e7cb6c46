"""Offers of real browsers, shortened in the middle: what our answers have to be made from.

`chromium` and `firefox` are as those browsers write them (Chromium 156, Firefox ESR 153), with
the a=rtcp-fb line for Opus that the page adds; codecs that nobody wants here are thinned out.
"""

FINGERPRINT = ":".join(["D9"] * 32)


def chromium(direction: str = "sendrecv") -> str:
    return _join(
        _session(),
        _media(
            "audio 9 UDP/TLS/RTP/SAVPF 111 63 9 110",
            "0",
            direction,
            "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
            "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
            "a=rtcp-rsize",
            "a=rtpmap:111 opus/48000/2",
            "a=rtcp-fb:111 nack",
            "a=rtcp-fb:111 transport-cc",
            "a=fmtp:111 minptime=10;useinbandfec=1",
            "a=rtpmap:63 red/48000/2",
            "a=fmtp:63 111/111",
            "a=rtpmap:9 G722/8000",
            "a=rtpmap:110 telephone-event/48000",
        ),
        _media(
            "video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 107 108 109 45 46 98 99",
            "1",
            direction,
            "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
            "a=extmap:13 urn:3gpp:video-orientation",
            "a=rtcp-rsize",
            *_chromium_video(),
        ),
    )


def _chromium_video() -> list[str]:
    h264 = "level-asymmetry-allowed=1;packetization-mode={};profile-level-id={}"
    formats = {
        "96 VP8": "",
        "102 H264": h264.format(1, "42001f"),
        "104 H264": h264.format(0, "42001f"),
        "108 H264": h264.format(1, "42e01f"),
        "45 AV1": "level-idx=5;profile=0;tier=0",
        "98 VP9": "profile-id=0",
    }
    rtx = {"96": 97, "102": 103, "104": 107, "108": 109, "45": 46, "98": 99}
    lines = []
    for name, parameters in formats.items():
        number = name.split()[0]
        lines.append(f"a=rtpmap:{name}/90000")
        feedback = ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")
        lines += [f"a=rtcp-fb:{number} {kind}" for kind in feedback]
        lines += [f"a=fmtp:{number} {parameters}"] if parameters else []
        lines += [f"a=rtpmap:{rtx[number]} rtx/90000", f"a=fmtp:{rtx[number]} apt={number}"]
    return lines


def firefox() -> str:
    """Fingerprint above the media, attributes in another order, no H264."""
    return _join(
        [*_session(), f"a=fingerprint:sha-256 {FINGERPRINT}"],
        _media(
            "audio 9 UDP/TLS/RTP/SAVPF 109 9 101",
            "0",
            "sendrecv",
            "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            "a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level",
            "a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1",
            "a=rtpmap:109 opus/48000/2",
            "a=rtcp-fb:109 nack",
            "a=rtpmap:9 G722/8000/1",
            "a=rtpmap:101 telephone-event/8000/1",
        ),
        _media(
            "video 9 UDP/TLS/RTP/SAVPF 120 124 121 125",
            "1",
            "sendrecv",
            "a=fmtp:120 max-fs=12288;max-fr=60",
            "a=fmtp:124 apt=120",
            "a=rtcp-fb:* nack",
            "a=rtcp-fb:* nack pli",
            "a=rtcp-rsize",
            "a=rtpmap:120 VP8/90000",
            "a=rtpmap:124 rtx/90000",
            "a=rtpmap:121 VP9/90000",
            "a=rtpmap:125 rtx/90000",
            "a=fmtp:125 apt=121",
        ),
    )


def _session() -> list[str]:
    return ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1"]


def _media(line: str, mid: str, direction: str, *more: str) -> list[str]:
    return [
        f"m={line}",
        "c=IN IP4 0.0.0.0",
        "a=ice-ufrag:dkfJ",
        "a=ice-pwd:5KSr0ZwByd6mXrPGtEUhFFsG",
        f"a=fingerprint:sha-256 {FINGERPRINT}",
        "a=setup:actpass",
        f"a=mid:{mid}",
        f"a={direction}",
        "a=rtcp-mux",
        *more,
    ]


def _join(*blocks: list[str]) -> str:
    return "".join(f"{line}\r\n" for block in blocks for line in block)
