import { describe, expect, test } from "vitest";
import { asListed, bodyOf, called, meant, NEW, runsOf, strokesOver, toggled } from "../office/painting";
import { isInside, rectangle } from "../shared/map/inside";
import { Layout } from "../shared/map/layout";

const row = (label: string, first_seat: number, seats: number, more = {}) => ({
  label,
  first_seat,
  seats,
  x: 0,
  y: first_seat,
  ...more,
});

const layout = new Layout({
  seats: 16,
  sections: [
    {
      id: "stalls",
      name: "Stalls",
      rank: 0,
      first_seat: 0,
      seats: 12,
      label_at: [0, 0],
      outline: [],
      // the second row has an aisle, and odd numbers on the left of it
      rows: [row("A", 0, 6), row("B", 6, 3, { number: 5, step: -2 }), row("B", 9, 3, { number: 2, step: 2 })],
    },
    {
      id: "box",
      name: "Box",
      rank: 1,
      first_seat: 12,
      seats: 4,
      label_at: [0, 0],
      outline: [],
      rows: [row("Loge", 12, 4, { labels: ["a", "b", "c", "d"] })],
    },
  ],
});

const listed = asListed(
  {
    list: 3,
    from_ms: 0,
    made_at: "",
    made_by: "",
    prices: { stalls: { full: 4500, half: 2250 }, box: { full: 9000 }, golden: { full: 12000 } },
    zones: [{ id: "golden", name: "Golden", runs: [[0, 2]] }],
    dues: { fees: [], taxes: [], tax_of: {}, tax: null },
  },
  { full: "Full", half: "Half" },
);

describe("seats are called as the server reads them", () => {
  test("whole rows, runs and single seats", () => {
    expect(called(layout, [0, 1, 2, 3, 4, 5])).toEqual({ stalls: ["A"] });
    expect(called(layout, [0, 1, 3, 13])).toEqual({ stalls: ["A 1-2", "A 4"], box: ["Loge b"] });
  });

  test("a run never names a seat between its numbers that was not chosen", () => {
    expect(called(layout, [6, 7, 8])).toEqual({ stalls: ["B 1", "B 3", "B 5"] });
    expect(called(layout, [8, 9, 7])).toEqual({ stalls: ["B 1-3"] });
  });
});

test("a seat is in one zone, and a zone without seats is none", () => {
  const over = strokesOver(listed, [
    { does: "zone", id: `${NEW}1`, name: "Front", seats: [1, 2, 3], prices: { full: 5000 } },
  ]);
  expect(over.zones.map(({ id, seats }) => [id, [...seats]])).toEqual([
    ["golden", [0]],
    [`${NEW}1`, [1, 2, 3]],
  ]);
  const all = strokesOver(over, [{ does: "plain", seats: [0, 1] }]);
  expect(all.zones.map(({ name, seats }) => [name, [...seats]])).toEqual([["Front", [2, 3]]]);
  expect(Object.keys(all.prices)).toEqual(["stalls", "box", `${NEW}1`]);
  expect(listed.zones[0]?.seats).toEqual(new Set([0, 1]));
});

test("the next list names all prices, and what is new by its name", () => {
  const over = strokesOver(listed, [
    { does: "type", id: `${NEW}1`, name: "Under 26", prices: { stalls: 3000 } },
    {
      does: "zone",
      id: `${NEW}2`,
      name: "Front row",
      seats: [2, 3],
      prices: { full: 5050, [`${NEW}1`]: 100 },
    },
  ]);
  expect(bodyOf(over, layout, 2, 3)).toEqual({
    prices: { stalls: { full: "45", half: "22.50", "Under 26": "30" }, box: { full: "90" } },
    zones: {
      golden: { name: "Golden", seats: { stalls: ["A 1-2"] }, price: { full: "120" } },
      "Front row": {
        name: "Front row",
        seats: { stalls: ["A 3-4"] },
        price: { full: "50.50", "Under 26": "1" },
      },
    },
    ticket_types: { "Under 26": "Under 26" },
    list: 3,
  });
});

test("a press means a seat, its row on both sides of the aisle, or its section", () => {
  expect(meant(layout, 7, "seat")).toEqual([7]);
  expect(meant(layout, 7, "row")).toEqual([6, 7, 8, 9, 10, 11]);
  expect(meant(layout, 13, "section")).toEqual([12, 13, 14, 15]);
});

test("what was chosen whole is let go, else the rest is chosen as well", () => {
  expect(toggled(new Set([1, 2, 3]), [1, 2])).toEqual(new Set([3]));
  expect(toggled(new Set([1]), [1, 2])).toEqual(new Set([1, 2]));
});

test("runs are without gaps", () => {
  expect(runsOf([5, 1, 2, 7, 6])).toEqual([
    [1, 2],
    [5, 3],
  ]);
});

test("a line around seats holds what is within, also where it folds back", () => {
  const cup: [number, number][] = [
    [0, 0],
    [10, 0],
    [10, 10],
    [7, 10],
    [7, 3],
    [3, 3],
    [3, 10],
    [0, 10],
  ];
  expect(isInside(cup, 1, 8)).toBe(true);
  expect(isInside(cup, 5, 8)).toBe(false);
  expect(isInside(rectangle([4, 4], [1, 1]), 2, 3)).toBe(true);
  expect(isInside(rectangle([4, 4], [1, 1]), 5, 3)).toBe(false);
});
