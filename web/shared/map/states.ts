/**
 * The state of every seat, one byte each, kept from packed snapshots and deltas.
 * Owns: which seats changed since somebody last looked, and how many are free per section.
 * Guarantees: snapshot plus the deltas after it equals the snapshot now; an unknown seat number is ignored.
 */

export const FREE = 0;
export const HELD = 1;
export const SOLD = 2;
export const OFF = 3;
export type SeatState = 0 | 1 | 2 | 3;

export interface SeatDelta {
  free?: readonly number[];
  held?: readonly number[];
  sold?: readonly number[];
  off?: readonly number[];
}

/** 2 bits per seat, most significant first: seat n is bits 2n and 2n+1. */
export function unpack(packed: Uint8Array, count: number): Uint8Array {
  const states = new Uint8Array(count);
  for (let seat = 0; seat < count; seat++) {
    states[seat] = ((packed[seat >> 2] ?? 0) >> (6 - 2 * (seat & 3))) & 3;
  }
  return states;
}

export class SeatStates {
  readonly freeIn: Int32Array;
  /** false until the first snapshot: then nobody can say what is free */
  known = false;
  private states: Uint8Array;
  private closed: ReadonlySet<number> = new Set();
  private opened: ReadonlySet<number> = new Set();
  private readonly listeners = new Set<(changed: readonly number[] | null) => void>();

  constructor(
    readonly count: number,
    private readonly sectionOf: Uint16Array,
    sections: number,
  ) {
    this.states = new Uint8Array(count).fill(OFF);
    this.freeIn = new Int32Array(sections);
  }

  of(seat: number): SeatState {
    if (this.opened.size > 0 && this.states[seat] === OFF && this.opened.has(seat)) return FREE;
    if (this.closed.size > 0 && this.closed.has(this.sectionOf[seat] as number)) return OFF;
    return (this.states[seat] ?? OFF) as SeatState;
  }

  /** Sections, by their position, of which nothing is for sale at present, whatever the state of their seats. */
  shut(sections: ReadonlySet<number>): void {
    if (sections.size === this.closed.size && [...sections].every((section) => this.closed.has(section)))
      return;
    this.closed = sections;
    this.countAll();
    this.tell(null);
  }

  /** Seats that are off for others, and free for whoever looks here, as long as nobody has them. */
  open(seats: ReadonlySet<number>): void {
    if (seats.size === this.opened.size && [...seats].every((seat) => this.opened.has(seat))) return;
    this.opened = seats;
    this.countAll();
    this.tell(null);
  }

  get free(): number {
    return this.freeIn.reduce((sum, free) => sum + free, 0);
  }

  /** Told which seats changed, or null when all may have. */
  onChange(listener: (changed: readonly number[] | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  replace(packed: Uint8Array): void {
    this.known = true;
    this.states = unpack(packed, this.count);
    this.countAll();
    this.tell(null);
  }

  private countAll(): void {
    this.freeIn.fill(0);
    for (let seat = 0; seat < this.count; seat++) {
      if (this.of(seat) === FREE) this.countFree(seat, 1);
    }
  }

  apply(delta: SeatDelta): readonly number[] {
    const changed: number[] = [];
    this.put(delta.free, FREE, changed);
    this.put(delta.held, HELD, changed);
    this.put(delta.sold, SOLD, changed);
    this.put(delta.off, OFF, changed);
    if (changed.length > 0) this.tell(changed);
    return changed;
  }

  private put(seats: readonly number[] | undefined, state: SeatState, changed: number[]): void {
    for (const seat of seats ?? []) {
      const before = this.states[seat];
      if (before === undefined || before === state) continue;
      if (this.of(seat) === FREE) this.countFree(seat, -1);
      this.states[seat] = state;
      if (this.of(seat) === FREE) this.countFree(seat, 1);
      changed.push(seat);
    }
  }

  private countFree(seat: number, by: number): void {
    const section = this.sectionOf[seat] as number;
    this.freeIn[section] = (this.freeIn[section] as number) + by;
  }

  private tell(changed: readonly number[] | null): void {
    for (const listener of this.listeners) listener(changed);
  }
}
