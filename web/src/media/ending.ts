/** The orderly end of a connection: the server hears it by HTTP before the line goes quiet. */
import { deleteQuietly } from "../api";

const LIMIT_MS = 1_000;

export async function endQuietly(connection: RTCPeerConnection, location: string): Promise<void> {
  const limit = new Promise<void>((done) => setTimeout(done, LIMIT_MS));
  await Promise.race([deleteQuietly(location), limit]);
  connection.close();
}
