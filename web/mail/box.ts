/**
 * What was written to people, kept up to date.
 * Guarantees: asks once a second while the page is in view, and gets an answer only when something is new; one that fails
 * leaves what was read before.
 */

import { computed, signal } from "@preact/signals";

export interface Mail {
  id: string;
  at_ms: number;
  channel: "email" | "sms";
  to: string;
  subject: string;
  text: string;
  html: boolean;
  link: string;
  headers: [string, string][];
  /** names of what is attached */
  files: string[];
  state: "queued" | "sent" | "unknown" | "refused" | "bounced" | "lapsed";
  template: string;
  tries: number;
  said: string;
  locale: string;
}

const EVERY_MS = 1_000;
const MORE = 50;

export const mails = signal<Mail[] | null>(null);
export const failing = signal(false);
export const wanted = signal(MORE);
export const chosen = signal(location.hash.slice(1));
export const shown = computed(() => mails.value?.find(({ id }) => id === chosen.value) ?? null);

let etag = "";

async function look(): Promise<void> {
  try {
    const answer = await fetch(`/dev/mail/list?limit=${wanted.value}`, {
      cache: "no-store",
      headers: etag ? { "If-None-Match": etag } : {},
    });
    if (answer.status !== 304) {
      if (!answer.ok) throw new Error(String(answer.status));
      mails.value = ((await answer.json()) as { items: Mail[] }).items;
      etag = answer.headers.get("ETag") ?? "";
    }
    failing.value = false;
  } catch {
    failing.value = true;
  }
}

export function more(): void {
  wanted.value += MORE;
  etag = "";
  void look();
}

export async function keepLooking(): Promise<never> {
  addEventListener("hashchange", () => {
    chosen.value = location.hash.slice(1);
  });
  for (;;) {
    if (document.visibilityState === "visible") await look();
    await new Promise((wake) => setTimeout(wake, EVERY_MS));
  }
}
