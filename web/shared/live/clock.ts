/**
 * The server's clock, as far as answers reveal it.
 * Guarantees: never uses the device's wall clock, so a wrong one changes nothing; error is at most half a round trip.
 * A sample that contradicts the estimate by more than its own error replaces it (the device slept).
 */

export class ServerClock {
  private offset_ms: number | null = null;
  private roundTrip_ms = Number.POSITIVE_INFINITY;

  constructor(private readonly monotonic_ms: () => number = () => performance.now()) {}

  /** An answer said `now_ms`; its ask left at `sentAt_ms` on this device's monotonic clock. */
  sample(now_ms: number, sentAt_ms: number): void {
    const arrived_ms = this.monotonic_ms();
    const roundTrip_ms = Math.max(0, arrived_ms - sentAt_ms);
    const offset_ms = now_ms - (sentAt_ms + arrived_ms) / 2;
    const contradicts =
      this.offset_ms === null ||
      Math.abs(offset_ms - this.offset_ms) > (roundTrip_ms + this.roundTrip_ms) / 2 + 50;
    if (contradicts || roundTrip_ms <= this.roundTrip_ms) {
      this.offset_ms = offset_ms;
      this.roundTrip_ms = roundTrip_ms;
    }
  }

  /** Milliseconds since 1970 on the server; the device's own clock only until the first answer. */
  now_ms(): number {
    return this.offset_ms === null ? Date.now() : this.monotonic_ms() + this.offset_ms;
  }

  get known(): boolean {
    return this.offset_ms !== null;
  }
}
