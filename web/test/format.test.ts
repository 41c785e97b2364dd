import { describe, expect, test } from "vitest";
import { ROUTES } from "../buyer/routes";
import { find } from "../shared/app/router";
import { minorDigits, money } from "../shared/format/money";
import table from "./money-cases.json";

describe("money, as the server writes it too", () => {
  test("decimals are those of the wire", () => {
    for (const currency of Intl.supportedValuesOf("currency")) {
      const decimals = (table.decimals as Record<string, number>)[currency] ?? 2;
      expect(minorDigits(currency), currency).toBe(decimals);
    }
  });

  test.each(table.written)("$minor $currency", ({ minor, currency, en, es, pt }) => {
    expect([
      money(minor, currency, "en"),
      money(minor, currency, "es"),
      money(minor, currency, "pt"),
    ]).toEqual([en, es, pt]);
  });
});

test("every address leads to its page, and nothing else does", () => {
  const found = (path: string) => find(ROUTES, path);
  expect(found("/")).toEqual({ pattern: "/", params: {} });
  expect(found("/s/jazz")).toEqual({ pattern: "/s/:id", params: { id: "jazz" } });
  expect(found("/s/jazz/")).toEqual({ pattern: "/s/:id", params: { id: "jazz" } });
  expect(found("/s/jazz/room")).toEqual({ pattern: "/s/:id/room", params: { id: "jazz" } });
  expect(found("/s/jazz/seats")).toEqual({ pattern: "/s/:id/seats", params: { id: "jazz" } });
  expect(found("/s/jazz/checkout")).toEqual({ pattern: "/s/:id/checkout", params: { id: "jazz" } });
  expect(found("/o")).toEqual({ pattern: "/o", params: {} });
  expect(found("/o/K7QF-2M4T")).toEqual({ pattern: "/o/:code", params: { code: "K7QF-2M4T" } });
  expect(found("/promos")).toEqual({ pattern: "/promos", params: {} });
  for (const wrong of ["/s", "/s/jazz/nothing", "/s/jazz/seats/9", "/x", "/o/a/b/c", "/office"]) {
    expect(found(wrong)).toBeNull();
  }
});
