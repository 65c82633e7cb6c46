/**
 * One interview being written: what is on the page, what of it is saved, what of it is published.
 *
 * Invariants: what the recruiter types is never overwritten by an answer of the server; estimate and
 * warnings are the server's, about the last saved draft; publishing saves first.
 */

import { ApiError } from "../../api";
import type { DraftUpdate, InterviewPage, Script } from "../../protocol";
import { Store } from "../store";
import { Autosave, type SaveState } from "./autosave";
import { unsaveable } from "./draft";

export interface EditorRequests {
  saveDraft(id: string, body: DraftUpdate): Promise<InterviewPage>;
  publish(id: string): Promise<InterviewPage>;
}

export interface SaveSign {
  state: SaveState | "unsaveable";
  text: string;
}

const SIGNS: Record<SaveState, string> = {
  saved: "Saved", waiting: "Saving …", saving: "Saving …", failed: "Not saved, trying again",
};

/** Refused is refused; a line, a server or a login that is gone comes back. */
function passing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true;
  return error.status === 0 || error.status === 401 || error.status === 429 || error.status >= 500;
}

export class Editor {
  readonly page: Store<InterviewPage>;
  readonly written: Store<DraftUpdate>;
  readonly sign = new Store<SaveSign>({ state: "saved", text: SIGNS.saved });
  readonly changed: Store<boolean>;
  #autosave: Autosave<DraftUpdate>;

  constructor(
    page: InterviewPage,
    private readonly requests: EditorRequests,
    loggedOut: (error: ApiError) => void,
    delay_ms = 700,
  ) {
    const { title, position_title, draft } = page;
    this.page = new Store(page);
    this.written = new Store({ title, position_title, draft });
    this.changed = new Store(page.dirty);
    this.#autosave = new Autosave({
      save: async (value) => this.#learn(await this.requests.saveDraft(page.id, value)),
      passing,
      changed: (state, error) => {
        const text = state === "failed" && !passing(error) ? `Not saved: ${(error as ApiError).message}` : SIGNS[state];
        if (this.#missing() === null) this.sign.set({ state, text });
        if (error instanceof ApiError && error.status === 401) loggedOut(error);
      },
      delay_ms,
    });
  }

  change(change: Partial<DraftUpdate>): void {
    this.written.update((written) => ({ ...written, ...change }));
    this.changed.set(true);
    const missing = this.#missing();
    if (missing) this.sign.set({ state: "unsaveable", text: missing });
    else this.#autosave.put(this.written.value);
  }

  changeScript(change: (script: Script) => Script): void {
    this.change({ draft: change(this.written.value.draft) });
  }

  /** True when everything is saved; false when it could not be. */
  async flush(): Promise<boolean> {
    return this.sign.value.state !== "unsaveable" && (await this.#autosave.flush());
  }

  /** The new version's number. Throws what the server refused (a clip is not ready, no question …). */
  async publish(): Promise<number> {
    if (!(await this.flush())) throw new Error(this.sign.value.text);
    const page = await this.requests.publish(this.page.value.id);
    this.page.set(page);
    this.changed.set(page.dirty);
    return page.published_version ?? 1;
  }

  close(): void {
    this.#autosave.close();
  }

  #missing(): string | null {
    return unsaveable(this.written.value.title, this.written.value.position_title);
  }

  #learn(page: InterviewPage): void {
    this.page.set(page);
    this.changed.set(page.dirty);
  }
}
