import { expect, test } from "vitest";
import { remoteness, worth } from "../shared/map/worth";
import type { LayoutShape } from "../shared/wire/contract";
import vectors from "./worth-vectors.json";

for (const { case: named, layout, remoteness: remote, more_remote } of vectors) {
  test(`agrees with the engine: ${named}`, () => {
    const { sections, seats } = layout as LayoutShape;
    expect(sections.flatMap(remoteness)).toEqual(remote);
    const shares = more_remote.map((count) => count / Math.max(1, seats - 1));
    expect([...worth(layout as LayoutShape)]).toEqual(shares.map((share) => Math.fround(share)));
  });
}

test("a layout from before there were focal points looks at the stage", () => {
  const [{ layout }] = vectors as unknown as [{ layout: LayoutShape }];
  const spelled = layout.sections.map((section) => ({ ...section, focus: [0, 0] as [number, number] }));
  expect(spelled.map(remoteness)).toEqual(layout.sections.map(remoteness));
});

test("the best seat of a house is worth 1, the most remote one 0", () => {
  const row = { label: "A", first_seat: 0, seats: 4, x: 0, y: 5 };
  const section = { id: "a", name: "A", rank: 0, first_seat: 0, seats: 4, outline: [] };
  const label_at: [number, number] = [0, 0];
  const found = worth({ seats: 4, sections: [{ ...section, rows: [row], label_at }] });
  expect([...found]).toEqual([1, 2 / 3, 1 / 3, 0].map((share) => Math.fround(share)));
});
