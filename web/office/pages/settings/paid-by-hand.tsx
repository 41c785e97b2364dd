/** An account by hand, as it is written: what buyers are told who send the money by themselves. */

import { explain } from "../../../shared/app/refusals";
import { Button, Field } from "../../../shared/ui/controls";
import { useForm } from "../../../shared/ui/form";
import { Dialog, Notice } from "../../../shared/ui/signs";
import type { PaymentAccountShape } from "../../../shared/wire/contract";
import { ask, asking } from "../../api";
import { servesSaid, servesTyped } from "../../serves";
import { SERVES_RIGHT, ServesFields } from "./serves-fields";
import { t } from "./words";

const TRANSFER_DAYS_MAX = 30;
const INVOICE_DAYS_MAX = 90;

interface Props {
  of: PaymentAccountShape | null;
  onClose(): void;
  onDone(): void;
}

const daysOf = (text: string) => (text.trim() ? Number(text) : null);
const days = (most: number) => (text: string) => {
  const typed = daysOf(text);
  const right = typed === null || (Number.isInteger(typed) && typed >= 1 && typed <= most);
  return right ? null : t("set_pay_hand_days_wrong", { n: most });
};
const needed = (text: string) => (text.trim() ? null : t("set_id_needed"));

export function WritingByHand({ of, onClose, onDone }: Props) {
  const told = of?.by_hand;
  const form = useForm(
    {
      name: of?.name ?? "",
      holder: told?.holder ?? "",
      account: told?.account ?? "",
      bank: told?.bank ?? "",
      note: told?.note ?? "",
      transfer_days: told ? String(told.transfer_days ?? "") : "3",
      invoice_days: String(told?.invoice_days ?? ""),
      ...servesTyped(of?.serves),
    },
    {
      ...SERVES_RIGHT,
      name: needed,
      holder: needed,
      account: needed,
      transfer_days: (text, typed) =>
        text.trim() || typed.invoice_days.trim()
          ? days(TRANSFER_DAYS_MAX)(text)
          : t("set_pay_hand_none_at_all"),
      invoice_days: days(INVOICE_DAYS_MAX),
    },
  );
  const submit = form.submit(async (values) => {
    const body = {
      name: values.name.trim(),
      serves: servesSaid(values),
      by_hand: {
        holder: values.holder.trim(),
        account: values.account.trim(),
        bank: values.bank.trim(),
        note: values.note.trim(),
        transfer_days: daysOf(values.transfer_days),
        invoice_days: daysOf(values.invoice_days),
      },
    };
    const seen = { parts: { account: of?.id ?? "" }, version: `"${of?.version}"` };
    if (of) await asking("PUT /api/payment-accounts/{account}", { ...seen, body });
    else await ask("POST /api/payment-accounts", { body });
    onDone();
  });
  return (
    <Dialog title={of?.name ?? t("set_pay_hand_add")} open asks onClose={onClose}>
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
        <p class="soft">{t("set_pay_hand_lead")}</p>
        <Field {...form.field("name")} label={t("set_label")} maxLength={100} />
        <Field {...form.field("holder")} label={t("set_pay_hand_holder")} maxLength={200} />
        <Field
          {...form.field("account")}
          label={t("set_pay_hand_account")}
          hint={t("set_pay_hand_account_hint")}
          maxLength={200}
        />
        <Field {...form.field("bank")} label={t("set_pay_hand_bank")} optional maxLength={200} />
        <Field {...form.field("note")} label={t("set_pay_hand_note")} optional maxLength={200} />
        <Field
          {...form.field("transfer_days")}
          label={t("set_pay_hand_transfer")}
          hint={t("set_pay_hand_none")}
          inputMode="numeric"
          optional
        />
        <Field
          {...form.field("invoice_days")}
          label={t("set_pay_hand_invoice")}
          hint={t("set_pay_hand_none")}
          inputMode="numeric"
          optional
        />
        <ServesFields field={form.field} />
        {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
        <span class="row">
          <Button kind="main" type="submit" busy={form.busy}>
            {of ? t("set_save") : t("set_pay_hand_add")}
          </Button>
          <Button onClick={onClose}>{t("set_cancel")}</Button>
        </span>
      </form>
    </Dialog>
  );
}
