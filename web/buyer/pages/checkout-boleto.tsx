/** What a boleto says of who pays it: Stripe makes it of this, and we keep none of it. */

import { useState } from "preact/hooks";
import { Field } from "../../shared/ui/controls";
import type { Contact } from "../sale/contacts";
import type { StripePage } from "../sale/stripe";
import { t } from "./collecting/words";

const FIELDS = ["tax_id", "street", "city", "state", "postal_code"] as const;
type Name = (typeof FIELDS)[number];

const AUTOCOMPLETE: Record<Name, string> = {
  tax_id: "off",
  street: "street-address",
  city: "address-level2",
  state: "address-level1",
  postal_code: "postal-code",
};

export interface Boleto {
  typed: Record<Name, string>;
  set(name: Name): (value: string) => void;
  problem(name: Name): string | null;
  /** The token of a boleto for this one try; null when something is missing, which is told beside it. */
  collect(page: StripePage, who: Contact): Promise<{ token: string } | { problem: string } | null>;
}

export function useBoleto(): Boleto {
  const nothing = { tax_id: "", street: "", city: "", state: "", postal_code: "" };
  const [typed, setTyped] = useState<Record<Name, string>>(nothing);
  const [tried, setTried] = useState(false);
  const lacks = (name: Name) => typed[name].trim() === "";
  return {
    typed,
    set: (name) => (value) => setTyped((now) => ({ ...now, [name]: value })),
    problem: (name) => (tried && lacks(name) ? t("boleto_missing") : null),
    collect: async (page, { name, email }) => {
      setTried(true);
      if (FIELDS.some(lacks)) return null;
      const { tax_id, street, city, state, postal_code } = typed;
      const address = { line1: street, city, state, postal_code, country: "BR" };
      const made = await page.createPaymentMethod({
        type: "boleto",
        boleto: { tax_id },
        billing_details: { name, email, address },
      });
      if (made.paymentMethod) return { token: made.paymentMethod.id };
      return { problem: made.error?.message ?? t("boleto_missing") };
    },
  };
}

export function BoletoPart({ boleto, problem }: { boleto: Boleto; problem: string | null }) {
  return (
    <section class="stack" aria-labelledby="boleto-title">
      <h2 class="step" id="boleto-title">
        {t("pay_boleto")}
      </h2>
      <p>{t("boleto_explained")}</p>
      {FIELDS.map((name) => (
        <Field
          key={name}
          name={`boleto-${name}`}
          label={t(`boleto_${name}`)}
          value={boleto.typed[name]}
          onValue={boleto.set(name)}
          problem={boleto.problem(name)}
          autocomplete={AUTOCOMPLETE[name]}
          maxLength={name === "state" ? 2 : 100}
          required
        />
      ))}
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
