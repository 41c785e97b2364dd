import { describe, expect, it } from "vitest";
import { dueOf, refusedVoucher } from "../buyer/sale/credit";
import { Refusal } from "../shared/live/errors";

const refusal = (fields: { path: string; message: string; why?: string }[]) =>
  new Refusal({ code: "invalid", message: "", retryable: false, fields });

describe("credit", () => {
  it("leaves what is due, and of a server that knows of none the total", () => {
    expect(dueOf({ total: 4500, due: 1500 })).toBe(1500);
    expect(dueOf({ total: 4500, due: 0 })).toBe(0);
    expect(dueOf({ total: 4500 })).toBe(4500);
  });

  it("knows why a voucher was refused, and no other failure", () => {
    const why = refusal([{ path: "voucher", message: "…", why: "used_up" }]);
    expect(refusedVoucher(why)).toBe("used_up");
    expect(refusedVoucher(refusal([{ path: "contact.email", message: "…" }]))).toBeNull();
    expect(refusedVoucher(new Error("away"))).toBeNull();
  });
});
