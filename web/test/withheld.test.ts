import { describe, expect, it } from "vitest";
import { missingOf, seatsOf, unitsOf } from "../office/withheld";
import { Refusal } from "../shared/live/errors";

describe("what is typed to withhold", () => {
  it("names seats, a line for each section", () => {
    expect(seatsOf("stalls: A 1-4, B\n\n circle : A 7 \nstalls: C")).toEqual({
      stalls: ["A 1-4", "B", "C"],
      circle: ["A 7"],
    });
    expect(seatsOf("")).toEqual({});
  });

  it.each(["A 1-4", "stalls:", ": A", "stalls: ,"])("is told when a line names none: %s", (line) => {
    expect(seatsOf(line)).toBeNull();
  });

  it("counts units", () => {
    expect(unitsOf({ floor: " 20 ", early: "", gift: "0" })).toEqual({ floor: 20 });
    for (const text of ["-1", "1.5", "many"]) expect(unitsOf({ floor: text })).toBeNull();
  });
});

describe("what is in the way", () => {
  const refused = {
    code: "stock_taken",
    message: "",
    retryable: false,
    held: [1, 2],
    gone: [3],
    short: { floor: 4 },
  };

  it("is named", () => {
    expect(missingOf(new Refusal(refused))).toEqual({
      held: [1, 2],
      gone: [3],
      lacking: [],
      short: { floor: 4 },
    });
  });

  it("is nothing of another refusal", () => {
    expect(missingOf(new Refusal({ ...refused, code: "busy" }))).toBeNull();
    expect(missingOf(new Error("away"))).toBeNull();
  });
});
