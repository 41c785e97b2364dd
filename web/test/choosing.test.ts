import { describe, expect, test } from "vitest";
import { longestRuns, nextBest } from "../buyer/sale/next-best";
import { offersOf, placeOf } from "../buyer/sale/offers";
import { together } from "../office/promo-counts";
import { SeatColours, stepOf, WORTH_STEPS } from "../shared/map/colours";
import { Layout, type SectionShape } from "../shared/map/layout";
import type { Palette } from "../shared/map/palette";
import { SeatStates } from "../shared/map/states";
import { TIERS_MAX, tiersOf } from "../shared/map/tiers";
import type { WindowCounts, WindowShape } from "../shared/wire/contract";

/** Two sections side by side, three rows of ten each: seats 0–29 and 30–59. */
function house(): { layout: Layout; states: SeatStates } {
  const sections: SectionShape[] = ["left", "right"].map((id, s) => ({
    id,
    name: id,
    rank: s,
    first_seat: s * 30,
    seats: 30,
    rows: [0, 1, 2].map((r) => ({
      label: String(r),
      first_seat: s * 30 + r * 10,
      seats: 10,
      x: s * 12,
      y: r * 1.6,
    })),
    outline: [],
    label_at: [0, 0],
  }));
  const layout = new Layout({ seats: 60, sections });
  const states = new SeatStates(60, layout.sectionOf, 2);
  states.replace(new Uint8Array(15));
  return { layout, states };
}

describe("what is offered to who lost a race", () => {
  test("the nearest free seat, never the lost one", () => {
    const { layout, states } = house();
    states.apply({ held: [4, 5, 6] });
    expect(nextBest(layout, states, [5], 1)).toEqual([15]);
    states.apply({ held: [15] });
    expect(nextBest(layout, states, [5], 1)).toEqual([14]);
  });

  test("as many together as were wanted, in one row", () => {
    const { layout, states } = house();
    states.apply({ held: [3, 4, 14, 24] });
    const offer = nextBest(layout, states, [3, 4], 3);
    expect(offer).toHaveLength(3);
    const [first = 0] = offer ?? [];
    expect(offer).toEqual([first, first + 1, first + 2]);
    expect(Math.floor(first / 10)).toBe(Math.floor((first + 2) / 10));
  });

  test("another section only when one's own has nothing, and null when nobody has", () => {
    const { layout, states } = house();
    const own = Array.from({ length: 30 }, (_, seat) => seat);
    states.apply({ sold: own });
    const [seat = 0] = nextBest(layout, states, [9], 1) ?? [];
    expect(layout.section(seat).id).toBe("right");
    states.apply({ sold: own.map((each) => each + 30) });
    expect(nextBest(layout, states, [9], 1)).toBeNull();
  });

  test("a seat the map still believes free is not offered when it is the lost one", () => {
    const { layout, states } = house();
    expect(nextBest(layout, states, [5], 1)).not.toContain(5);
  });
});

test("what fits together in a section is its longest run of free seats, never across rows", () => {
  const { layout, states } = house();
  expect([...longestRuns(layout, states)]).toEqual([10, 10]);
  states.apply({ held: [3, 12, 26], sold: [35, 45, 55] });
  expect([...longestRuns(layout, states)]).toEqual([7, 5]);
  states.apply({ off: Array.from({ length: 30 }, (_, seat) => seat) });
  expect([...longestRuns(layout, states)]).toEqual([0, 5]);
});

test("what is offered goes by the order of the ticket types, and what has no price is not offered", () => {
  const info = {
    types: { general: "General", young: "Under 30", club: "Members" },
    prices: { left: { young: 1100, general: 2200 }, floor: {} },
  };
  expect(offersOf(info, "left")).toEqual([
    { type: "general", name: "General", price: 2200 },
    { type: "young", name: "Under 30", price: 1100 },
  ]);
  expect(offersOf(info, "floor")).toEqual([]);
  expect(offersOf(info, "nowhere")).toEqual([]);
});

describe("colours of free seats", () => {
  const { layout } = house();
  const tiers = tiersOf(layout.sections, { left: { general: 50 }, right: { general: 90 } });
  const palette = {
    ink: "ink",
    card: "card",
    tiers: ["dear", "cheap"],
    worths: ["w1", "w2", "w3", "w4", "w5"],
  } as unknown as Palette;

  test("by price, until they are asked to say how good a seat is", () => {
    const colours = new SeatColours(layout, tiers);
    expect([0, 30].map((seat) => colours.ofSeat(seat, palette))).toEqual(["cheap", "dear"]);
    colours.by(Float32Array.from({ length: 60 }, (_, seat) => 1 - seat / 59));
    expect([0, 15, 30, 59].map((seat) => colours.ofSeat(seat, palette))).toEqual(["w1", "w2", "w3", "w5"]);
    expect([0, 1].map((index) => colours.ofSection(index, palette))).toEqual(["w2", "w4"]);
    expect([0, 59].map((seat) => colours.onSeat(seat, palette))).toEqual(["card", "ink"]);
    colours.by(null);
    expect(colours.ofSeat(0, palette)).toBe("cheap");
  });

  test("each step has a share of the seats", () => {
    const steps = Array.from({ length: 1000 }, (_, n) => stepOf(n / 999));
    for (let step = 0; step < WORTH_STEPS; step++)
      expect(steps.filter((each) => each === step).length).toBeGreaterThan(150);
    expect(stepOf(1)).toBe(0);
    expect(stepOf(0)).toBe(WORTH_STEPS - 1);
  });
});

describe("price tiers", () => {
  const { layout } = house();

  test("sections of one price share a tier, the dearest first; without a price there is none", () => {
    expect([
      ...tiersOf(layout.sections, { left: { general: 50 }, right: { general: 90, half: 50 } }).of,
    ]).toEqual([1, 0]);
    expect([...tiersOf(layout.sections, { left: { general: 50 } }).of]).toEqual([0, -1]);
  });

  test("seats of a zone have its price and its colour, others their section's", () => {
    const zoned = {
      prices: { left: { general: 2200 }, golden: { general: 9000 } },
      zones: [{ id: "golden", name: "Golden", runs: [[3, 2]] as [number, number][] }],
    };
    expect([2, 3, 4, 5].map((seat) => placeOf(zoned, "left", seat))).toEqual([
      "left",
      "golden",
      "golden",
      "left",
    ]);
    const { tiers, of, ofSeat } = tiersOf([{ id: "left" }] as SectionShape[], zoned.prices, zoned.zones);
    expect(tiers.map((tier) => tier.high)).toEqual([9000, 2200]);
    expect([of[0], ofSeat.get(3), ofSeat.get(4), ofSeat.get(5)]).toEqual([1, 0, 0, undefined]);
  });

  test("many prices are joined into few tiers, each with its range", () => {
    const sections = Array.from({ length: 20 }, (_, n) => ({
      ...(layout.sections[0] as SectionShape),
      id: `s${n}`,
    }));
    const prices = Object.fromEntries(
      sections.map((section, n) => [section.id, { general: 1000 + n * 100 }]),
    );
    const { tiers, of } = tiersOf(sections, prices);
    expect(tiers).toHaveLength(TIERS_MAX);
    expect(tiers[0]?.high).toBe(2900);
    expect(tiers[TIERS_MAX - 1]?.low).toBe(1000);
    sections.forEach((section, n) => {
      const tier = tiers[of[n] as number];
      const amount = prices[section.id]?.general as number;
      expect(amount >= (tier?.low ?? 0) && amount <= (tier?.high ?? 0)).toBe(true);
    });
  });
});

test("a promo's windows add up, but for what is left", () => {
  const window = (number: number, counts: WindowCounts): WindowShape => ({
    number,
    sale: "",
    opens_at: "",
    closes_at: "",
    state: "active",
    counts,
  });
  const promo = { windows: [window(1, { bought: 2, left: 0 }), window(2, { bought: 3, left: 7 })] };
  expect(together(promo)).toEqual({ bought: 5, left: 7 });
});
