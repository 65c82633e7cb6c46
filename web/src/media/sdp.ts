/** Changes to our own offer before it is sent. Text in, text out. */

/**
 * Asks for audio to be repaired: one `a=rtcp-fb:<opus> nack` line (RFC 4585 §4.2), which browsers
 * support but do not offer. An offer that has it already, or no Opus, is left as it is.
 */
export function withAudioNack(sdp_offer: string): string {
  const opus = /^a=rtpmap:(\d+) opus\/48000/m.exec(sdp_offer)?.[1];
  if (opus === undefined) return sdp_offer;
  const line = `a=rtcp-fb:${opus} nack`;
  if (new RegExp(`^${line}\\s*$`, "m").test(sdp_offer)) return sdp_offer;
  return sdp_offer.replaceAll(/^(a=rtpmap:(\d+) opus\/48000[^\r\n]*)$/gm, (found, map, number) =>
    number === opus ? `${map}\r\n${line}` : found,
  );
}
