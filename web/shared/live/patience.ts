/**
 * How long asks wait for their answers.
 * Guarantees: time counts only while there is a connection. What can't be sent yet isn't late, and goes out when the network is back.
 */

import type { Platform } from "./socket";

interface Wait {
  until_ms: number;
  over(): void;
  cancel: (() => void) | null;
}

export class Patience {
  private counted_ms = 0;
  private since_ms: number | null = null;
  private readonly waits = new Set<Wait>();

  constructor(private readonly platform: Platform) {}

  /** The time that counted so far. */
  now_ms(): number {
    const running_ms = this.since_ms === null ? 0 : this.platform.monotonic_ms() - this.since_ms;
    return this.counted_ms + running_ms;
  }

  /** There is a connection again, or there will be none. */
  count(): void {
    if (this.since_ms !== null) return;
    this.since_ms = this.platform.monotonic_ms();
    for (const wait of this.waits) this.arm(wait);
  }

  stand(): void {
    this.counted_ms = this.now_ms();
    this.since_ms = null;
    for (const wait of this.waits) {
      wait.cancel?.();
      wait.cancel = null;
    }
  }

  /** Calls `over` once so much time has counted; answers how to forget it. */
  wait(until_ms: number, over: () => void): () => void {
    const wait: Wait = { until_ms, over, cancel: null };
    this.waits.add(wait);
    if (this.since_ms !== null) this.arm(wait);
    return () => this.forget(wait);
  }

  private arm(wait: Wait): void {
    const run = () => {
      this.forget(wait);
      wait.over();
    };
    wait.cancel = this.platform.later(run, wait.until_ms - this.now_ms());
  }

  private forget(wait: Wait): void {
    wait.cancel?.();
    this.waits.delete(wait);
  }
}
