/** How an organizer stands to somebody, in words: on what basis, what they agreed to, when and where; and what it owes them. */

import { useEffect, useState } from "preact/hooks";
import { money } from "../../shared/format/money";
import { moment, ownZone } from "../../shared/format/time";
import { locale } from "../../shared/i18n";
import { reader } from "../../shared/ui/moments";
import type { CreditShape, RelationShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { t } from "../words";

/** An instant of the wire, as the reader's clock shows it. */
export const on = (at: string) => moment(Date.parse(at), ownZone(), reader.value);

const BASES = {
  contract: "off_basis_contract",
  interest: "off_basis_interest",
  consent: "off_basis_consent",
} as const;

/** What somebody of an address has as credit; nothing where there is none, or it can't be read. */
export function CreditOf({ email }: { email: string }) {
  const [items, setItems] = useState<readonly CreditShape[]>([]);
  useEffect(() => {
    let here = true;
    ask("POST /api/credit/find", { body: { email } }).then(
      (found) => here && setItems(found.items.filter(({ balance }) => balance > 0)),
      () => here && setItems([]),
    );
    return () => {
      here = false;
    };
  }, [email]);
  return (
    <>
      {items.map(({ id, balance, currency, why }) => (
        <span key={id} class="soft small breaks">
          {t("off_credit_left", { sum: money(balance, currency, locale.value), why })}
        </span>
      ))}
    </>
  );
}

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
