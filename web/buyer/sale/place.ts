/** A buyer's place, from what `join` said and what the room revealed since. Pure. */

import type { JoinAnswer, RoomState } from "../../shared/wire/messages";
import { drawnPlace } from "../draw/draw";

/** null before the draw: a lobby number is not a place. */
export function placeFromDraw(joined: JoinAnswer | null, room: RoomState | null): number | null {
  if (!joined) return null;
  if (joined.place !== null) return joined.place;
  if (!room || room.lobby <= 0 || !room.secret || !room.digest) return null;
  return joined.number < room.lobby
    ? drawnPlace(room.secret, room.lobby, room.digest, joined.number)
    : joined.number;
}
