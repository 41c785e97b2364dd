/** Days to which tickets admit, in words; servers of the release before say nothing of them. */

import { t } from "../../shared/i18n";
import { aboutChanged, dateless, dateWords } from "../../shared/sale/changed";
import type { SaleInfo } from "../../shared/sale/sales";
import { keptMoment } from "../../shared/ui/moments";
import type { AboutShape, AdmissionShape } from "../../shared/wire/contract";

/** "Friday, Saturday": the days to which a section or pool of a sale admits; "" where it admits to the event. */
export function daysOf(info: Pick<SaleInfo, "days" | "admits">, place: string): string {
  const ids = info.admits?.[place] ?? [];
  return ids.map((id) => info.days?.find((day) => day.id === id)?.name ?? id).join(", ");
}

/** A line for each day; where nothing takes place on the dates that are known, what they are called. */
export function admissionLines(
  admits: readonly AdmissionShape[] | undefined,
  about: AboutShape,
  inShort = false,
): string[] {
  if (!admits?.length) return [];
  const changed = aboutChanged(about);
  const names = admits.map((day) => day.name).join(", ");
  if (dateless(changed)) return [dateWords("", changed), names];
  const [first] = admits;
  if (inShort && first && admits.length > 1) return [keptMoment(first.starts_at_ms, about.zone), names];
  return admits.map((day) => `${day.name}: ${keptMoment(day.starts_at_ms, about.zone)}`);
}

/** "Admits on 3 days", where it is more than one. */
export function admissionsWords(admits: readonly AdmissionShape[] | undefined): string {
  return admits && admits.length > 1 ? t("admits_on", { n: admits.length }) : "";
}
