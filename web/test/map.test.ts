import { describe, expect, test } from "vitest";
import { SeatGrid } from "../shared/map/grid";
import { Layout, type RowShape, type SectionShape, seatPoint } from "../shared/map/layout";
import { FREE, HELD, OFF, SeatStates, SOLD, unpack } from "../shared/map/states";
import { between, boundsOf, pan, toCanvas, toLayout, visible, whole, zoomAt } from "../shared/map/view";

/** A house of `sections` × `rows` × `seats`, each row an arc. */
function house(sections: number, rows: number, seats: number): Layout {
  let seat = 0;
  const made: SectionShape[] = [];
  for (let s = 0; s < sections; s++) {
    const first_seat = seat;
    const shaped: RowShape[] = [];
    for (let r = 0; r < rows; r++) {
      shaped.push({
        label: String(r + 1),
        first_seat: seat,
        seats,
        x: s * (seats + 5),
        y: r * 1.6,
        angle: 10,
        curve: -0.004,
      });
      seat += seats;
    }
    made.push({
      id: `s${s}`,
      name: `S${s}`,
      rank: s,
      first_seat,
      seats: rows * seats,
      rows: shaped,
      outline: [],
      label_at: [0, 0],
    });
  }
  return new Layout({ sections: made, seats: seat });
}

const random = (() => {
  let state = 42;
  return (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
})();

describe("layout", () => {
  test("a straight row goes where its angle points", () => {
    const row = { label: "A", first_seat: 0, seats: 5, x: 1, y: 2, angle: 90, pitch: 2 };
    const [x, y] = seatPoint(row, 3);
    expect(x).toBeCloseTo(1);
    expect(y).toBeCloseTo(8);
  });

  test("an arc stays on its circle, one pitch between neighbours along it", () => {
    const radius = 20;
    const row = { label: "A", first_seat: 0, seats: 60, x: 0, y: radius, angle: 0, curve: -1 / radius };
    for (let n = 0; n < 60; n++) {
      const [x, y] = seatPoint(row, n);
      expect(Math.hypot(x, y)).toBeCloseTo(radius);
      const [nx, ny] = seatPoint(row, n + 1);
      expect(2 * radius * Math.asin(Math.hypot(nx - x, ny - y) / 2 / radius)).toBeCloseTo(1);
    }
  });

  test("a hardly curved row is the straight one", () => {
    const straight = { label: "A", first_seat: 0, seats: 9, x: 3, y: 4, angle: 30 };
    const [x, y] = seatPoint(straight, 8);
    const [cx, cy] = seatPoint({ ...straight, curve: 1e-7 }, 8);
    expect(cx).toBeCloseTo(x, 4);
    expect(cy).toBeCloseTo(y, 4);
  });

  test("names: numbers, steps and given labels", () => {
    const rows: RowShape[] = [
      { label: "A", first_seat: 0, seats: 3, x: 0, y: 0 },
      { label: "B", first_seat: 3, seats: 3, x: 0, y: 1, number: 6, step: -2 },
      { label: "C", first_seat: 6, seats: 2, x: 0, y: 2, labels: ["7a", "7b"], accessible: [1] },
    ];
    const layout = new Layout({
      seats: 8,
      sections: [
        { id: "p", name: "P", rank: 0, first_seat: 0, seats: 8, rows, outline: [], label_at: [0, 0] },
      ],
    });
    const names = Array.from({ length: 8 }, (_, n) => layout.nameOf(n).row.label + layout.nameOf(n).label);
    expect(names).toEqual(["A1", "A2", "A3", "B6", "B4", "B2", "C7a", "C7b"]);
    expect([...layout.accessible]).toEqual([7]);
  });
});

describe("states", () => {
  test("bits are read most significant first", () => {
    expect([...unpack(Uint8Array.from([0b00011011, 0b10000000]), 6)]).toEqual([
      FREE,
      HELD,
      SOLD,
      OFF,
      SOLD,
      FREE,
    ]);
  });

  test("snapshot plus deltas equals the later snapshot, counts included", () => {
    const layout = house(3, 4, 7);
    const live = new SeatStates(layout.seats, layout.sectionOf, 3);
    const truth = new Uint8Array(layout.seats);
    const packed = () => {
      const bytes = new Uint8Array(Math.ceil(layout.seats / 4));
      truth.forEach((state, seat) => {
        bytes[seat >> 2] = (bytes[seat >> 2] as number) | (state << (6 - 2 * (seat & 3)));
      });
      return bytes;
    };
    live.replace(packed());
    for (let step = 0; step < 500; step++) {
      const lists: number[][] = [[], [], [], []];
      for (let n = 0; n < 5; n++) {
        const seat = random(layout.seats);
        if (lists.some((list) => list.includes(seat))) continue;
        truth[seat] = random(4);
        lists[truth[seat] as number]?.push(seat);
      }
      const [free = [], held = [], sold = [], off = []] = lists;
      live.apply({ free, held, sold, off });
    }
    const fresh = new SeatStates(layout.seats, layout.sectionOf, 3);
    fresh.replace(packed());
    for (let seat = 0; seat < layout.seats; seat++) expect(live.of(seat)).toBe(fresh.of(seat));
    expect([...live.freeIn]).toEqual([...fresh.freeIn]);
    expect(live.free).toBe(truth.filter((state) => state === FREE).length);
  });

  test("only what changed is told, and unknown seats are ignored", () => {
    const layout = house(1, 1, 4);
    const states = new SeatStates(4, layout.sectionOf, 1);
    states.replace(new Uint8Array(1));
    const told: unknown[] = [];
    states.onChange((changed) => told.push(changed));
    states.apply({ held: [1, 99], free: [2] });
    states.apply({ held: [1] });
    expect(told).toEqual([[1]]);
  });
});

describe("grid", () => {
  const layout = house(5, 20, 40);
  const grid = new SeatGrid(layout);

  test("nearest is the one a look at every seat finds", () => {
    for (let n = 0; n < 300; n++) {
      const x = layout.box.left + random(1000) * 0.001 * (layout.box.right - layout.box.left);
      const y = layout.box.top + random(1000) * 0.001 * (layout.box.bottom - layout.box.top);
      let best: number | null = null;
      let least = 1.5;
      for (let seat = 0; seat < layout.seats; seat++) {
        const distance = Math.hypot((layout.x[seat] as number) - x, (layout.y[seat] as number) - y);
        if (distance <= least) {
          least = distance;
          best = seat;
        }
      }
      expect(grid.nearest(x, y, 1.5)).toBe(best);
    }
  });

  test("within sees every seat of a box once", () => {
    const box = { left: 10, right: 80, top: 3, bottom: 12 };
    const seen = new Set<number>();
    grid.within(box, (seat) => {
      expect(seen.has(seat)).toBe(false);
      seen.add(seat);
    });
    for (let seat = 0; seat < layout.seats; seat++) {
      const x = layout.x[seat] as number;
      const y = layout.y[seat] as number;
      if (x >= box.left && x <= box.right && y >= box.top && y <= box.bottom)
        expect(seen.has(seat)).toBe(true);
    }
  });

  test("arrow keys walk along rows and across aisles, and stop at the edge", () => {
    expect(grid.neighbour(0, 1, 0)).toBe(1);
    expect(grid.neighbour(1, -1, 0)).toBe(0);
    expect(grid.neighbour(0, -1, 0)).toBeNull();
    const lastOfRow = 39;
    expect(layout.sectionOf[grid.neighbour(lastOfRow, 1, 0) as number]).toBe(1);
    expect(grid.neighbour(5, 0, 1)).toBe(45);
  });

  test("100,000 seats are indexed and searched", () => {
    const large = house(50, 40, 50);
    const index = new SeatGrid(large);
    for (let n = 0; n < 1000; n++) {
      const seat = random(large.seats);
      expect(index.nearest(large.x[seat] as number, large.y[seat] as number, 0.01)).toBe(seat);
    }
  });
});

describe("view", () => {
  const size = { width: 390, height: 500 };
  const box = { left: -50, right: 150, top: 0, bottom: 60 };
  const bounds = boundsOf(box, size, 1);

  test("fit shows the whole box", () => {
    const shown = visible(whole(box, size), size);
    expect(shown.left).toBeLessThan(box.left);
    expect(shown.bottom).toBeGreaterThan(box.bottom);
  });

  test("canvas and layout coordinates are inverse", () => {
    const view = { scale: 3.7, x: 12, y: 9 };
    const [px, py] = toCanvas(view, size, 40, 33);
    const [x, y] = toLayout(view, size, px, py);
    expect([x, y].map((n) => Math.round(n * 1e6) / 1e6)).toEqual([40, 33]);
  });

  test("zooming keeps the point under the pointer and stays in its bounds", () => {
    const view = whole(box, size);
    const before = toLayout(view, size, 200, 240);
    const after = toLayout(zoomAt(view, size, 200, 240, 2, bounds), size, 200, 240);
    expect(after[0]).toBeCloseTo(before[0]);
    expect(after[1]).toBeCloseTo(before[1]);
    let far = view;
    for (let n = 0; n < 50; n++) far = zoomAt(far, size, 200, 240, 1.5, bounds);
    expect(far.scale).toBe(bounds.scaleMax);
    for (let n = 0; n < 90; n++) far = zoomAt(far, size, 200, 240, 0.7, bounds);
    expect(far.scale).toBe(bounds.scaleMin);
  });

  test("panning never loses the layout", () => {
    const view = pan(whole(box, size), 1e6, -1e6, bounds);
    expect(view.x).toBe(box.left);
    expect(view.y).toBe(box.bottom);
  });

  test("a move starts and ends where it should", () => {
    const from = { scale: 1, x: 0, y: 0 };
    const to = { scale: 9, x: 10, y: 20 };
    expect(between(from, to, 0)).toEqual(from);
    expect(between(from, to, 1)).toEqual(to);
  });
});
