import { describe, expect, it } from "vitest";
import { mayBeAsked, refusedAt, rowsOf } from "../office/selling";
import { Refusal } from "../shared/live/errors";
import { Layout } from "../shared/map/layout";
import { SeatStates } from "../shared/map/states";
import type { AllocationShape, LayoutShape } from "../shared/wire/contract";

const row = (label: string, first_seat: number, seats: number) => ({
  label,
  first_seat,
  seats,
  first_label: 1,
});
const layout = new Layout({
  sections: [
    {
      id: "stalls",
      name: "Stalls",
      first_seat: 0,
      seats: 6,
      rows: [row("A", 0, 2), row("B", 2, 2), row("A", 4, 2)],
    },
  ],
} as unknown as LayoutShape);

const refusal = (code: string, detail: object = {}) =>
  new Refusal({ code, message: "As the server says.", retryable: false, ...detail } as never);
const at = (failure: unknown) => refusedAt(failure, (pool, n) => `${pool}: ${n}`);

describe("seats that a member may name", () => {
  it("are those that are free, or those of the allocation", () => {
    const states = new SeatStates(6, new Uint16Array(6), 1);
    states.apply({ free: [0, 1], held: [2], sold: [3], off: [4] });
    const asked = (may: (seat: number) => boolean) => [0, 1, 2, 3, 4, 5].filter(may);
    expect(asked(mayBeAsked(states, undefined))).toEqual([0, 1]);
    expect(asked(mayBeAsked(states, { seats: [4] } as unknown as AllocationShape))).toEqual([4]);
  });

  it("are in rows by their labels, whatever parts a row is in", () => {
    expect(rowsOf(layout, "stalls")).toEqual([
      { label: "A", seats: [0, 1, 4, 5] },
      { label: "B", seats: [2, 3] },
    ]);
    expect(rowsOf(layout, "circle")).toEqual([]);
  });
});

describe("a refusal at the box office", () => {
  it.each([
    ["seat_taken", { seats: [3] }, "seats"],
    ["not_allocated", { seats: [3], short: {} }, "seats"],
    ["none_together", {}, "together"],
    ["over_quota", { quota: 4, issued: 4 }, "reason"],
    ["type_short", { ticket_type: "half", left: 1 }, "type"],
    ["sale_paused", {}, ""],
    [
      "cart_incomplete",
      { issues: [{ code: "contact_invalid", field: "contact.email", message: "!" }] },
      "email",
    ],
    [
      "cart_incomplete",
      { issues: [{ code: "companion_alone", field: "items.seat:3", message: "!" }] },
      "seats",
    ],
    ["cart_incomplete", { issues: [{ code: "type_closed", field: "types", message: "!" }] }, "type"],
    ["invalid", { fields: [{ path: "reason", message: "!" }] }, "reason"],
  ])("%s %o stands at %s", (code, detail, field) => {
    expect([...at(refusal(code, detail)).problems.keys()]).toEqual([field]);
  });

  it("names the seats in the way, and what is left of each pool", () => {
    const found = at(refusal("not_allocated", { seats: [3, 4], short: { floor: 2 } }));
    expect(found.seats).toEqual([3, 4]);
    expect(found.problems.get("pool:floor")).toBe("floor: 2");
    expect(at(refusal("short", { left: 1, short: { floor: 1 } })).problems.get("pool:floor")).toBe(
      "floor: 1",
    );
  });
});
