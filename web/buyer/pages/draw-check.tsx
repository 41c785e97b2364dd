/** "Check my draw": recomputes this buyer's place from the revealed secret, here in the browser, and shows each step. */

import { t } from "../../shared/i18n";
import type { JoinAnswer, RoomState } from "../../shared/wire/messages";
import { commitOf, effectiveSeed, walk } from "../draw/draw";
import { toHex } from "../draw/sha256";

export function DrawCheck({ room, joined }: { room: RoomState | null; joined: JoinAnswer | null }) {
  if (!room?.secret) {
    return (
      <div class="stack">
        <p>{t("draw_before")}</p>
        {room?.commit && (
          <ol class="draw-steps">
            <li>
              <span>{t("draw_commit")}</span>
              <code>{room.commit}</code>
            </li>
          </ol>
        )}
      </div>
    );
  }
  const kept = commitOf(room.secret) === room.commit;
  const seed = effectiveSeed(room.secret, room.lobby, room.digest ?? "");
  const drawn = joined !== null && joined.number < room.lobby;
  const mine = drawn ? walk(seed, room.lobby, joined.number) : null;
  const agrees = mine === null || joined?.place === null || mine.place === joined?.place;
  return (
    <div class="stack">
      <p>{t("draw_intro", { n: room.lobby })}</p>
      <ol class="draw-steps">
        <li>
          <span>{t("draw_commit")}</span>
          <code>{room.commit}</code>
        </li>
        <li>
          <span>{t("draw_secret")}</span>
          <code>{room.secret}</code>
          <strong>{kept ? t("draw_secret_kept") : t("draw_secret_broken")}</strong>
        </li>
        <li>
          <span>{t("draw_digest")}</span>
          <code>{room.digest || "–"}</code>
        </li>
        <li>
          <span>{t("draw_seed")}</span>
          <code>{toHex(seed)}</code>
        </li>
        <li>
          {mine && joined ? (
            <>
              <span>{t("draw_walk", { number: joined.number + 1 })}</span>
              <code>{mine.steps.map((step) => step + 1).join(" → ")}</code>
              <strong>
                {agrees
                  ? t("draw_agrees", { place: mine.place + 1 })
                  : t("draw_disagrees", { place: mine.place + 1 })}
              </strong>
            </>
          ) : (
            <span>{t("draw_late")}</span>
          )}
        </li>
      </ol>
    </div>
  );
}
