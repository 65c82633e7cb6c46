/**
 * A value that can be watched: the smallest thing that keeps state out of the components.
 *
 * It keeps Svelte's store contract (`subscribe` calls at once and after every change), so a component
 * reads it as `$store`, and a test reads `store.value` without a DOM.
 */

export type Listener<T> = (value: T) => void;

export class Store<T> {
  #value: T;
  #listeners = new Set<Listener<T>>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  update(change: (value: T) => T): void {
    this.set(change(this.#value));
  }

  /** Calls `listener` now and after every change, until the returned function is called. */
  subscribe(listener: Listener<T>): () => void {
    this.#listeners.add(listener);
    listener(this.#value);
    return () => this.#listeners.delete(listener);
  }
}
