import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../../src/api";
import { ServerClock } from "../../src/candidate/clock";
import { CandidateSession, unreadOf, type OpenInvitation } from "../../src/candidate/session";
import type { PageMessage, ServerMessage } from "../../src/protocol";
import type { SocketEvents } from "../../src/socket";
import { helloOf, messageOf, told } from "./fixtures";

class FakeSocket {
  open = true;
  closed = false;
  sent: PageMessage[] = [];
  constructor(
    readonly address: () => string,
    readonly events: SocketEvents<ServerMessage>,
  ) {}
  send(message: PageMessage): boolean {
    if (this.open) this.sent.push(message);
    return this.open;
  }
  close(): void {
    this.closed = true;
  }
}

let sockets: FakeSocket[];
let local: number;

async function opened(invite: OpenInvitation = async () => ({ session_id: "se_1" })) {
  const clock = new ServerClock(() => local);
  const session = new CandidateSession("token", clock, invite, (address, events) => {
    const socket = new FakeSocket(address, events);
    sockets.push(socket);
    return socket;
  });
  await session.open();
  const hear = (message: ServerMessage) => sockets[0]!.events.message(message);
  return { session, hear, clock };
}

beforeEach(() => {
  sockets = [];
  local = 0;
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

test("the page is live once it has been told a state", async () => {
  const { session, hear } = await opened();
  hear(helloOf());
  expect(session.view.phase).toBe("opening");
  hear(told({ kind: "lobby" }));
  expect(session.view.phase).toBe("live");
  expect(session.view.state?.stage.kind).toBe("lobby");
});

test("a socket that comes back says which page it is, and so does an offer", async () => {
  const { session, hear } = await opened();
  expect(sockets[0]!.address()).toBe("/api/sessions/se_1/events");
  hear(helloOf({ page_id: "pg_7" }));
  expect(sockets[0]!.address()).toBe("/api/sessions/se_1/events?page=pg_7");
  expect(session.connectionsPath()).toBe("/api/sessions/se_1/connections?page=pg_7");
});

test("a link that has ended says so and opens no socket", async () => {
  const { session } = await opened(async () => {
    throw new ApiError(410, "expired", "This link was open until Monday.");
  });
  expect(session.view.phase).toBe("gone");
  expect(session.view.gone).toEqual({
    status: 410,
    key: "expired",
    text: "This link was open until Monday.",
  });
  expect(sockets).toEqual([]);
});

test.each([0, 429, 503])("status %i at opening is tried again", async (status) => {
  let attempts = 0;
  const { session } = await opened(async () => {
    attempts += 1;
    if (attempts === 1) throw new ApiError(status, "later", "");
    return { session_id: "se_1" };
  });
  expect(session.view.phase).toBe("opening");
  await vi.advanceTimersByTimeAsync(3_000);
  expect(sockets).toHaveLength(1);
});

test("a socket that is refused asks what became of the link", async () => {
  let attempts = 0;
  const { session } = await opened(async () => {
    attempts += 1;
    if (attempts > 1) throw new ApiError(410, "revoked", "Withdrawn.");
    return { session_id: "se_1" };
  });
  sockets[0]!.events.status!("waiting", true);
  await vi.advanceTimersByTimeAsync(0);
  expect(session.view.phase).toBe("gone");
  expect(sockets[0]!.closed).toBe(true);
});

test("a socket that was only lost leaves everything as it is", async () => {
  const { session, hear } = await opened();
  hear(helloOf());
  hear(told({ kind: "lobby" }));
  sockets[0]!.events.status!("waiting", false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(session.view.phase).toBe("live");
  expect(session.view.socket).toBe("waiting");
  expect(sockets).toHaveLength(1);
});

test("a wish is pending until the state changes or it is refused", async () => {
  const { session, hear } = await opened();
  session.wish({ type: "check_passed" });
  expect(session.view.pending).toBe("check_passed");
  hear(told({ kind: "playing", step_id: "st_1", from_seconds: 0 }));
  expect(session.view.pending).toBeNull();
  session.wish({ type: "skip_segment", step_id: "st_1" });
  hear({ type: "error", key: "not_now", text: "Not now." });
  expect(session.view.pending).toBeNull();
  expect(session.view.problem?.text).toBe("Not now.");
});

test("a wish while the socket is away is sent when it is back", async () => {
  const { session, hear } = await opened();
  hear(helloOf());
  sockets[0]!.open = false;
  session.wish({ type: "stop_answer", take_id: "tk_1" });
  sockets[0]!.open = true;
  local += 5;
  hear(helloOf({ now: 1005 }));
  hear(told({ kind: "lobby" }));
  expect(sockets[0]!.sent).toEqual([{ type: "stop_answer", take_id: "tk_1" }]);
});

test("a wish that has grown old is not sent behind the candidate's back", async () => {
  const { session, hear } = await opened();
  hear(helloOf({ now: 1000 }));
  sockets[0]!.open = false;
  session.wish({ type: "start_answer", step_id: "st_2" });
  sockets[0]!.open = true;
  hear(helloOf({ now: 1060 }));
  hear(told({ kind: "lobby" }));
  expect(sockets[0]!.sent).toEqual([]);
});

test("a message that could not be sent is left to its writer", async () => {
  const { session } = await opened();
  sockets[0]!.open = false;
  expect(session.say("Is it hybrid?")).toBe(false);
  sockets[0]!.open = true;
  expect(session.say("Is it hybrid?")).toBe(true);
  expect(sockets[0]!.sent).toEqual([{ type: "say", text: "Is it hybrid?" }]);
});

test("reading marks the team's messages once, and never one's own", async () => {
  const { session, hear } = await opened();
  hear(helloOf({ conversation: [messageOf("me_1", "team"), messageOf("me_2", "candidate")] }));
  hear({ type: "message", message: messageOf("me_3", "team") });
  expect(unreadOf(session.view)).toBe(2);
  session.readAll();
  session.readAll();
  expect(sockets[0]!.sent).toEqual([{ type: "read_messages", message_id: "me_3" }]);
  expect(unreadOf(session.view)).toBe(0);
  expect(session.view.conversation.map((message) => message.read)).toEqual([true, false, true]);
});

test("what the team has seen is marked as seen", async () => {
  const { session, hear } = await opened();
  hear(helloOf({ conversation: [messageOf("me_1", "candidate"), messageOf("me_2", "candidate")] }));
  hear({ type: "messages_read", by: "team", message_id: "me_1" });
  expect(session.view.conversation.map((message) => message.read)).toEqual([true, false]);
});

test("a message told twice is there once", async () => {
  const { session, hear } = await opened();
  hear({ type: "message", message: messageOf("me_1", "team") });
  hear({ type: "message", message: messageOf("me_1", "team") });
  expect(session.view.conversation).toHaveLength(1);
});

test("a page whose interview moved closes its socket and does not fight for it", async () => {
  const { session, hear } = await opened();
  hear({ type: "moved" });
  expect(session.view.phase).toBe("moved");
  expect(sockets[0]!.closed).toBe(true);
});

test("watchers of an older socket are not shown by a new one", async () => {
  const { session, hear } = await opened();
  hear({ type: "watchers", names: ["Jonas"] });
  hear(helloOf());
  expect(session.view.watchers).toEqual([]);
});

test("ending live watching is said and remembered, and holds up nothing", async () => {
  const { session } = await opened();
  session.endWatching();
  expect(sockets[0]!.sent).toEqual([{ type: "end_watching" }]);
  expect(session.view.watching_ended).toBe(true);
  expect(session.view.pending).toBeNull();
});
