import { describe, expect, test } from "vitest";
import { outlook, progress } from "../buyer/sale/outlook";
import type { RoomState } from "../shared/wire/messages";

const room: RoomState = {
  state: "open",
  tail: 5_000,
  serving: 1_000,
  lobby: 3_000,
  shopping: 200,
  shoppers_max: 200,
  left: 2_000,
  free: 1_500,
  rate: 2.5,
  hopeless_from: 0,
  commit: "",
  secret: null,
  digest: null,
  list: 1,
  list_from_ms: 0,
};

test("before the draw nobody knows", () => {
  expect(outlook(room, null)).toEqual({
    ahead: null,
    wait_s: null,
    waitsFor: null,
    chance: "unknown",
    turn: false,
  });
});

test("people ahead and wait follow from place, serving and rate", () => {
  expect(outlook(room, 1_249)).toEqual({
    ahead: 249,
    wait_s: 100,
    waitsFor: null,
    chance: "good",
    turn: false,
  });
});

test("one's turn is exactly when serving passes one's place", () => {
  expect(outlook(room, 1_000).turn).toBe(false);
  expect(outlook(room, 999)).toMatchObject({ turn: true, ahead: 0, wait_s: 0 });
});

test("without admissions lately there is no honest figure", () => {
  expect(outlook({ ...room, rate: 0 }, 1_500).wait_s).toBeNull();
  expect(outlook({ ...room, rate: 0.0001 }, 4_000).wait_s).toBeNull();
});

describe("no time is promised that nobody knows", () => {
  const waitsFor = (change: Partial<RoomState>, place = 1_000) =>
    outlook({ ...room, ...change }, place).waitsFor;

  test("while the sale is paused", () => {
    expect(waitsFor({ state: "paused" }, 1_249)).toBe("sale");
  });

  test("to the next one: somebody inside has to be done first", () => {
    expect(waitsFor({ shopping: 1, shoppers_max: 1, rate: 0.8 })).toBe("slot");
  });

  test("to the next one, where there seems to be a slot: those called before may still come", () => {
    expect(waitsFor({ shopping: 0, shoppers_max: 1, rate: 50 })).toBe("call");
  });

  test("right after all who may shop at a time were let in", () => {
    expect(waitsFor({ rate: 50 }, 1_500)).toBe("slot");
    expect(waitsFor({ rate: 0 }, 1_500)).toBe("slot");
    expect(waitsFor({ rate: 50, shopping: 120 }, 1_500)).toBeNull();
    expect(waitsFor({ rate: 2.5 }, 1_500), "a steady coming and going").toBeNull();
  });

  test("when all that is left is in carts, or nothing is left", () => {
    expect(waitsFor({ free: 0 }, 1_249)).toBe("returns");
    expect(waitsFor({ free: 0, left: 0 }, 1_249)).toBe("sold_out");
  });

  test("whose turn it is waits for nothing", () => {
    expect(waitsFor({ state: "paused" }, 999)).toBeNull();
  });
});

test("thin when those ahead and inside could take all that is left; none only when the engine says so", () => {
  expect(outlook(room, 2_799).chance).toBe("good");
  expect(outlook(room, 2_800).chance).toBe("thin");
  expect(outlook({ ...room, hopeless_from: 2_900 }, 2_899).chance).toBe("thin");
  expect(outlook({ ...room, hopeless_from: 2_900 }, 2_900).chance).toBe("none");
});

test("progress runs from joining to one's turn", () => {
  expect(progress(room, 2_000, 1_000)).toBe(0);
  expect(progress({ ...room, serving: 1_500 }, 1_999, 1_000)).toBe(0.5);
  expect(progress({ ...room, serving: 9_000 }, 1_999, 1_000)).toBe(1);
});
