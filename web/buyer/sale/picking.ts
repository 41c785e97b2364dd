/**
 * Choosing seats: what is being asked for, what was lost, what is offered instead.
 * Owns: the state between a tap and the server's answer. Guarantees: a seat is asked for once at a time.
 */

import { computed, signal } from "@preact/signals";
import { codeOf, Refusal } from "../../shared/live/errors";
import { FREE } from "../../shared/map/states";
import { nextBest } from "./next-best";
import type { HoldWhat, SaleSession } from "./session";

export interface Trouble {
  error: unknown;
  /** seats somebody else was quicker with */
  lost: number[];
  offer: number[] | null;
}

export class Picking {
  readonly asking = signal<ReadonlySet<number>>(new Set());
  readonly busy = signal(false);
  readonly trouble = signal<Trouble | null>(null);
  readonly mine = computed<ReadonlySet<number>>(
    () => new Set(this.sale.held.value.flatMap((item) => (item.seat === undefined ? [] : [item.seat]))),
  );
  readonly offered = computed<ReadonlySet<number>>(() => new Set(this.trouble.value?.offer ?? []));

  constructor(readonly sale: SaleSession) {}

  get personMax(): number {
    return this.sale.cart.value?.person_max ?? this.sale.info.value?.person_max ?? 1;
  }

  get room(): number {
    return Math.max(0, this.personMax - (this.sale.cart.value?.bought ?? 0) - this.sale.ticketCount.value);
  }

  /** Tapped: take it, or give it back. */
  async toggle(seat: number): Promise<void> {
    if (this.asking.value.has(seat)) return;
    if (this.room === 0 && !this.mine.value.has(seat)) {
      this.fail(new Refusal({ code: "over_maximum", message: "", retryable: false }), []);
      return;
    }
    if (this.mine.value.has(seat)) {
      await this.guard([seat], () => this.sale.release({ seats: [seat] }));
    } else if (this.sale.seats.value?.of(seat) === FREE) await this.take([seat]);
  }

  async take(seats: number[]): Promise<void> {
    await this.guard(seats, () => this.sale.hold({ seats }));
  }

  async best(seats: number, section: string | undefined): Promise<readonly number[]> {
    const what: HoldWhat = { best: section ? { seats, section } : { seats } };
    let found: readonly number[] = [];
    await this.guard([], async () => {
      found = (await this.sale.hold(what)).seats;
    });
    return found;
  }

  async units(pool: string, from: number, to: number): Promise<void> {
    await this.guard([], () =>
      to > from
        ? this.sale.hold({ pool: { pool, units: to - from } })
        : this.sale.release({ units: { [pool]: from - to } }),
    );
  }

  /** Another ticket type for an item of the cart. */
  async retype(item: string, type: string): Promise<void> {
    await this.guard([], () => this.sale.change({ types: { [item]: type } }));
  }

  private async guard(seats: number[], run: () => Promise<unknown>): Promise<void> {
    this.asking.value = new Set([...this.asking.value, ...seats]);
    this.busy.value = true;
    try {
      await run();
      this.trouble.value = null;
    } catch (error) {
      this.fail(error, seats);
    } finally {
      this.asking.value = new Set([...this.asking.value].filter((seat) => !seats.includes(seat)));
      this.busy.value = this.asking.value.size > 0;
    }
  }

  private fail(error: unknown, seats: number[]): void {
    const { layout, seats: states } = this.sale;
    const told = (error instanceof Refusal && error.detail.seats) || seats;
    const lost = codeOf(error) === "seat_taken" ? told : [];
    const offer =
      lost.length > 0 && layout.value && states.value
        ? nextBest(layout.value, states.value, lost, Math.min(Math.max(1, seats.length), this.room || 1))
        : null;
    this.trouble.value = { error, lost, offer };
    // A cart that is gone or locked is read again, so that the page shows what is.
    if (["no_cart", "cart_ended", "cart_locked"].includes(codeOf(error))) {
      void this.sale.readCart().catch(() => {
        this.sale.cart.value = null;
      });
    }
  }
}
