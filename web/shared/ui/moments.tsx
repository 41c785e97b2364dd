/** Instants on a page: as the event's clock shows them, and as the reader's does where it shows something else. */

import { computed } from "@preact/signals";
import { minute_ms } from "../app/services";
import { moment, momentHere, ownZone, type Reader, zoneCity } from "../format/time";
import { locale, t } from "../i18n";

export const reader = computed<Reader>(() => ({
  now_ms: minute_ms.value,
  zone: ownZone(),
  language: locale.value,
}));

/** "20:00 in Madrid · 14:00 your time"; `there` is how the event's own clock is said, if not in full. */
export function bothClocks(at: string | number, zone: string, there?: string): string {
  const said = there ?? moment(at, zone, reader.value);
  const here = momentHere(at, zone, reader.value);
  return here === null ? said : t("on_both_clocks", { there: said, city: zoneCity(zone), here });
}

export function Moment({ at, zone }: { at: string; zone: string }) {
  return <time dateTime={at}>{bothClocks(at, zone)}</time>;
}
