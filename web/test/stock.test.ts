import { expect, test } from "vitest";
import { markOf, stockOf } from "../buyer/sale/stock";
import type { Counters } from "../shared/wire/messages";

const counters = (sold: number, held: number): Counters => ({
  viewers: 1,
  waiting: 0,
  shopping: 0,
  orders: 0,
  sold,
  held,
});
const mark = (whole: number, sold: number, held: number) => markOf(stockOf(whole, counters(sold, held)));

test("what is in carts may come back, what is sold does not", () => {
  expect(mark(100, 100, 0)).toEqual({ is: "sold_out" });
  expect(mark(100, 99, 1)).toEqual({ is: "all_taken" });
  expect(mark(100, 99, 0)).toEqual({ is: "few", n: 1 });
  expect(mark(100, 40, 50)).toEqual({ is: "few", n: 10 });
  expect(mark(100, 40, 49)).toEqual({ is: "plenty" });
});

test("few is a part of a large house, and not the whole of a small one", () => {
  expect(mark(10_000, 9_200, 0)).toEqual({ is: "few", n: 800 });
  expect(mark(8, 0, 0)).toEqual({ is: "plenty" });
  expect(mark(8, 1, 0)).toEqual({ is: "few", n: 7 });
});

test("a list tells what is not sold, and nothing of carts", () => {
  expect(markOf(stockOf(100, null, 0))).toEqual({ is: "sold_out" });
  expect(markOf(stockOf(100, null, 5))).toEqual({ is: "few", n: 5 });
  expect(markOf(stockOf(100, null))).toEqual({ is: "plenty" });
});
