import { describe, expect, it } from "vitest";
import { offersOf, standardOf } from "../buyer/sale/offers";
import { inPhase } from "../buyer/sale/phases";
import { withUnlocked } from "../buyer/sale/unlocked";
import { FREE, HELD, OFF, SeatStates } from "../shared/map/states";
import type { SaleInfo } from "../shared/sale/sales";
import type { PhaseShape, UnlockedShape } from "../shared/wire/contract";

const info = {
  types: { member: "Member", general: "General" },
  type_limits: { member: { hidden: true } },
  prices: { stalls: { member: 30, general: 40 } },
  pools: [],
} as unknown as SaleInfo;
const unlocked = {
  types: { friend: "Friend" },
  type_limits: { friend: { per_person: 2, hidden: true } },
  prices: { stalls: { friend: 5 }, lounge: { friend: 9 } },
  pools: [{ id: "lounge", name: "Lounge", capacity: 3, draws_on: [] }],
  seats: [],
} as UnlockedShape;
const named = { id: "members", types: ["member"], places: [], entry: "open" } as unknown as PhaseShape;

describe("what is hidden", () => {
  it("is offered in the phase that names it alone", () => {
    expect(offersOf(inPhase(info, null), "stalls").map(({ type }) => type)).toEqual(["general"]);
    expect(offersOf(inPhase(info, { ...named, types: [] }), "stalls").map(({ type }) => type)).toEqual([
      "general",
    ]);
    expect(offersOf(inPhase(info, named), "stalls").map(({ type }) => type)).toEqual(["member"]);
  });

  it("comes after the rest once a code shows it, in every phase", () => {
    const shown = withUnlocked(inPhase(info, null), unlocked);
    expect(offersOf(shown, "stalls").map(({ type }) => type)).toEqual(["general", "friend"]);
    expect(standardOf(shown, "stalls")?.type).toBe("general");
    expect(shown.pools.map(({ id }) => id)).toEqual(["lounge"]);
    expect(offersOf(withUnlocked(inPhase(info, named), unlocked), "stalls").map(({ type }) => type)).toEqual([
      "member",
      "friend",
    ]);
  });

  it("stays as it was without a code", () => {
    expect(withUnlocked(info, undefined)).toBe(info);
  });
});

describe("seats that are withheld from others", () => {
  const states = () => {
    const seats = new SeatStates(4, Uint16Array.from([0, 0, 1, 1]), 2);
    seats.replace(Uint8Array.from([0b00_11_11_11]));
    return seats;
  };

  it("are free for whom a code lets have them, and counted so", () => {
    const seats = states();
    expect([seats.of(1), seats.free]).toEqual([OFF, 1]);
    seats.open(new Set([1, 2]));
    expect([seats.of(0), seats.of(1), seats.of(2), seats.of(3)]).toEqual([FREE, FREE, FREE, OFF]);
    expect([...seats.freeIn]).toEqual([2, 1]);
  });

  it("are held once somebody has them, and free again as they are given back", () => {
    const seats = states();
    seats.open(new Set([1]));
    seats.apply({ held: [1] });
    expect([seats.of(1), seats.free]).toEqual([HELD, 1]);
    seats.apply({ off: [1] });
    expect([seats.of(1), seats.free]).toEqual([FREE, 2]);
    seats.open(new Set());
    expect([seats.of(1), seats.free]).toEqual([OFF, 1]);
  });

  it("are free in a section that is shut as well", () => {
    const seats = states();
    seats.shut(new Set([0]));
    seats.open(new Set([1]));
    expect([seats.of(0), seats.of(1), seats.free]).toEqual([OFF, FREE, 1]);
  });
});
