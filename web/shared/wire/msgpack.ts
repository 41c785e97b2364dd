/**
 * A small MessagePack codec: what the wire uses, no extensions.
 * Guarantees: decode(encode(v)) equals v for JSON-like values and bytes. Fails with RangeError on anything else.
 */

const text = new TextDecoder();
const utf8 = new TextEncoder();

export function decode(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;

  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError("MessagePack ends too early");
    const part = bytes.subarray(at, at + length);
    at += length;
    return part;
  };
  const unsigned = (width: 1 | 2 | 4): number => {
    const from = at;
    take(width);
    return width === 1 ? view.getUint8(from) : width === 2 ? view.getUint16(from) : view.getUint32(from);
  };
  const string = (length: number): string => text.decode(take(length));
  const list = (length: number): unknown[] => {
    const items: unknown[] = [];
    for (let n = 0; n < length; n++) items.push(value());
    return items;
  };
  const record = (length: number): Record<string, unknown> => {
    const members: Record<string, unknown> = {};
    for (let n = 0; n < length; n++) members[String(value())] = value();
    return members;
  };
  const eight = (read: (from: number) => number | bigint): number => {
    const from = at;
    take(8);
    const number = Number(read(from));
    return number;
  };

  const value = (): unknown => {
    const tag = unsigned(1);
    if (tag < 0x80) return tag;
    if (tag < 0x90) return record(tag & 0x0f);
    if (tag < 0xa0) return list(tag & 0x0f);
    if (tag < 0xc0) return string(tag & 0x1f);
    if (tag >= 0xe0) return tag - 0x100;
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return take(unsigned(1)).slice();
      case 0xc5:
        return take(unsigned(2)).slice();
      case 0xc6:
        return take(unsigned(4)).slice();
      case 0xca: {
        take(4);
        return view.getFloat32(at - 4);
      }
      case 0xcb:
        return eight((from) => view.getFloat64(from));
      case 0xcc:
        return unsigned(1);
      case 0xcd:
        return unsigned(2);
      case 0xce:
        return unsigned(4);
      case 0xcf:
        return eight((from) => view.getBigUint64(from));
      case 0xd0:
        return view.getInt8(at++);
      case 0xd1: {
        take(2);
        return view.getInt16(at - 2);
      }
      case 0xd2: {
        take(4);
        return view.getInt32(at - 4);
      }
      case 0xd3:
        return eight((from) => view.getBigInt64(from));
      case 0xd9:
        return string(unsigned(1));
      case 0xda:
        return string(unsigned(2));
      case 0xdb:
        return string(unsigned(4));
      case 0xdc:
        return list(unsigned(2));
      case 0xdd:
        return list(unsigned(4));
      case 0xde:
        return record(unsigned(2));
      case 0xdf:
        return record(unsigned(4));
      default:
        throw new RangeError(`MessagePack tag ${tag} is not used here`);
    }
  };

  const decoded = value();
  if (at !== bytes.length) throw new RangeError("MessagePack goes on after its value");
  return decoded;
}

class Writer {
  private bytes = new Uint8Array(256);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  done(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }

  private room(more: number): number {
    const from = this.length;
    this.length += more;
    if (this.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, this.bytes.length * 2));
      grown.set(this.bytes);
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    return from;
  }

  byte(value: number): void {
    const from = this.room(1);
    this.view.setUint8(from, value);
  }

  raw(part: Uint8Array): void {
    const from = this.room(part.length);
    this.bytes.set(part, from);
  }

  /** A tag and a length: `small` tags hold lengths below `smallMax`, then 8 (when there is one), 16 and 32 bits. */
  size(length: number, small: number, smallMax: number, tag8: number, tag16: number): void {
    if (length < smallMax) this.byte(small | length);
    else if (tag8 > 0 && length < 0x100) {
      this.byte(tag8);
      this.byte(length);
    } else if (length < 0x10000) {
      this.byte(tag16);
      const from = this.room(2);
      this.view.setUint16(from, length);
    } else {
      this.byte(tag16 + 1);
      const from = this.room(4);
      this.view.setUint32(from, length);
    }
  }

  number(value: number): void {
    if (Number.isInteger(value) && value >= 0 && value <= 0xffffffff) {
      if (value < 0x80) this.byte(value);
      else this.size(value, 0, 0, 0xcc, 0xcd);
    } else if (Number.isInteger(value) && value < 0 && value >= -32) {
      this.byte(value + 0x100);
    } else if (Number.isSafeInteger(value)) {
      this.byte(0xd3);
      const from = this.room(8);
      this.view.setBigInt64(from, BigInt(value));
    } else {
      this.byte(0xcb);
      const from = this.room(8);
      this.view.setFloat64(from, value);
    }
  }

  value(value: unknown): void {
    if (value === null || value === undefined) this.byte(0xc0);
    else if (typeof value === "boolean") this.byte(value ? 0xc3 : 0xc2);
    else if (typeof value === "number") this.number(value);
    else if (typeof value === "string") {
      const encoded = utf8.encode(value);
      this.size(encoded.length, 0xa0, 32, 0xd9, 0xda);
      this.raw(encoded);
    } else if (value instanceof Uint8Array) {
      this.size(value.length, 0, 0, 0xc4, 0xc5);
      this.raw(value);
    } else if (Array.isArray(value)) {
      this.size(value.length, 0x90, 16, 0, 0xdc);
      for (const item of value) this.value(item);
    } else if (typeof value === "object") {
      const members = Object.entries(value).filter(([, member]) => member !== undefined);
      this.size(members.length, 0x80, 16, 0, 0xde);
      for (const [name, member] of members) {
        this.value(name);
        this.value(member);
      }
    } else throw new RangeError(`MessagePack has no ${typeof value}`);
  }
}

export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  writer.value(value);
  return writer.done();
}
