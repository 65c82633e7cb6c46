/**
 * Watches what the page under test does, and tells the test: socket messages, frames it sent,
 * frame numbers it filmed and received. Runs before the page's own code. Of the page's world it
 * changes one thing: the browser's processing of the microphone is off, so that sound can be
 * compared with its source.
 *
 * Times are seconds since the Unix epoch, by the machine's clock, which is the server's too.
 */
(() => {
  if (window.top !== window || window.observer) return;

  const now = () => (performance.timeOrigin + performance.now()) / 1000;
  let waiting = [];
  const tell = (kind, value) => waiting.push([kind, now(), value]);
  const flush = () => {
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    window.tellTest(batch).catch(() => undefined);
  };
  setInterval(flush, 100);

  // ── numbers in pictures: recorder/frame_number.py, read in the page ──────────────────────
  const [CELLS, MARGIN, ROW, STEP, CONTRAST] = [20, 0.04, 0.03, 4, 60];
  const canvas = new OffscreenCanvas(CELLS * STEP, 2 * STEP);
  const context = canvas.getContext("2d", { willReadFrequently: true });

  function numberIn(frame) {
    const [width, height] = [frame.displayWidth, frame.displayHeight];
    const row = Math.round(height * ROW);
    const bottom = Math.round(height * (1 - ROW / 2));
    const span = width * (1 - 2 * MARGIN);
    context.drawImage(frame, width * MARGIN, bottom - 2 * row, span, 2 * row, 0, 0, CELLS * STEP, 2 * STEP);
    const pixels = context.getImageData(0, 0, CELLS * STEP, 2 * STEP).data;
    const level = (x, y) => {
      const at = (px, py) => pixels[4 * ((y * STEP + py) * CELLS * STEP + x * STEP + px) + 1];
      return (at(1, 1) + at(2, 1) + at(1, 2) + at(2, 2)) / 4;
    };
    let bits = "";
    for (let x = 0; x < CELLS; x += 1) {
      const difference = level(x, 0) - level(x, 1);
      if (Math.abs(difference) < CONTRAST) return null;
      bits += difference > 0 ? "1" : "0";
    }
    const number = parseInt(bits.slice(0, 16), 2);
    const [a, b, c, d] = [12, 8, 4, 0].map((shift) => (number >> shift) & 15);
    return (a + 3 * b + 5 * c + 7 * d + 9) % 16 === parseInt(bits.slice(16), 2) ? number : null;
  }

  async function readNumbers(track, kind, every = 1) {
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 60 }).readable.getReader();
    for (let count = 0; ; count += 1) {
      const { value: frame, done } = await reader.read();
      if (done) return;
      if (count % every === 0) tell(kind, [frame.timestamp / 1e6, numberIn(frame)]);
      frame.close();
    }
  }

  // ── the microphone, for a moment and as it is ────────────────────────────────────────────
  let microphone = null;

  /** The next `seconds` of the microphone: when it began, and the samples: 16 bits, base64. */
  async function listen(seconds) {
    const track = microphone.clone();
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 1000 }).readable.getReader();
    const chunks = [];
    let [first, delay, rate, count] = [null, Infinity, 48000, 0];
    while (count < seconds * rate) {
      const { value: data, done } = await reader.read();
      if (done) break;
      rate = data.sampleRate;
      first ??= data.timestamp / 1e6;
      delay = Math.min(delay, now() - data.timestamp / 1e6 - data.numberOfFrames / rate);
      const samples = new Float32Array(data.numberOfFrames);
      data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      data.close();
      chunks.push(Int16Array.from(samples, (sample) => sample * 32767));
      count += samples.length;
    }
    await reader.cancel();
    track.stop();
    const bytes = await new Blob(chunks).bytes();
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return { at: first + delay, rate, samples: btoa(text) };
  }

  const devices = navigator.mediaDevices;
  if (devices) {
    const getUserMedia = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wanted) => {
      const off = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      const audio = wanted.audio ? { ...wanted.audio, ...off } : wanted.audio;
      const opened = await getUserMedia({ ...wanted, audio });
      microphone = opened.getAudioTracks()[0] ?? microphone;
      for (const track of opened.getVideoTracks()) void readNumbers(track.clone(), "filmed", 3);
      return opened;
    };
  }

  // ── peer connections ─────────────────────────────────────────────────────────────────────
  let peers = 0;
  const RealPeer = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends RealPeer {
    constructor(...settings) {
      super(...settings);
      const peer = (peers += 1);
      this.addEventListener("track", ({ track }) => {
        if (track.kind === "video") void readNumbers(track, "received");
      });
      const timer = setInterval(async () => {
        if (this.connectionState === "closed") return clearInterval(timer);
        for (const entry of (await this.getStats()).values()) {
          if (entry.kind !== "video") continue;
          if (entry.type === "outbound-rtp") {
            tell("sent", { at: entry.timestamp / 1000, peer, frames: entry.framesSent });
          }
          if (entry.type === "inbound-rtp") {
            const { framesReceived, framesDecoded, packetsLost } = entry;
            tell("arrived", { peer, received: framesReceived, decoded: framesDecoded, lost: packetsLost });
          }
        }
      }, 100);
    }
  };

  // ── sockets ──────────────────────────────────────────────────────────────────────────────
  const RealSocket = window.WebSocket;
  window.WebSocket = class extends RealSocket {
    constructor(...settings) {
      super(...settings);
      this.addEventListener("message", ({ data }) => {
        tell("message", JSON.parse(data));
        flush(); // the test knows of it before the page shows it
      });
    }
  };

  window.observer = { listen };
})();
