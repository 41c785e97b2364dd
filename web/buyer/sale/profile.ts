/** What a buyer says of themselves: language, zone, position, and whether promos may be told. */

import { send } from "../../shared/app/http";
import { local } from "../../shared/app/storage";

export interface Profile {
  consent: boolean;
}

export interface Position {
  latitude: number;
  longitude: number;
  accuracy_m: number;
}

type Change = Partial<Profile> & { locale?: string; position?: Position };

export function bearer(): Record<string, string> {
  return { Authorization: `Bearer ${local.read("buyer") ?? ""}` };
}

export function readProfile(): Promise<Profile> {
  return send<Profile>("GET", "/api/profiles/mine", undefined, bearer());
}

export function putProfile(change: Change): Promise<Profile> {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return send<Profile>("PUT", "/api/profiles/mine", { ...change, ...(zone ? { zone } : {}) }, bearer());
}

/** Keep a browser's subscription to Web Push. */
export async function postSubscription(subscription: PushSubscription): Promise<void> {
  const { endpoint, keys } = subscription.toJSON();
  const body = { endpoint, keys: { p256dh: keys?.p256dh, auth: keys?.auth } };
  await send("POST", "/api/push/subscriptions", body, bearer());
}
