/**
 * A socket that speaks JSON messages with a `type`, and comes back by itself when it is lost.
 *
 * Waits 0.5 s, 1 s, 2 s … at most 8 s between attempts, a little scattered so that a restarted
 * server is not met by everyone at once; at once when the network returns or the page is looked at
 * again. After `close()` nothing is delivered any more.
 */

export type SocketStatus = "connecting" | "open" | "waiting" | "closed";

export interface SocketEvents<In> {
  message(message: In): void;
  /** `refused`: the last attempt ended before it was open, so the server may not want us. */
  status?(status: SocketStatus, refused: boolean): void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
const OPENING_LIMIT_MS = 10_000;

export class Socket<In extends { type: string }, Out extends { type: string }> {
  status: SocketStatus = "connecting";
  private socket: WebSocket | null = null;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `address` is asked for anew at each attempt; a path of our own origin. */
  constructor(
    private readonly address: () => string,
    private readonly events: SocketEvents<In>,
  ) {
    globalThis.addEventListener?.("online", this.hurry);
    globalThis.addEventListener?.("pageshow", this.hurry);
    this.open();
  }

  /** False when the socket is not open; the message is then not sent, nor kept. */
  send(message: Out): boolean {
    if (this.socket === null || this.status !== "open") return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  close(): void {
    if (this.status === "closed") return;
    globalThis.removeEventListener?.("online", this.hurry);
    globalThis.removeEventListener?.("pageshow", this.hurry);
    clearTimeout(this.timer);
    this.forget();
    this.become("closed", false);
  }

  private readonly hurry = (): void => {
    if (this.status !== "waiting") return;
    clearTimeout(this.timer);
    this.open();
  };

  private open(): void {
    this.become("connecting", false);
    const socket = new WebSocket(socketUrl(this.address()));
    this.socket = socket;
    this.timer = setTimeout(() => this.lost(socket), OPENING_LIMIT_MS);
    socket.onopen = () => {
      clearTimeout(this.timer);
      this.attempts = 0;
      this.become("open", false);
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      if (this.socket === socket) this.events.message(JSON.parse(event.data) as In);
    };
    socket.onclose = () => this.lost(socket);
  }

  private lost(socket: WebSocket): void {
    if (this.socket !== socket) return;
    const refused = this.status === "connecting";
    clearTimeout(this.timer);
    this.forget();
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.attempts);
    this.attempts += 1;
    this.timer = setTimeout(() => this.open(), wait * (0.75 + Math.random() / 2));
    this.become("waiting", refused);
  }

  private forget(): void {
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private become(status: SocketStatus, refused: boolean): void {
    this.status = status;
    this.events.status?.(status, refused);
  }
}

function socketUrl(path: string): string {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
