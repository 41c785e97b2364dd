/**
 * Notices a dead socket: browsers hide the server's pings, so the client asks by itself when it heard nothing for a while.
 * Guarantees: a socket that is silent for `ping_s` plus ten seconds is given up.
 */

import type { Platform } from "./socket";

const ANSWER_MS = 10_000;
const CHECK_ANSWER_MS = 4_000;

export class Heartbeat {
  private every_ms = 25_000;
  private cancel: (() => void) | null = null;
  private running = false;

  constructor(
    private readonly platform: Platform,
    private readonly acts: { ping(): void; silent(): void },
  ) {}

  start(ping_s: number): void {
    this.every_ms = Math.max(1, ping_s || 25) * 1000;
    this.running = true;
    this.heard();
  }

  stop(): void {
    this.running = false;
    this.cancel?.();
    this.cancel = null;
  }

  heard(): void {
    if (!this.running) return;
    this.arm(this.every_ms, () => this.probe(ANSWER_MS));
  }

  /** Is the socket still there? Asked when the page wakes up. */
  check(): void {
    if (this.running) this.probe(CHECK_ANSWER_MS);
  }

  private probe(answer_ms: number): void {
    this.acts.ping();
    this.arm(answer_ms, () => this.acts.silent());
  }

  private arm(delay_ms: number, run: () => void): void {
    this.cancel?.();
    this.cancel = this.platform.later(run, delay_ms);
  }
}
