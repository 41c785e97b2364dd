import { describe, expect, test } from "vitest";
import { type Figures, History, MINUTES_MAX } from "../office/history";
import { batchFigures, parseMetrics, violations } from "../office/metrics";

const counters = (sold: number, more: Partial<Figures> = {}): Figures => ({
  viewers: 0,
  waiting: 0,
  shopping: 0,
  held: 0,
  sold,
  revenue: sold * 100,
  orders: sold,
  ...more,
});
const minute = (n: number) => n * 60_000;

describe("history", () => {
  test("a minute's sales are the growth of the counter; the first reading is no growth", () => {
    const history = new History();
    history.add(counters(50), minute(10));
    history.add(counters(53), minute(10) + 5_000);
    history.add(counters(60), minute(11));
    expect(history.columns(3, minute(12)).sold).toEqual([3, 7, 0]);
    expect(history.columns(3, minute(12)).revenue).toEqual([5300, 6000, 6000]);
  });

  test("a counter that fell back counts as no growth", () => {
    const history = new History();
    history.add(counters(50), minute(10));
    history.add(counters(20), minute(11));
    history.add(counters(21), minute(11));
    expect(history.columns(2, minute(11)).sold).toEqual([0, 1]);
  });

  test("the past comes from orders, and only what lies before the tab was opened", () => {
    const history = new History();
    history.add(counters(5), minute(100));
    history.recall([
      { at_ms: minute(98) + 1, units: 2, total: 200 },
      { at_ms: minute(98) + 2, units: 1, total: 100 },
      { at_ms: minute(100) + 1, units: 2, total: 200 },
    ]);
    expect(history.columns(3, minute(100)).sold).toEqual([3, 0, 0]);
    expect(history.columns(3, minute(100)).revenue).toEqual([300, 300, 500]);
  });

  test("weeks in an open tab keep a day", () => {
    const history = new History();
    for (let n = 0; n < 3 * MINUTES_MAX; n++) history.add(counters(n), minute(n));
    expect(history.rows.length).toBe(MINUTES_MAX);
  });
});

describe("metrics", () => {
  const reading = (calls: number, slow: number) => `# HELP aforo_batch_seconds Time of one call of a store
aforo_batch_seconds_bucket{batch="hold",le="0.001"} ${calls - slow}
aforo_batch_seconds_bucket{batch="hold",le="0.01"} ${calls}
aforo_batch_seconds_bucket{batch="hold",le="+Inf"} ${calls}
aforo_batch_seconds_count{batch="hold"} ${calls}
aforo_batch_items_sum{batch="hold"} ${calls * 20}
aforo_invariant_violations{sale="jazz"} 0.0
aforo_invariant_violations{sale="rock \\"n\\" roll"} 2.0
`;

  test("figures are those between two readings", () => {
    const [before, now] = [parseMetrics(reading(1000, 900)), parseMetrics(reading(1100, 900))];
    expect(batchFigures(before, now, 10)).toEqual({ calls_per_s: 10, items_per_call: 20, p99_ms: 1 });
    expect(batchFigures(now, now, 10)).toBeNull();
  });

  test("a sale that was never checked is neither right nor wrong", () => {
    const samples = parseMetrics(reading(1, 0));
    expect(violations(samples, "jazz")).toBe(0);
    expect(violations(samples, 'rock \\"n\\" roll')).toBe(2);
    expect(violations(samples, "other")).toBeNull();
  });
});
