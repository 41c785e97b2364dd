/**
 * Notices of promos: the consent to be told, by the page and by Web Push, and the last one told while a page is open.
 * Guarantees: nothing is asked of the browser but on a click; without push the consent still counts for the other channels.
 */

import { signal } from "@preact/signals";
import { send } from "../../shared/app/http";
import { keepCookie, live } from "../../shared/app/services";
import { locale } from "../../shared/i18n";
import { codeOf } from "../../shared/live/errors";
import type { NoticeEvent } from "../../shared/wire/contract";
import { postSubscription, putProfile, readProfile } from "./profile";

export const lastNotice = signal<NoticeEvent | null>(null);
/** null: not known yet */
export const consent = signal<boolean | null>(null);

live.listen((event) => {
  if (event.on === "notice") lastNotice.value = event;
});

export async function readConsent(): Promise<void> {
  try {
    consent.value = (await readProfile()).consent;
  } catch (error) {
    if (codeOf(error) === "not_found") consent.value = false;
  }
}

/** Whether promos may be told; with yes, this browser is asked for push as well. */
export async function setConsent(wanted: boolean): Promise<void> {
  consent.value = (await putProfile({ consent: wanted, locale: locale.value })).consent;
  await keepCookie();
  if (wanted) await subscribe().catch(() => undefined); // no push here: mail, text and open pages remain
}

async function subscribe(): Promise<void> {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return;
  if ((await Notification.requestPermission()) !== "granted") return;
  const worker = await navigator.serviceWorker.register("/sw.js");
  const { key } = await send("GET /api/push/key");
  const subscription = await worker.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  });
  await postSubscription(subscription);
}
