/**
 * Camera and microphone: asking for them, choosing among them, and saying plainly what is wrong.
 *
 * The page asks for 1280×720 at 30 frames a second and takes what the device gives; a picture that
 * is smaller is still an answer. `contentHint` tells the encoder that this is a moving face and a
 * voice.
 */

export type CameraTrouble = "denied" | "busy" | "missing" | "insecure" | "unsupported" | "unknown";

export interface CameraChoice {
  camera_id?: string | undefined;
  microphone_id?: string | undefined;
}

export interface Device {
  id: string;
  name: string;
}

export interface Devices {
  cameras: Device[];
  microphones: Device[];
}

/** `trouble` says which help to show; `device` what it was about, where that is known. */
export class CameraError extends Error {
  constructor(readonly trouble: CameraTrouble) {
    super(trouble);
    this.name = "CameraError";
  }
}

/** Opens both; throws CameraError. A device that was chosen and has gone is not insisted on. */
export async function openCamera(choice: CameraChoice = {}): Promise<MediaStream> {
  const devices = mediaDevices();
  try {
    const opened = await devices.getUserMedia({
      audio: {
        ...wanted(choice.microphone_id),
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
      },
      video: {
        ...wanted(choice.camera_id),
        width: { ideal: 1280 },
        height: { ideal: 720 },
        frameRate: { ideal: 30 },
        ...(choice.camera_id ? {} : { facingMode: "user" }),
      },
    });
    hintContent(opened);
    return opened;
  } catch (error) {
    throw new CameraError(troubleOf(error));
  }
}

/** All cameras and microphones; they have names only after `openCamera` was allowed. */
export async function listDevices(): Promise<Devices> {
  const all = await mediaDevices().enumerateDevices();
  return {
    cameras: named(all, "videoinput", "Camera"),
    microphones: named(all, "audioinput", "Microphone"),
  };
}

/** Stops every track: the camera's light goes off. */
export function closeCamera(camera: MediaStream | null): void {
  for (const track of camera?.getTracks() ?? []) track.stop();
}

/** The device ids that are in use, to keep them at the next `openCamera`. */
export function choiceOf(camera: MediaStream): Required<CameraChoice> {
  const id = (track: MediaStreamTrack | undefined) => track?.getSettings().deviceId;
  return { camera_id: id(camera.getVideoTracks()[0]), microphone_id: id(camera.getAudioTracks()[0]) };
}

/** The names of getUserMedia's errors, Media Capture and Streams §10.2, as what to do about them. */
export function troubleOf(error: unknown): CameraTrouble {
  if (error instanceof CameraError) return error.trouble;
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    default:
      return "unknown";
  }
}

function mediaDevices(): MediaDevices {
  if (globalThis.isSecureContext === false) throw new CameraError("insecure");
  const devices = globalThis.navigator?.mediaDevices as MediaDevices | undefined;
  if (!devices || !("RTCPeerConnection" in globalThis)) throw new CameraError("unsupported");
  return devices;
}

function wanted(id: string | undefined): MediaTrackConstraints {
  return id ? { deviceId: { ideal: id } } : {};
}

function hintContent(opened: MediaStream): void {
  for (const track of opened.getAudioTracks()) track.contentHint = "speech";
  for (const track of opened.getVideoTracks()) track.contentHint = "motion";
}

function named(all: MediaDeviceInfo[], kind: MediaDeviceKind, fallback: string): Device[] {
  return all
    .filter((device) => device.kind === kind && device.deviceId !== "")
    .map((device, index) => ({ id: device.deviceId, name: device.label || `${fallback} ${index + 1}` }));
}
