/** What became of the date of an event: moved, postponed, cancelled. */

import { t } from "../i18n";
import { keptMoment } from "../ui/moments";
import { Badge, Notice } from "../ui/signs";
import type { AboutShape } from "../wire/contract";
import type { StatusWord } from "../wire/messages";

export interface Changed {
  status?: StatusWord | undefined;
  moved_from?: string | number | null | undefined;
  zone: string;
}

/** Whether nothing takes place on the date that is known. */
export function dateless({ status }: Changed): boolean {
  return status === "postponed" || status === "cancelled";
}

export function ChangedBadge({ of }: { of: Changed }) {
  if (of.status === "postponed") return <Badge kind="few">{t("postponed")}</Badge>;
  if (of.status === "cancelled") return <Badge kind="gone">{t("cancelled")}</Badge>;
  return null;
}

/** "Moved from Fri 20 March, 20:30", or nothing. */
export function movedWords({ status, moved_from, zone }: Changed): string {
  return status === "moved" && moved_from ? t("moved_from", { before: keptMoment(moved_from, zone) }) : "";
}

/** The date in words as it stands: without one when it was taken away. */
export function dateWords(when: string, of: Changed): string {
  if (of.status === "cancelled") return t("cancelled");
  if (of.status === "postponed") return t("postponed");
  return [when, movedWords(of)].filter(Boolean).join(" · ");
}

/** The same of what an order is for. */
export function aboutChanged({ status, moved_from_ms, zone }: AboutShape): Changed {
  return { status, moved_from: moved_from_ms, zone };
}

export function ChangedNotice({ of }: { of: Changed }) {
  if (of.status === "postponed") return <Notice>{t("postponed_explained")}</Notice>;
  if (of.status === "cancelled") return <Notice kind="bad">{t("cancelled_explained")}</Notice>;
  return null;
}

/** The same on pages that show no date: what was moved says where to. */
export function ChangedHere({ of, starts_at }: { of: Changed; starts_at: string }) {
  const moved = movedWords(of);
  if (moved === "") return <ChangedNotice of={of} />;
  return <Notice>{`${keptMoment(starts_at, of.zone)} · ${moved}`}</Notice>;
}
