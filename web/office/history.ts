/**
 * What happened per minute: sales, revenue, people. Bounded, so that a tab may stay open for weeks.
 * Pure; time comes in as an argument. Guarantees: a minute's sales are the growth of the counter in it; a counter that
 * fell back (a rebuild) counts as no growth.
 */

import type { Counters, Takings } from "../shared/wire/messages";

export const MINUTES_MAX = 24 * 60;
const MINUTE_MS = 60_000;

export interface Minute {
  minute: number;
  sold: number;
  /** total at the end of the minute */
  revenue: number;
  waiting: number;
  shopping: number;
}

export type Figures = Counters & Takings;

export class History {
  private readonly minutes: Minute[] = [];
  private last: Figures | null = null;

  get rows(): readonly Minute[] {
    return this.minutes;
  }

  /** Orders from before this tab was opened: units and money by the minute they were paid in. */
  recall(orders: readonly { at_ms: number; units: number; total: number }[]): void {
    if (this.minutes.length > 1) return;
    const first = this.minutes[0]?.minute ?? Number.POSITIVE_INFINITY;
    const past = new Map<number, Minute>();
    let revenue = 0;
    for (const order of [...orders].sort((a, b) => a.at_ms - b.at_ms)) {
      const minute = Math.floor(order.at_ms / MINUTE_MS);
      revenue += order.total;
      if (minute >= first) continue;
      const row = past.get(minute) ?? { minute, sold: 0, revenue: 0, waiting: 0, shopping: 0 };
      past.set(minute, { ...row, sold: row.sold + order.units, revenue });
    }
    this.minutes.unshift(...past.values());
    this.trim();
  }

  add(figures: Figures, now_ms: number): void {
    const minute = Math.floor(now_ms / MINUTE_MS);
    const grown = this.last ? Math.max(0, figures.sold - this.last.sold) : 0;
    this.last = figures;
    const people = { revenue: figures.revenue, waiting: figures.waiting, shopping: figures.shopping };
    const end = this.minutes[this.minutes.length - 1];
    if (end && end.minute >= minute) Object.assign(end, people, { sold: end.sold + grown });
    else this.minutes.push({ minute, sold: grown, ...people });
    this.trim();
  }

  private trim(): void {
    if (this.minutes.length > MINUTES_MAX) this.minutes.splice(0, this.minutes.length - MINUTES_MAX);
  }

  /** Columns for a chart of the last `span` minutes; minutes without news keep the level and sold nothing. */
  columns(
    span: number,
    now_ms: number,
  ): { at_s: number[]; sold: number[]; revenue: number[]; waiting: number[]; shopping: number[] } {
    const now = Math.floor(now_ms / MINUTE_MS);
    const columns = { at_s: [], sold: [], revenue: [], waiting: [], shopping: [] } as ReturnType<
      History["columns"]
    >;
    let at = 0;
    let level: Minute = { minute: 0, sold: 0, revenue: 0, waiting: 0, shopping: 0 };
    for (let minute = now - span + 1; minute <= now; minute++) {
      while (at < this.minutes.length && (this.minutes[at] as Minute).minute <= minute) {
        level = this.minutes[at] as Minute;
        at += 1;
      }
      columns.at_s.push(minute * 60);
      columns.sold.push(level.minute === minute ? level.sold : 0);
      columns.revenue.push(level.revenue);
      columns.waiting.push(level.waiting);
      columns.shopping.push(level.shopping);
    }
    return columns;
  }
}
