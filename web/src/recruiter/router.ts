/**
 * The one place that touches the browser's history. Links stay real links: they open in a new tab,
 * are copied and read out as such; only a plain click is taken over.
 */

import { addressOf, routeOf, type Route } from "./routes";
import { Store } from "./store";

export class Router {
  readonly route: Store<Route>;
  #leave: (() => boolean | Promise<boolean>) | null = null;

  constructor(private readonly page: Window = window) {
    this.route = new Store(this.#here());
    page.addEventListener("popstate", () => this.route.set(this.#here()));
    page.document.addEventListener("click", (event) => this.#click(event));
  }

  go(route: Route, how: "push" | "replace" = "push"): void {
    this.#open(addressOf(route), how);
  }

  reload(): void {
    this.page.location.reload();
  }

  /** `check` is asked before a link is followed; false stays here. Returns what takes it off again. */
  beforeLeaving(check: () => boolean | Promise<boolean>): () => void {
    this.#leave = check;
    return () => {
      if (this.#leave === check) this.#leave = null;
    };
  }

  #here(): Route {
    return routeOf(this.page.location.pathname, this.page.location.search);
  }

  #click(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
    if (!link || link.target || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    if (url.origin !== this.page.location.origin || !/^\/console(\/|$)/.test(url.pathname)) return;
    event.preventDefault();
    void this.#follow(url.pathname + url.search);
  }

  async #follow(address: string): Promise<void> {
    if (this.#leave && !(await this.#leave())) return;
    this.#open(address, "push");
  }

  #open(address: string, how: "push" | "replace"): void {
    if (how === "replace") this.page.history.replaceState(null, "", address);
    else if (address !== this.page.location.pathname + this.page.location.search) {
      this.page.history.pushState(null, "", address);
    }
    this.page.scrollTo(0, 0);
    this.route.set(this.#here());
  }
}
