import { decode as theirDecode, encode as theirEncode } from "@msgpack/msgpack";
import { describe, expect, test } from "vitest";
import { json, msgpack, packedBytes } from "../shared/wire/codec";
import { decode, encode } from "../shared/wire/msgpack";

const long = (length: number) => "ñ".repeat(length);
const values: unknown[] = [
  null,
  true,
  false,
  ...[0, 1, 127, 128, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 1795245300000, Number.MAX_SAFE_INTEGER],
  ...[-1, -32, -33, -128, -129, -32768, -32769, -(2 ** 31), -(2 ** 31) - 1, -1795245300000],
  ...[0.5, -1.25, 1e300],
  ...["", "café", long(15), long(16), long(127), long(200), long(40000)],
  ...[0, 255, 256, 70000].map((length) => new Uint8Array(length).fill(7)),
  ...[0, 15, 16, 70000].map((length) => Array.from({ length }, (_, n) => n)),
  Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`k${n}`, n])),
  { on: "seats", free: [1, 2], nested: { a: [null, { b: "c" }] } },
];

describe("MessagePack", () => {
  test("what we write, another implementation reads", () => {
    for (const value of values) expect(theirDecode(encode(value))).toEqual(value);
  });

  test("what another implementation writes, we read", () => {
    for (const value of values) expect(decode(theirEncode(value))).toEqual(value);
  });

  test("absent members are left out, as in JSON", () => {
    expect(decode(encode({ a: 1, b: undefined }))).toEqual({ a: 1 });
  });

  test("a cut or overlong frame is refused", () => {
    const whole = encode({ on: "seats", free: [1, 2, 3], name: "x".repeat(40) });
    for (let cut = 0; cut < whole.length; cut++)
      expect(() => decode(whole.slice(0, cut))).toThrow(RangeError);
    expect(() => decode(Uint8Array.from([...whole, 1]))).toThrow(RangeError);
    expect(() => decode(Uint8Array.from([0xc1]))).toThrow(RangeError);
  });
});

test("both codecs carry the same message", () => {
  const ask = { id: 7, do: "hold", sale: "s", hold: "h", seats: [1, 2] };
  expect(JSON.parse(json.encode(ask) as string)).toEqual(decode(msgpack.encode(ask) as Uint8Array));
});

test("packed bits come the same from both", () => {
  const bits = Uint8Array.from([0, 255, 128, 7]);
  expect(packedBytes(Buffer.from(bits).toString("base64"))).toEqual(packedBytes(bits));
});
