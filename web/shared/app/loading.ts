/**
 * The one way to load what a page shows.
 * Owns: what was read, or why it could not be. Guarantees: those who ask at once share one reading; of two readings the
 * one begun later counts, and one that fails leaves what was read before. `ui/loaded.tsx` shows all of it.
 */

import { type Signal, signal } from "@preact/signals";

export class Loading<T> {
  readonly value: Signal<T | null> = signal(null);
  readonly failure: Signal<unknown> = signal(null);
  private running: Promise<void> | null = null;

  constructor(private readonly read: () => Promise<T>) {}

  /** Read it, unless that was done or is under way. */
  load(): Promise<void> {
    return this.value.peek() === null ? (this.running ?? this.again()) : Promise.resolve();
  }

  /** Read it anew. */
  again(): Promise<void> {
    const mine: Promise<void> = this.read()
      .then(
        (value) => {
          if (this.running !== mine) return;
          this.value.value = value;
          this.failure.value = null;
        },
        (error: unknown) => {
          if (this.running === mine) this.failure.value = error;
        },
      )
      .finally(() => {
        if (this.running === mine) this.running = null;
      });
    this.running = mine;
    return mine;
  }
}
