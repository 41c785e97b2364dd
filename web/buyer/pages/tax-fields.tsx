/** Whom the receipt is made out to: asked at checkout, folded, and on the page of the order until it has its number. */

import { useEffect, useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { t } from "../../shared/i18n";
import { Button, Field, Paragraph } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import type { OrderAnswer, TaxIdentityShape } from "../../shared/wire/contract";
import type { Order } from "../../shared/wire/messages";
import { nameReceipt } from "../sale/orders";
import {
  isEmpty,
  NOBODY,
  refusedTaxFields,
  TAX_FIELDS,
  type TaxField,
  type TaxForm,
  useTaxForm,
} from "./tax-identity";

function Fields({ form }: { form: TaxForm }) {
  const part = (name: TaxField) => {
    const problem = form.problem(name);
    return {
      label: t(`tax_${name}`),
      value: form.value(name),
      onValue: form.set(name),
      onLeave: () => form.left(name),
      problem: problem && t(problem),
      required: name !== "postal_code",
    };
  };
  return (
    <>
      <p class="small soft">{t("tax_explained")}</p>
      <Field {...part("name")} name="tax-name" autocomplete="organization" maxLength={200} />
      <Field
        {...part("country")}
        name="tax-country"
        autocomplete="country"
        hint={t("tax_country_hint")}
        maxLength={2}
      />
      <Field {...part("tax_id")} name="tax-id" autocapitalize="none" maxLength={30} />
      <Paragraph {...part("address")} name="tax-address" rows={2} maxLength={500} />
      <Field
        {...part("postal_code")}
        name="tax-postal-code"
        autocomplete="postal-code"
        optional
        maxLength={16}
      />
      <Field {...part("city")} name="tax-city" autocomplete="address-level2" maxLength={200} />
    </>
  );
}

/** Folded, unless there is something in it. What is wrong unfolds it. */
export function TaxPart({ form }: { form: TaxForm }) {
  const wrong = TAX_FIELDS.some((name) => form.problem(name) !== null);
  const [open, setOpen] = useState(() => !isEmpty(form.typed));
  useEffect(() => {
    if (wrong) setOpen(true);
  }, [wrong]);
  return (
    <details class="tax-part" open={open} onToggle={(toggle) => setOpen(toggle.currentTarget.open)}>
      <summary>{t("tax_wanted")}</summary>
      <div class="stack">
        <Fields form={form} />
      </div>
    </details>
  );
}

interface NamedProps {
  order: Order;
  identity: TaxIdentityShape | null;
  /** whether it may be written still, as far as is known here */
  open: boolean;
  onNamed(answer: OrderAnswer): void;
}

/** On the page of the order. */
export function NamedReceipt(props: NamedProps) {
  const { identity } = props;
  return (
    <>
      <p class="small" role="status">
        {identity && t("tax_named", { name: identity.name })}
      </p>
      <NameForm key={JSON.stringify(identity)} {...props} />
    </>
  );
}

/** What was begun stays, also when the number comes meanwhile: then the server says so. */
function NameForm({ order, identity, open, onNamed }: NamedProps) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const write = async (wanted: TaxIdentityShape) => {
    try {
      onNamed(await nameReceipt(order.code, wanted));
      return null;
    } catch (error) {
      setFailure(refusedTaxFields(error).length > 0 ? null : error);
      return error;
    }
  };
  const form = useTaxForm(identity ?? NOBODY, write, false);
  if (!open && !form.begun) return null;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    const element = event.currentTarget as HTMLFormElement;
    setBusy(true);
    setFailure(null);
    if (!(await form.send()))
      requestAnimationFrame(() => element.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
    setBusy(false);
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
      <TaxPart form={form} />
      {form.begun && (
        <span>
          <Button type="submit" busy={busy}>
            {t("tax_save")}
          </Button>
        </span>
      )}
      {failure !== null && (
        <Notice kind="bad" urgent>
          {explain(failure)}
        </Notice>
      )}
    </form>
  );
}
