/** Instants on a page: as the event's clock shows them, and as the reader's does where it shows something else. */

import { computed } from "@preact/signals";
import { minute_ms } from "../app/services";
import { zoneCity } from "../format/cities";
import { clock, day, moment, momentHere, ownZone, type Reader } from "../format/time";
import { language, locale, t } from "../i18n";

export const reader = computed<Reader>(() => ({
  now_ms: minute_ms.value,
  zone: ownZone(),
  language: locale.value,
}));

/** "20:00", or "20:00 in Madrid" and "14:00 your time"; `there` is how the event's clock is said, if not in full. */
function clocks(at: string | number, zone: string, there?: string): string[] {
  const said = there ?? moment(at, zone, reader.value);
  const here = momentHere(at, zone, reader.value);
  if (here === null) return [said];
  const city = zoneCity(zone, language.value);
  return [t("clock_there", { time: said, city }), t("clock_here", { time: here })];
}

export function bothClocks(at: string | number, zone: string): string {
  return clocks(at, zone).join(" · ");
}

/** The same with its year, whichever it is: for what is kept, such as a ticket. */
export function keptMoment(at: string | number, zone: string): string {
  const tag = locale.value;
  return clocks(at, zone, `${day(at, zone, tag)}, ${clock(at, zone, tag)}`).join(" · ");
}

export function Moment({ at, zone, there }: { at: string; zone: string; there?: string }) {
  const [first, second] = clocks(at, zone, there);
  return (
    <time dateTime={at} class="moment">
      <span>{second ? `${first} ·` : first}</span> {second && <span>{second}</span>}
    </time>
  );
}
