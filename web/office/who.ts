/**
 * Who works in the office, for which organizer, and what that person may do.
 * Owns: the chosen organizer of this tab, and the API key where one came in by that. Guarantees: a session is a cookie that
 * scripts cannot read; who lost what they may do sees no more of it once the server has said so.
 */

import { computed, effect, signal } from "@preact/signals";
import { me } from "../shared/account/me";
import { live, works } from "../shared/app/services";
import { local, session } from "../shared/app/storage";
import type { OrganizerOfMe } from "../shared/wire/contract";
import type { Permissions } from "./shell/places";

export const key = signal<string | null>(session.read("organizer_key"));
const chosen = signal<string | null>(
  new URLSearchParams(location.search).get("organizer") ??
    session.read("organizer") ??
    local.read("organizer"),
);

/** The organizer one works for now: the chosen one, or the first. */
export const organizer = computed<OrganizerOfMe | null>(() => {
  const all = me.value?.organizers ?? [];
  return all.find(({ id }) => id === chosen.value) ?? all[0] ?? null;
});

/** What the token of this tab may look at, when it is a guest link's; null when it is not. */
const guest = signal(session.read("guest"));

export const permissions = computed<Permissions>(() => {
  if (key.value !== null) return guest.value === null ? null : new Set([guest.value]);
  return new Set(organizer.value?.permissions ?? []);
});

/** The page starts anew, so that nothing of the one is shown as the other's. */
export function choose(id: string): void {
  session.write("organizer", id);
  local.write("organizer", id);
  location.assign("/office");
}

works.organizer = chosen.peek(); // what the first hello says, before the server has said who is signed in
effect(() => {
  const id = organizer.value?.id;
  if (!id) return;
  session.write("organizer", id);
  if (works.organizer === id) return;
  works.organizer = id;
  live.introduce();
});

export function keepKey(tried: string, ofGuest: string | null): void {
  session.write("guest", ofGuest);
  guest.value = ofGuest;
  session.write("organizer_key", tried);
  key.value = tried;
}

export function forgetKey(): void {
  key.value = null;
  guest.value = null;
  session.write("guest", null);
  session.write("organizer_key", null);
}

/** What each call shows of who asks; a session's cookie goes by itself. */
export function identity(): Record<string, string> {
  if (key.value !== null) return { Authorization: `Bearer ${key.value}` };
  return organizer.value ? { "Aforo-Organizer": organizer.value.id } : {};
}
