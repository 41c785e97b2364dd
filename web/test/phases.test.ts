import { describe, expect, it } from "vitest";
import { inPhase, met, nextAfter } from "../buyer/sale/phases";
import { SeatStates } from "../shared/map/states";
import type { SaleInfo } from "../shared/sale/sales";
import type { PhaseShape } from "../shared/wire/contract";

const phase = (id: string, change: Partial<PhaseShape> = {}): PhaseShape => ({
  id,
  name: id,
  from_ms: null,
  until_ms: null,
  entry: "open",
  person_max: null,
  types: [],
  places: [],
  ...change,
});
const members = phase("members", { until_ms: 100, entry: "code", person_max: 4, types: ["member"] });
const fans = phase("fans", { from_ms: 200, places: ["circle"] });
const all = phase("all", { from_ms: 300, until_ms: 400 });
const phases = [members, fans, all];

describe("the phase that a buyer meets", () => {
  it.each([
    [50, "members", false, 100],
    [100, "fans", true, 200],
    [199, "fans", true, 200],
    [200, "fans", false, 300],
    [399, "all", false, 400],
    [400, null, true, null],
  ])("at %i", (now, id, between, turns_at_ms) => {
    const found = met(phases, null, now);
    expect([found.phase?.id ?? null, found.between, found.turns_at_ms]).toEqual([id, between, turns_at_ms]);
  });

  it("has one after it, unless it is the last", () => {
    expect([members, fans, all, null].map((each) => nextAfter(phases, each)?.id ?? null)).toEqual([
      "fans",
      "all",
      null,
      null,
    ]);
    expect(nextAfter(undefined, null)).toBeNull();
  });

  it("is that of their own cart as long as there is one", () => {
    expect(met(phases, "members", 250)).toMatchObject({ phase: members, between: false });
    expect(met(phases, "members", 150)).toMatchObject({ phase: members, between: false });
  });

  it("is none in a sale without, or of a server that knows none", () => {
    for (const none of [[], undefined])
      expect(met(none, null, 50)).toEqual({ phase: null, between: false, turns_at_ms: null });
  });
});

describe("what is sold in a phase", () => {
  const info = {
    entry: "open",
    person_max: 2,
    prices: {
      stalls: { general: 40, member: 30 },
      circle: { general: 20 },
      front: { general: 60, member: 50 },
    },
    zones: [{ id: "front" }],
  } as unknown as SaleInfo;

  it("is what it names, to whom it names", () => {
    expect(inPhase(info, members)).toMatchObject({
      entry: "code",
      person_max: 4,
      prices: { stalls: { member: 30 }, front: { member: 50 } },
    });
    expect(Object.keys(inPhase(info, members).prices)).toEqual(["stalls", "front"]);
    expect(Object.keys(inPhase(info, fans).prices)).toEqual(["circle", "front"]);
    expect(inPhase(info, null)).toBe(info);
  });
});

describe("seats of sections that are shut", () => {
  it("are none to choose, and are there again afterwards", () => {
    const states = new SeatStates(4, Uint16Array.from([0, 0, 1, 1]), 2);
    states.replace(Uint8Array.from([0b00_01_00_10]));
    const told: unknown[] = [];
    states.onChange((changed) => told.push(changed));
    states.shut(new Set([1]));
    states.shut(new Set([1]));
    expect([0, 1, 2, 3].map((seat) => states.of(seat))).toEqual([0, 1, 3, 3]);
    expect([states.free, [...states.freeIn]]).toEqual([1, [1, 0]]);
    states.apply({ free: [3] });
    expect(states.free).toBe(1);
    states.shut(new Set());
    expect([0, 1, 2, 3].map((seat) => states.of(seat))).toEqual([0, 1, 0, 0]);
    expect([...states.freeIn]).toEqual([1, 2]);
    expect(told).toEqual([null, [3], null]);
  });
});
