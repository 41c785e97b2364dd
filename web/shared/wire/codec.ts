/**
 * The two wire formats behind one face.
 * Guarantees: the same messages in both. A frame that cannot be read is a RangeError or SyntaxError, never half a message.
 */

import type { Incoming } from "./messages";
import { decode, encode } from "./msgpack";

export interface Codec {
  readonly subprotocol: string;
  encode(ask: object): string | Uint8Array<ArrayBuffer>;
  decode(frame: string | ArrayBuffer): Incoming;
}

export const json: Codec = {
  subprotocol: "aforo.json.1",
  encode: (ask) => JSON.stringify(ask),
  decode: (frame) =>
    JSON.parse(typeof frame === "string" ? frame : new TextDecoder().decode(frame)) as Incoming,
};

export const msgpack: Codec = {
  subprotocol: "aforo.msgpack.1",
  encode: (ask) => encode(ask),
  decode: (frame) => {
    if (typeof frame === "string") throw new RangeError("a text frame on a binary socket");
    return decode(new Uint8Array(frame)) as Incoming;
  },
};

/** Packed bits as they come: base64 text from JSON, bytes from MessagePack. */
export function packedBytes(bits: string | Uint8Array): Uint8Array {
  if (typeof bits !== "string") return bits;
  const binary = atob(bits);
  const bytes = new Uint8Array(binary.length);
  for (let n = 0; n < binary.length; n++) bytes[n] = binary.charCodeAt(n);
  return bytes;
}
