/** What the page reads from and writes into SDP. Text in, text out. */

const UFRAG = /^a=ice-ufrag:(\S+)\r?$/m;
const PASSWORD = /^a=ice-pwd:(\S+)\r?$/m;

/**
 * Asks for audio to be repaired: one `a=rtcp-fb:<opus> nack` line (RFC 4585 §4.2), which browsers
 * support but do not offer. An offer that has it already, or no Opus, is left as it is.
 */
export function withAudioNack(sdp_offer: string): string {
  const opus = /^a=rtpmap:(\d+) opus\/48000/m.exec(sdp_offer)?.[1];
  if (opus === undefined) return sdp_offer;
  const line = `a=rtcp-fb:${opus} nack`;
  if (new RegExp(`^${line}\\s*$`, "m").test(sdp_offer)) return sdp_offer;
  return sdp_offer.replace(/^a=rtpmap:\d+ opus\/48000[^\r\n]*/m, (map) => `${map}\r\n${line}`);
}

/** The fragment of an ICE restart (RFC 8840 §9) for a description; empty when it has no ICE. */
export function iceFragment(sdp: string): string {
  const ufrag = UFRAG.exec(sdp)?.[1];
  const password = PASSWORD.exec(sdp)?.[1];
  return ufrag && password ? `a=ice-ufrag:${ufrag}\r\na=ice-pwd:${password}\r\n` : "";
}

/** `sdp_answer` with the ICE credentials of `fragment`; null when the fragment has none. */
export function withIceOf(sdp_answer: string, fragment: string): string | null {
  const ufrag = UFRAG.exec(fragment)?.[1];
  const password = PASSWORD.exec(fragment)?.[1];
  if (!ufrag || !password) return null;
  return sdp_answer
    .replaceAll(/^a=ice-ufrag:[^\r\n]*/gm, `a=ice-ufrag:${ufrag}`)
    .replaceAll(/^a=ice-pwd:[^\r\n]*/gm, `a=ice-pwd:${password}`);
}
