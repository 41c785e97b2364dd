/** Complimentary tickets of a sale: how many there are, what they would have cost, and how many more whoever looks may give away. */

import { useEffect, useState } from "preact/hooks";
import { money } from "../../shared/format/money";
import { locale } from "../../shared/i18n";
import type { GivenAwayShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { t } from "../words";

/** Read anew whenever `after` is another; null while nobody has answered. */
export function useGivenAway(sale: string, after: unknown): GivenAwayShape | null {
  const [found, setFound] = useState<GivenAwayShape | null>(null);
  useEffect(() => {
    let left = false;
    ask("GET /api/sales/{sale}/complimentary", { parts: { sale } }).then(
      (said) => left || setFound(said),
      () => undefined, // the rest of the page goes on without it
    );
    return () => {
      left = true;
    };
  }, [sale, after]);
  return found;
}

export const mayGiveAway = (found: GivenAwayShape | null) =>
  found !== null && (found.quota === null || found.quota > found.issued);

export function GivenAway({ found, currency }: { found: GivenAwayShape | null; currency: string }) {
  if (found === null || (found.tickets === 0 && !mayGiveAway(found))) return null;
  const { tickets, full_price, quota, issued } = found;
  return (
    <p class="small soft">
      {t("off_given_away", { n: tickets, total: money(full_price, currency, locale.value) })}
      {quota !== null && ` ${t("off_given_away_left", { n: Math.max(0, quota - issued) })}`}
    </p>
  );
}
