import { describe, expect, it } from "vitest";

import { ApiError } from "../../../src/api";
import type { DraftUpdate, InterviewPage } from "../../../src/protocol";
import { insertStep, newQuestion } from "../../../src/recruiter/interviews/draft";
import { Editor, type EditorRequests } from "../../../src/recruiter/interviews/editor";

const PAGE: InterviewPage = {
  id: "in_1", title: "First talk", position_title: "Nurse",
  draft: { steps: [], live_watching: false, reply_promise: "" },
  published_version: null, dirty: true, estimate_seconds: [0, 0], warnings: [],
};

/** Keeps what it is sent; publishes it as the next version. */
class FakeServer implements EditorRequests {
  kept: DraftUpdate | null = null;
  down = false;
  version = 0;
  async saveDraft(_id: string, body: DraftUpdate): Promise<InterviewPage> {
    if (this.down) throw new Error("line down");
    this.kept = body;
    return { ...PAGE, ...body, title: "as the server has it", warnings: ["one"] };
  }
  async publish(): Promise<InterviewPage> {
    this.version += 1;
    return { ...PAGE, ...this.kept!, dirty: false, published_version: this.version };
  }
}

describe("the editor", () => {
  it("saves all that was written before it publishes", async () => {
    const server = new FakeServer();
    const editor = new Editor(PAGE, server, () => undefined);
    editor.changeScript((script) => insertStep(script, { ...newQuestion(), id: "q1" }, null));
    editor.change({ title: "Second talk" });
    expect(await editor.publish()).toBe(1);
    expect(server.kept).toMatchObject({ title: "Second talk", draft: { steps: [{ id: "q1" }] } });
    expect(editor.changed.value).toBe(false);
    editor.close();
  });

  it("never overwrites what is being typed with what came back", async () => {
    const editor = new Editor(PAGE, new FakeServer(), () => undefined);
    editor.change({ title: "Mine" });
    await editor.flush();
    expect(editor.written.value.title).toBe("Mine");
    expect(editor.page.value.warnings).toEqual(["one"]);
    editor.close();
  });

  it("says what is missing instead of saving it, and does not publish", async () => {
    const server = new FakeServer();
    const editor = new Editor(PAGE, server, () => undefined);
    editor.change({ title: " " });
    expect(editor.sign.value.state).toBe("unsaveable");
    await expect(editor.publish()).rejects.toThrow("title");
    expect([server.kept, server.version]).toEqual([null, 0]);
    editor.close();
  });

  it("does not publish what could not be saved", async () => {
    const server = new FakeServer();
    server.down = true;
    const editor = new Editor(PAGE, server, () => undefined);
    editor.change({ title: "Mine" });
    await expect(editor.publish()).rejects.toThrow();
    expect([server.version, editor.sign.value.text]).toEqual([0, "Not saved, trying again"]);
    editor.close();
  });

  it("says in the server's words what it refused", async () => {
    const server = new FakeServer();
    const editor = new Editor(PAGE, server, () => undefined);
    server.saveDraft = () => Promise.reject(new ApiError(400, "bad_script", "A step uses a clip that is gone."));
    editor.change({ title: "Mine" });
    expect(await editor.flush()).toBe(false);
    expect(editor.sign.value.text).toBe("Not saved: A step uses a clip that is gone.");
    editor.close();
  });

  it("tells when the login has ended, and keeps what was written until there is one again", async () => {
    const server = new FakeServer();
    const saveDraft = server.saveDraft.bind(server);
    let told = 0;
    const editor = new Editor(PAGE, server, () => (told += 1));
    server.saveDraft = () => Promise.reject(new ApiError(401, "not_logged_in", "Please log in."));
    editor.change({ title: "Mine" });
    expect(await editor.flush()).toBe(false);
    server.saveDraft = saveDraft;
    expect(await editor.flush()).toBe(true);
    expect([told, server.kept?.title]).toEqual([1, "Mine"]);
    editor.close();
  });
});
