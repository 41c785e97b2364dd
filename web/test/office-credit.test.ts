import { describe, expect, it } from "vitest";
import { minorOf, standing } from "../office/pages/credit/told";
import type { CreditShape } from "../shared/wire/contract";

const credit = (change: Partial<CreditShape>): CreditShape => ({
  id: "crd_1",
  kind: "voucher",
  code_end: "TDRP",
  currency: "EUR",
  given: 3000,
  balance: 3000,
  expires_at: null,
  sales: [],
  sum_min: 0,
  why: "Rained off",
  issued_by: "ana",
  issued_at: "2030-01-01T00:00:00Z",
  batch: null,
  revoked: false,
  ...change,
});

describe("credit in the office", () => {
  it("reads amounts to the minor unit, in the decimals of their currency", () => {
    expect(minorOf("25", "EUR")).toBe(2500);
    expect(minorOf("12,5", "EUR")).toBe(1250);
    expect(minorOf("12.50", "KWD")).toBe(12500);
    expect(minorOf("700", "JPY")).toBe(700);
    expect(minorOf("7.5", "JPY")).toBeNull();
    expect(minorOf("much", "EUR")).toBeNull();
  });

  it("says how one stands", () => {
    const now = Date.parse("2030-06-01T00:00:00Z");
    expect(standing(credit({}), now)).toBe("counts");
    expect(standing(credit({ balance: 0 }), now)).toBe("used");
    expect(standing(credit({ expires_at: "2030-05-31T00:00:00Z", balance: 0 }), now)).toBe("expired");
    expect(standing(credit({ revoked: true, balance: 0 }), now)).toBe("revoked");
  });
});
