import { expect, test } from "vitest";
import { iceFragment, withAudioNack, withIceOf } from "../../src/media/sdp";

const OFFER = [
  "v=0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9",
  "a=ice-ufrag:abcd",
  "a=ice-pwd:secretsecretsecretsecret",
  "a=rtpmap:111 opus/48000/2",
  "a=rtcp-fb:111 transport-cc",
  "a=rtpmap:63 red/48000/2",
  "a=rtpmap:9 G722/8000",
  "m=video 9 UDP/TLS/RTP/SAVPF 96",
  "a=ice-ufrag:abcd",
  "a=ice-pwd:secretsecretsecretsecret",
  "a=rtpmap:96 VP8/90000",
  "a=rtcp-fb:96 nack",
  "",
].join("\r\n");

test("audio repair is asked for once, for Opus only", () => {
  const asked = withAudioNack(OFFER);
  const lines = asked.split("\r\n");
  expect(lines.filter((line) => line === "a=rtcp-fb:111 nack")).toHaveLength(1);
  expect(lines.indexOf("a=rtcp-fb:111 nack")).toBe(lines.indexOf("a=rtpmap:111 opus/48000/2") + 1);
  expect(lines).toHaveLength(OFFER.split("\r\n").length + 1);
  expect(withAudioNack(asked)).toBe(asked);
});

test("nack pli of another codec is not mistaken for audio's", () => {
  const offer = OFFER.replace("a=rtcp-fb:111 transport-cc", "a=rtcp-fb:111 nack pli");
  expect(withAudioNack(offer)).toContain("\r\na=rtcp-fb:111 nack\r\n");
});

test("an offer without Opus is left alone", () => {
  expect(withAudioNack("v=0\r\nm=audio 9 X 0\r\n")).toBe("v=0\r\nm=audio 9 X 0\r\n");
});

test("an ICE restart carries its credentials there and back", () => {
  expect(iceFragment(OFFER)).toBe("a=ice-ufrag:abcd\r\na=ice-pwd:secretsecretsecretsecret\r\n");
  const restarted = withIceOf(OFFER, "a=ice-ufrag:wxyz\r\na=ice-pwd:otherotherotherother1234\r\n")!;
  expect(restarted.match(/a=ice-ufrag:wxyz/g)).toHaveLength(2);
  expect(restarted).not.toContain("abcd");
  expect(restarted.replaceAll("wxyz", "abcd")).toContain("a=rtpmap:96 VP8/90000\r\n");
});

test("without credentials there is nothing to restart with", () => {
  expect(iceFragment("v=0\r\n")).toBe("");
  expect(withIceOf(OFFER, "a=ice-lite\r\n")).toBeNull();
});
