import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { fromHex, hmacSha256, sha256, toHex } from "../buyer/draw/sha256";

const bytes = (length: number) => Uint8Array.from({ length }, (_, n) => (n * 37 + length) & 255);

test("every length around a block agrees with the platform's SHA-256", () => {
  for (let length = 0; length < 200; length++) {
    expect(toHex(sha256(bytes(length)))).toBe(createHash("sha256").update(bytes(length)).digest("hex"));
  }
});

test("HMAC agrees for short and long keys", () => {
  for (const key of [0, 16, 63, 64, 65, 130]) {
    const theirs = createHmac("sha256", bytes(key)).update(bytes(77)).digest("hex");
    expect(toHex(hmacSha256(bytes(key), bytes(77)))).toBe(theirs);
  }
});

test("hex goes both ways", () => {
  expect(toHex(fromHex("00ff10a7"))).toBe("00ff10a7");
});
