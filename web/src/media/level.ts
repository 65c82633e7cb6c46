/** How loud a microphone is, measured in the page itself, for a bar that answers at once. */

const FLOOR_DBOV = -60;

/** −60 dBov and below → 0, −6 and above → 1, evenly between. */
export function levelOf(dbov: number): number {
  return Math.max(0, Math.min(1, (dbov - FLOOR_DBOV) / (-6 - FLOOR_DBOV)));
}

/** Root mean square of samples in −1…1 → dBov. */
export function dbovOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 || sum === 0 ? -127 : 10 * Math.log10(sum / samples.length);
}

/**
 * Calls `told` with 0…1 about every 60 ms until the returned function is called; with null where the
 * browser does not let us listen (no sound output, or no tap yet).
 */
export function watchLevel(camera: MediaStream, told: (level: number | null) => void): () => void {
  const audio = camera.getAudioTracks();
  if (audio.length === 0) return () => undefined;
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream(audio)).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    if (context.state === "suspended") void context.resume();
    analyser.getFloatTimeDomainData(samples);
    told(context.state === "running" ? levelOf(dbovOf(samples)) : null);
  }, 60);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
