/** What every page of one tab shares: the live client, and a heartbeat for countdowns. */

import { computed, signal } from "@preact/signals";
import { language } from "../i18n";
import { Live } from "../live/client";
import { json, msgpack } from "../wire/codec";
import { send } from "./http";
import { local, session } from "./storage";

const address = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;

/** Whom somebody who is signed in works for; set by the office alone. */
export const works: { organizer: string | null } = { organizer: null };

export const live = new Live({
  url: address(),
  // JSON is quicker where the browser parses it natively; the other one is for trying and for tests.
  codec: local.read("wire") === "msgpack" ? msgpack : json,
  token: { read: () => local.read("buyer") || null, write: (token) => local.write("buyer", token) },
  apiKey: () => session.read("organizer_key"),
  organizer: () => works.organizer,
  locale: language.value,
});

/**
 * The buyer's token as a cookie too, which images and downloads carry by themselves (QR codes, PDF).
 * Asked for by who shops, not by everybody who waits.
 */
export async function keepCookie(): Promise<void> {
  const token = local.read("buyer");
  if (!token || session.read("cookie") === token) return;
  await send("POST /api/buyers", { headers: { Authorization: `Bearer ${token}` } }).then(
    () => session.write("cookie", token),
    () => undefined, // the key opens the order all the same
  );
}

/** The server's time, a few times a second, while somebody looks. */
export const now_ms = signal(live.clock.now_ms());

/** The same by the minute, for what changes no faster. */
export const minute_ms = computed(() => Math.floor(now_ms.value / 60_000) * 60_000);

setInterval(() => {
  if (document.visibilityState === "visible") now_ms.value = live.clock.now_ms();
}, 250);
