import { describe, expect, test } from "vitest";
import { ROUTES } from "../buyer/routes";
import { find } from "../shared/app/router";
import { minorDigits, money } from "../shared/format/money";
import { countdown, dayAndClock, span, zoneCity, zonesDiffer } from "../shared/format/time";
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

describe("time", () => {
  test("an instant in the venue's zone, on both sides of a clock change", () => {
    expect(dayAndClock("2027-03-28T00:30:00Z", "Europe/Madrid", "en")).toContain("1:30");
    expect(dayAndClock("2027-03-28T01:30:00Z", "Europe/Madrid", "en")).toContain("3:30");
  });

  test("zones differ only when the clock does", () => {
    expect(zonesDiffer("2027-07-01T12:00:00Z", "Europe/Madrid", "Europe/Paris")).toBe(false);
    expect(zonesDiffer("2027-07-01T12:00:00Z", "Europe/Madrid", "Europe/Lisbon")).toBe(true);
    expect(zoneCity("America/Sao_Paulo")).toBe("Sao Paulo");
  });

  test("countdowns round up, and 0 means over", () => {
    expect(countdown(1)).toBe("0:01");
    expect(countdown(0)).toBe("0:00");
    expect(countdown(-5)).toBe("0:00");
    expect(countdown(125_000)).toBe("2:05");
    expect(countdown(3_725_000)).toBe("1:02:05");
    expect(span(90_061_000)).toEqual({ days: 1, hours: 1, minutes: 1, seconds: 1 });
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
  for (const wrong of ["/s", "/s/jazz/nothing", "/s/jazz/seats/9", "/x", "/o/a/b/c", "/dashboard"]) {
    expect(found(wrong)).toBeNull();
  }
});
