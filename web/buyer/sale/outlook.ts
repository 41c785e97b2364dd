/**
 * A buyer's chances, computed from the room's public state and their own place.
 * Pure. Says "unknown" rather than guessing; "none" only when the engine itself gave up (`hopeless_from`).
 */

import type { RoomState } from "../../shared/wire/messages";

/** What has to happen before anybody is let in; how long that takes, nobody knows. */
export type WaitsFor = "sale" | "sold_out" | "returns" | "slot" | "call";

export type Chance = "unknown" | "good" | "thin" | "none";

export interface Outlook {
  /** null before the draw: nobody knows */
  ahead: number | null;
  /** null when nobody was admitted lately, so that no honest figure can be given */
  wait_s: number | null;
  waitsFor: WaitsFor | null;
  chance: Chance;
  turn: boolean;
}

export const WAIT_S_MAX = 12 * 3600;
const SOON_S = 60;

export function outlook(room: RoomState, place: number | null): Outlook {
  if (place === null) return { ahead: null, wait_s: null, waitsFor: null, chance: "unknown", turn: false };
  const ahead = Math.max(0, place - room.serving);
  const turn = place < room.serving;
  const wait_s = turn ? 0 : room.rate > 0 ? (ahead + 1) / room.rate : null;
  return {
    ahead,
    wait_s: wait_s !== null && wait_s > WAIT_S_MAX ? null : wait_s,
    waitsFor: turn ? null : waitsFor(room, ahead, wait_s),
    chance: turn ? "good" : chanceOf(room, place, ahead),
    turn,
  };
}

/** The pace of a moment ago says nothing of the next minute once all who may shop at a time do. */
function waitsFor(room: RoomState, ahead: number, wait_s: number | null): WaitsFor | null {
  if (room.state !== "open") return "sale";
  if (room.left === 0) return "sold_out";
  if (room.free === 0) return "returns";
  const full = room.shopping >= room.shoppers_max;
  const soon = wait_s === null || wait_s < SOON_S;
  if (full && soon) return "slot";
  return ahead === 0 ? "call" : null; // those called before may still come, however many slots seem free
}

function chanceOf(room: RoomState, place: number, ahead: number): Chance {
  if (room.hopeless_from > 0 && place >= room.hopeless_from) return "none";
  // Everybody ahead and inside may take at least one: beyond that there is something only if some of them leave.
  return ahead + room.shopping >= room.left ? "thin" : "good";
}

/** How far along: 0 when just joined, 1 when it is one's turn. */
export function progress(room: RoomState, place: number, start: number): number {
  const whole = Math.max(1, place - start + 1);
  return Math.min(1, Math.max(0, (room.serving - start) / whole));
}
