import { expect, test } from "vitest";
import { commitOf, drawnPlace, effectiveSeed, walk } from "../buyer/draw/draw";
import { fromHex, toHex } from "../buyer/draw/sha256";
import { placeFromDraw } from "../buyer/sale/place";
import type { RoomState } from "../shared/wire/messages";
import vectors from "./draw-vectors.json";

test("agrees with the engine on its own vectors", () => {
  for (const { secret, commit, places, digest, seed, drawn } of vectors) {
    expect(commitOf(secret)).toBe(commit);
    expect(toHex(effectiveSeed(secret, places, digest))).toBe(seed);
    for (const [number, place] of drawn)
      expect(drawnPlace(secret, places, digest, number as number)).toBe(place);
  }
});

test("every size is a permutation, and every walk ends inside it", () => {
  const seed = fromHex("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
  for (const n of [1, 2, 3, 5, 16, 17, 64, 65, 257]) {
    const places = new Set<number>();
    for (let number = 0; number < n; number++) {
      const { place, steps } = walk(seed, n, number);
      places.add(place);
      expect(steps.slice(0, -1).every((step) => step >= n)).toBe(true);
    }
    expect([...places].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, place) => place));
  }
});

test("a place is known when the server told it, or once the draw is revealed", () => {
  const [vector] = vectors.filter(({ places }) => places === 10);
  const before = { lobby: 0, secret: null, digest: null } as RoomState;
  const after = { lobby: 10, secret: vector?.secret, digest: vector?.digest } as RoomState;
  const joined = { number: 3, place: null, token: "", again: false, now_ms: 0 };
  expect(placeFromDraw(null, after)).toBeNull();
  expect(placeFromDraw({ ...joined, place: 7 }, before)).toBe(7);
  expect(placeFromDraw(joined, before)).toBeNull();
  expect(placeFromDraw(joined, after)).toBe(vector?.drawn.find(([number]) => number === 3)?.[1]);
  expect(placeFromDraw({ ...joined, number: 12 }, after)).toBe(12);
});
