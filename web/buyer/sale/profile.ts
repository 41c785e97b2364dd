/** What a buyer says of themselves: language, zone, position, and whether promos may be told. */

import { send } from "../../shared/app/http";
import { local } from "../../shared/app/storage";
import type { ProfileBody, ProfileShape, Where } from "../../shared/wire/contract";

export type Position = Where;

export function bearer(): Record<string, string> {
  return { Authorization: `Bearer ${local.read("buyer") ?? ""}` };
}

export function readProfile(): Promise<ProfileShape> {
  return send("GET /api/profiles/mine", { headers: bearer() });
}

export function putProfile(change: ProfileBody): Promise<ProfileShape> {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const body = { ...change, ...(zone ? { zone } : {}) };
  return send("PUT /api/profiles/mine", { body, headers: bearer() });
}

/** Keep a browser's subscription to Web Push. */
export async function postSubscription(subscription: PushSubscription): Promise<void> {
  const { endpoint = "", keys } = subscription.toJSON();
  const body = { endpoint, keys: { p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "" } };
  await send("POST /api/push/subscriptions", { body, headers: bearer() });
}
