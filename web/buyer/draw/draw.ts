/**
 * The draw, recomputed: the place of one lobby number, without a list of the others.
 * Owns: the algorithm of docs/draw.md, beside engine/onsale/draw.py. Pure.
 * Guarantees: over all numbers below n the places are a permutation of 0 … n-1.
 */

import { fromHex, hmacSha256, sha256, toHex } from "./sha256";

const ROUNDS = 8;
const utf8 = new TextEncoder();

/** What the operator committed to before the sale: SHA-256 of the secret. */
export function commitOf(secret: string): string {
  return toHex(sha256(fromHex(secret)));
}

/** Mixes the secret with what nobody could know before the draw: how many came, and who in which order. */
export function effectiveSeed(secret: string, n: number, digest: string): Uint8Array {
  return hmacSha256(fromHex(secret), utf8.encode(`aforo draw|${n}|${digest}`));
}

function halfBits(n: number): number {
  let bits = 1;
  while (4 ** bits < n) bits += 1;
  return bits;
}

function round(seed: Uint8Array, nth: number, half: number, mask: number): number {
  const message = new Uint8Array(5);
  message[0] = nth;
  new DataView(message.buffer).setUint32(1, half);
  const mac = hmacSha256(seed, message);
  return (new DataView(mac.buffer).getUint32(0) & mask) >>> 0;
}

function feistel(seed: Uint8Array, value: number, bits: number): number {
  const mask = 2 ** bits - 1;
  let left = Math.floor(value / 2 ** bits);
  let right = value & mask;
  for (let nth = 0; nth < ROUNDS; nth++) {
    [left, right] = [right, left ^ round(seed, nth, right, mask)];
  }
  return left * 2 ** bits + right;
}

export interface Walk {
  place: number;
  /** every value on the way: those at or above n are walked on from */
  steps: number[];
}

export function walk(seed: Uint8Array, n: number, number: number): Walk {
  const bits = halfBits(n);
  const steps: number[] = [];
  let value = number;
  do {
    value = feistel(seed, value, bits);
    steps.push(value);
  } while (value >= n);
  return { place: value, steps };
}

export function drawnPlace(secret: string, n: number, digest: string, number: number): number {
  return walk(effectiveSeed(secret, n, digest), n, number).place;
}
