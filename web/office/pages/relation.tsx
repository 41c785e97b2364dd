/** How an organizer stands to somebody, in words: on what basis, and what they agreed to, when and where. */

import { moment, ownZone } from "../../shared/format/time";
import { reader } from "../../shared/ui/moments";
import type { RelationShape } from "../../shared/wire/contract";
import { t } from "../words";

/** An instant of the wire, as the reader's clock shows it. */
export const on = (at: string) => moment(Date.parse(at), ownZone(), reader.value);

const BASES = {
  contract: "off_basis_contract",
  interest: "off_basis_interest",
  consent: "off_basis_consent",
} as const;

export function Relation({ relation }: { relation: RelationShape }) {
  return (
    <span class="stack-tight soft small breaks relation">
      {relation.basis !== null && <span>{t(BASES[relation.basis])}</span>}
      {relation.consent_at !== null && (
        <span>
          {t(relation.consent ? "off_agreed" : "off_agreed_not", { time: on(relation.consent_at) })}
        </span>
      )}
      {relation.consent_at !== null && (
        <span>{t(relation.consent_source === "person" ? "off_agreed_self" : "off_agreed_import")}</span>
      )}
      {relation.consent_wording !== null && (
        <span>{t("off_agreed_wording", { wording: relation.consent_wording })}</span>
      )}
      {relation.consent_origin !== null && (
        <span>{t("off_agreed_origin", { origin: relation.consent_origin })}</span>
      )}
    </span>
  );
}
