/**
 * The candidate's side of a session: the link becomes a session, the socket brings its state, and
 * wishes go the other way. It decides nothing: `state.stage` is shown as it is sent.
 *
 * Framework-free; a component subscribes to it (the contract of a Svelte store). The value is a new
 * object after each change, so that it can be compared and kept.
 */
import { ApiError, sendJson } from "../api";
import type {
  Hello,
  Line,
  Message,
  OpenedInvitation,
  PageMessage,
  Problem,
  ServerMessage,
  State,
} from "../protocol";
import { Socket, type SocketEvents, type SocketStatus } from "../socket";
import type { ServerClock } from "./clock";

/** `gone`: what the server said of the link; the page ends there. */
export interface View {
  phase: "opening" | "live" | "moved" | "gone";
  gone: { status: number; key: string; text: string } | null;
  socket: SocketStatus;
  hello: Hello | null;
  state: State | null;
  line: Line | null;
  watchers: readonly string[];
  watching_ended: boolean;
  conversation: readonly Message[];
  problem: Problem | null;
  /** The wish that was sent last and has had no effect yet. */
  pending: PageMessage["type"] | null;
}

export interface CandidateSocket {
  send(message: PageMessage): boolean;
  close(): void;
}
export type OpenSocket = (
  address: () => string,
  events: SocketEvents<ServerMessage>,
) => CandidateSocket;
export type OpenInvitation = (token: string) => Promise<OpenedInvitation>;

const RETRY_MS = 3_000;
const WISH_KEPT_SECONDS = 15;

const START: View = {
  phase: "opening",
  gone: null,
  socket: "connecting",
  hello: null,
  state: null,
  line: null,
  watchers: [],
  watching_ended: false,
  conversation: [],
  problem: null,
  pending: null,
};

export class CandidateSession {
  view: View = START;
  private socket: CandidateSocket | null = null;
  private session_id = "";
  private kept: { wish: PageMessage; until: number } | null = null;
  private readonly readers = new Set<(view: View) => void>();

  constructor(
    private readonly token: string,
    private readonly clock: ServerClock,
    private readonly openInvitation: OpenInvitation = postInvitation,
    private readonly openSocket: OpenSocket = (address, events) => new Socket(address, events),
  ) {}

  subscribe(reader: (view: View) => void): () => void {
    this.readers.add(reader);
    reader(this.view);
    return () => this.readers.delete(reader);
  }

  /** Opens the link, then the socket; tries again while the server cannot be reached. */
  async open(): Promise<void> {
    try {
      this.session_id = (await this.openInvitation(this.token)).session_id;
    } catch (error) {
      this.refused(error);
      return;
    }
    if (this.socket === null && this.view.phase !== "gone") this.connect();
  }

  /** Where an sdp_offer of this page goes. */
  connectionsPath(): string {
    return `/api/sessions/${this.session_id}/connections?page=${this.view.hello?.page_id ?? ""}`;
  }

  /** Sends a wish of the candidate; while the socket is away the latest is kept for a moment. */
  wish(wish: PageMessage): void {
    this.change({ problem: null, pending: wish.type });
    if (this.socket?.send(wish)) return;
    this.kept = { wish, until: this.clock.now() + WISH_KEPT_SECONDS };
  }

  /** False when the message could not be sent; the writer then keeps the text. */
  say(text: string): boolean {
    return this.socket?.send({ type: "say", text }) ?? false;
  }

  /** Tells the team that everything up to its newest message has been seen. */
  readAll(): void {
    const newest = this.view.conversation.findLast((message) => message.sender === "team");
    if (newest === undefined || newest.read) return;
    if (this.socket?.send({ type: "read_messages", message_id: newest.id })) {
      this.markRead("candidate", newest.id);
    }
  }

  endWatching(): void {
    this.change({ watching_ended: true });
    this.wish({ type: "end_watching" });
    this.change({ pending: null });
  }

  forgetProblem(): void {
    this.change({ problem: null });
  }

  private connect(): void {
    const known = () => (this.view.hello === null ? "" : `?page=${this.view.hello.page_id}`);
    this.socket = this.openSocket(() => `/api/sessions/${this.session_id}/events${known()}`, {
      message: (message) => this.hear(message),
      status: (status, refused) => {
        if (status !== "closed") this.change({ socket: status });
        if (refused) void this.open(); // the link may have ended: the answer says so
      },
    });
  }

  private refused(error: unknown): void {
    const known = error instanceof ApiError ? error : new ApiError(0, "unknown", "");
    const passing = known.status === 0 || known.status === 429 || known.status >= 500;
    if (passing) {
      if (this.socket === null) setTimeout(() => void this.open(), RETRY_MS);
      return;
    }
    this.socket?.close();
    const { status, key, message: text } = known;
    this.change({ phase: "gone", gone: { status, key, text } });
  }

  private hear(message: ServerMessage): void {
    switch (message.type) {
      case "hello":
        this.clock.restart(message.now);
        return this.change({ hello: message, conversation: message.conversation, watchers: [] });
      case "state":
        this.clock.hear(message.now);
        this.change({ phase: "live", state: message.state, pending: null });
        return this.sendKept();
      case "line":
        this.clock.hear(message.now);
        return this.change({ line: message });
      case "watchers":
        return this.change({ watchers: message.names });
      case "message":
        return this.add(message.message);
      case "messages_read":
        return this.markRead(message.by, message.message_id);
      case "moved":
        this.socket?.close();
        return this.change({ phase: "moved" });
      case "error":
        return this.change({ problem: message, pending: null });
    }
  }

  private sendKept(): void {
    const { kept } = this;
    this.kept = null;
    if (kept !== null && this.clock.now() < kept.until) this.wish(kept.wish);
  }

  private add(message: Message): void {
    const known = this.view.conversation.some((other) => other.id === message.id);
    if (!known) this.change({ conversation: [...this.view.conversation, message] });
  }

  /** What the other side wrote, up to that message, has been seen by `by`. */
  private markRead(by: "candidate" | "team", message_id: string): void {
    const end = this.view.conversation.findIndex((message) => message.id === message_id);
    this.change({
      conversation: this.view.conversation.map((message, index) =>
        index <= end && message.sender !== by ? { ...message, read: true } : message,
      ),
    });
  }

  private change(changed: Partial<View>): void {
    this.view = { ...this.view, ...changed };
    for (const reader of this.readers) reader(this.view);
  }
}

/** Messages of the team that the candidate has not seen. */
export function unreadOf(view: View): number {
  return view.conversation.filter((message) => message.sender === "team" && !message.read).length;
}

function postInvitation(token: string): Promise<OpenedInvitation> {
  return sendJson<OpenedInvitation>("POST", "/api/invitations/open", { token });
}
