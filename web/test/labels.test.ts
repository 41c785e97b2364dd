import { describe, expect, test } from "vitest";
import { accessibleSigns } from "../shared/map/accessible";
import { SeatGrid } from "../shared/map/grid";
import { Layout, type RowShape, type SectionShape } from "../shared/map/layout";
import { linesIn } from "../shared/map/lines";
import { Plates } from "../shared/map/plates";
import { type Placing, RowLabels } from "../shared/map/row-labels";
import { OWN_REACH, REACH, slantOf, uprightReach } from "../shared/map/seat-painter";
import { halved, type Name, SectionNames } from "../shared/map/section-names";
import { toCanvas, toLayout, type View, whole } from "../shared/map/view";

const SIZE = { width: 390, height: 500 };
const INSET = 13;

/** An arena as the demo's: a floor with two aisles, and a ring of blocks round it, from 45° rows to upright ones. */
function arena(): Layout {
  const sections: SectionShape[] = [];
  let seat = 0;
  const section = (id: string, name: string, rows: RowShape[], label_at: [number, number]) => {
    const first_seat = rows[0]?.first_seat ?? 0;
    sections.push({
      id,
      name,
      rank: sections.length,
      first_seat,
      seats: seat - first_seat,
      rows,
      outline: [],
      label_at,
    });
  };
  const floor: RowShape[] = [];
  for (let r = 0; r < 20; r++)
    for (const [n, x] of [-26, -8, 10].entries()) {
      floor.push({
        label: String(r + 1),
        first_seat: seat,
        seats: 16,
        x,
        y: 10 + 1.6 * r,
        number: 1 + 16 * n,
      });
      seat += 16;
    }
  section("floor", "Relvado", floor, [0, 25]);
  const blocks = 22;
  const share = (324 / blocks) * (Math.PI / 180);
  for (let block = 0; block < blocks; block++) {
    const towards = Math.PI / 2 + (block - (blocks - 1) / 2) * share;
    const rows: RowShape[] = [];
    for (let r = 0; r < 12; r++) {
      const radius = 56 + 1.6 * r;
      const seats = Math.floor(share * radius - 2) + 1;
      const at = towards + (seats - 1) / radius / 2;
      rows.push({
        label: String.fromCharCode(65 + r),
        first_seat: seat,
        seats,
        x: radius * Math.cos(at),
        y: 44 + radius * Math.sin(at),
        angle: (at * 180) / Math.PI - 90,
        curve: -1 / radius,
        number: 98,
        ...(r === 11 ? { accessible: [0, 1, 2, 3] } : {}),
      });
      seat += seats;
    }
    section(`ring-${block + 1}`, `Bancada ${block + 1}`, rows, [
      65 * Math.cos(towards),
      44 + 65 * Math.sin(towards),
    ]);
  }
  return new Layout({ sections, seats: seat });
}

const random = (() => {
  let state = 7;
  return (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return ((state >>> 8) / 2 ** 24) * below;
  };
})();

const layout = arena();
const grid = new SeatGrid(layout);

function someView(): View {
  const seat = Math.floor(random(layout.seats));
  return {
    scale: 4 + random(40),
    x: (layout.x[seat] as number) + random(10) - 5,
    y: (layout.y[seat] as number) + random(10) - 5,
  };
}

function placed(rows: RowLabels, view: View): Placing[] {
  const found: Placing[] = [];
  rows.place(view, SIZE, INSET, (placing) => found.push({ ...placing }));
  return found;
}

describe("labels of rows", () => {
  const rows = new RowLabels(layout);

  test("an aisle does not end a row", () => {
    const lines = linesIn(layout, 0);
    expect(lines).toHaveLength(20);
    expect(lines[0]?.runs).toHaveLength(3);
    expect(lines[0]?.seats).toBe(48);
  });

  test("both ends in sight: beside the first seat and the last", () => {
    const view = { scale: 6, x: 0, y: 20 };
    const [left, right] = placed(rows, view).filter((placing) => placing.label === "5");
    expect(left?.pinned).toBe(false);
    expect(right?.pinned).toBe(false);
    const [firstX] = toCanvas(view, SIZE, -26, 0);
    const [lastX] = toCanvas(view, SIZE, 25, 0);
    expect(left?.x).toBeLessThan(firstX - 2);
    expect(right?.x).toBeGreaterThan(lastX + 2);
  });

  test("ends out of sight: pinned to both edges, at the height of the row", () => {
    const view = { scale: 20, x: 2, y: 20 };
    const labels = placed(rows, view).filter((placing) => placing.label === "7");
    expect(labels.map((placing) => Math.round(placing.x))).toEqual([INSET, SIZE.width - INSET]);
    const [, y] = toCanvas(view, SIZE, 0, 10 + 1.6 * 6);
    for (const placing of labels) {
      expect(placing.pinned).toBe(true);
      expect(placing.y).toBeCloseTo(y, 1);
    }
  });

  test("wherever one looks, what is labelled is in sight, and every row in sight is labelled", () => {
    for (let n = 0; n < 200; n++) {
      const view = someView();
      const found = placed(rows, view);
      for (const { x, y } of found) {
        expect(x).toBeGreaterThan(INSET - 0.1);
        expect(x).toBeLessThan(SIZE.width - INSET + 0.1);
        expect(y).toBeGreaterThan(INSET - 0.1);
        expect(y).toBeLessThan(SIZE.height - INSET + 0.1);
      }
      const expected = rows.lines.filter((line) =>
        line.runs.some((run) =>
          Array.from({ length: run.seats }, (_, p) => run.first_seat + p).some((seat) => {
            const [x, y] = toCanvas(view, SIZE, layout.x[seat] as number, layout.y[seat] as number);
            return x > INSET && x < SIZE.width - INSET && y > INSET && y < SIZE.height - INSET;
          }),
        ),
      );
      const counts = (labels: string[]) =>
        labels.reduce((sum, label) => sum.set(label, (sum.get(label) ?? 0) + 1), new Map<string, number>());
      const labelled = counts(found.map((placing) => placing.label));
      for (const [label, least] of counts(expected.map((line) => line.label)))
        expect(labelled.get(label) ?? 0).toBeGreaterThanOrEqual(least);
    }
  });
});

describe("seats of a ring", () => {
  /** Whether the squares of half size `half`, turned by `slant`, meet: an edge of one of them parts them otherwise. */
  function meet(dx: number, dy: number, slants: readonly number[], half: number): boolean {
    const [one = 0, other = 0] = slants;
    return [one, one + Math.PI / 2, other, other + Math.PI / 2].every((axis) => {
      const apart = Math.abs(dx * Math.cos(axis) + dy * Math.sin(axis));
      const reach = (slant: number) =>
        half * (Math.abs(Math.cos(axis - slant)) + Math.abs(Math.sin(axis - slant)));
      return apart < reach(one) + reach(other);
    });
  }

  test("no two seats of a row meet, turned or upright, nor do their numbers", () => {
    for (const section of layout.sections)
      for (const row of section.rows)
        for (let seat = row.first_seat; seat < row.first_seat + row.seats - 1; seat++) {
          const dx = (layout.x[seat + 1] as number) - (layout.x[seat] as number);
          const dy = (layout.y[seat + 1] as number) - (layout.y[seat] as number);
          const slants = [seat, seat + 1].map((each) => slantOf(layout.heading[each] as number));
          expect(meet(dx, dy, slants, REACH)).toBe(false);
          expect(meet(dx, dy, slants, OWN_REACH)).toBe(false);
          const upright = slants.map(uprightReach).reduce((sum, reach) => sum + reach);
          expect(Math.max(Math.abs(dx), Math.abs(dy))).toBeGreaterThan(upright);
          // A number is written upright, at most 0.7 wide and about 0.38 high.
          expect(Math.abs(dx) >= 0.7 || Math.abs(dy) >= 0.38).toBe(true);
        }
  });

  test("a quarter turn looks like none", () => {
    expect(slantOf(Math.PI / 2)).toBe(0);
    expect(slantOf(-Math.PI)).toBe(0);
    expect(slantOf(Math.PI / 4 + 0.1)).toBeCloseTo(0.1 - Math.PI / 4);
  });
});

describe("names of sections", () => {
  const widthOf = (text: string) => 6.4 * text.length;
  const names = new SectionNames(layout, grid, widthOf);

  function named(view: View): readonly Name[] {
    names.place({ view, size: SIZE, plates: new Plates() });
    return names.names;
  }

  test("the whole house: every section is named, the blocks of the ring alike", () => {
    const wide = { width: 1200, height: 1000 };
    names.place({ view: whole(layout.box, wide), size: wide, plates: new Plates() });
    const written = names.names.map((name) => name.lines.join(" "));
    expect(written).toContain("Relvado");
    const ring = layout.sections.slice(1).map((section) => section.name);
    expect(ring.every((name) => written.includes(name))).toBe(true);
    const phone = { width: 340, height: 340 };
    names.place({ view: whole(layout.box, phone), size: phone, plates: new Plates() });
    const small = names.names.map((name) => name.lines.join(" "));
    expect(ring.map((name) => name.replace("Bancada ", "")).every((number) => small.includes(number))).toBe(
      true,
    );
    expect(small.filter((name) => name === "Bancada")).toHaveLength(1);
  });

  test("wherever one looks, no two meet, all are in sight, and none hides another section's seats", () => {
    for (let n = 0; n < 200; n++) {
      const view = someView();
      const found = named(view);
      expect(found.length).toBeGreaterThan(0);
      found.forEach((name, at) => {
        expect(name.x - name.halfWidth).toBeGreaterThanOrEqual(0);
        expect(name.x + name.halfWidth).toBeLessThanOrEqual(SIZE.width);
        expect(name.y - name.halfHeight).toBeGreaterThanOrEqual(0);
        expect(name.y + name.halfHeight).toBeLessThanOrEqual(SIZE.height);
        for (const other of found.slice(at + 1))
          expect(
            Math.abs(name.x - other.x) >= name.halfWidth + other.halfWidth ||
              Math.abs(name.y - other.y) >= name.halfHeight + other.halfHeight,
          ).toBe(true);
        const [left, top] = toLayout(view, SIZE, name.x - name.halfWidth, name.y - name.halfHeight);
        const [right, bottom] = toLayout(view, SIZE, name.x + name.halfWidth, name.y + name.halfHeight);
        const below = new Set<string>();
        grid.within({ left, top, right, bottom }, (seat) => {
          const [x, y] = [layout.x[seat] as number, layout.y[seat] as number];
          if (x > left && x < right && y > top && y < bottom) below.add(layout.section(seat).name);
        });
        for (const section of below) expect(section).toContain(name.lines.join(" "));
      });
    }
  });

  test("a long name is halved where it is even", () => {
    expect(halved("Palcos de la izquierda")).toEqual(["Palcos de la", "izquierda"]);
    expect(halved("Relvado")).toEqual(["Relvado"]);
  });
});

test("wheelchair spaces near each other share a sign", () => {
  const signs = accessibleSigns(layout);
  expect(signs).toHaveLength(22);
  for (const sign of signs) {
    expect(sign.seats).toHaveLength(4);
    const seat = sign.seats[0] as number;
    expect(Math.hypot(sign.x - (layout.x[seat] as number), sign.y - (layout.y[seat] as number))).toBeLessThan(
      3,
    );
  }
});
