/** Issuing credit of somebody, or vouchers, whose codes are shown once. */

import { useMemo, useState } from "preact/hooks";
import { Button, Field } from "../../../shared/ui/controls";
import { save } from "../../../shared/ui/file";
import { useForm } from "../../../shared/ui/form";
import { Notice } from "../../../shared/ui/signs";
import { ask } from "../../api";
import { amountOf } from "../../price-table";
import { inFull } from "../../refused";
import { endOf } from "../../ui/give-as";
import { csv } from "../../ui/rows";
import { tell } from "../../ui/toasts";
import { minorOf } from "./told";
import { t } from "./words";

const VOUCHERS_PER_BATCH_MAX = 1_000;
const WHY_CHARS_MAX = 200;
const EMPTY = { amount: "", currency: "EUR", number: "1", why: "", email: "", until: "", minimum: "" };

const isCurrency = (typed: string) => /^[A-Z]{3}$/.test(typed.trim().toUpperCase());

export function Issue({ onClose, onDone }: { onClose(): void; onDone(): void }) {
  const [codes, setCodes] = useState<readonly string[]>([]);
  const [again, setAgain] = useState(false);
  // one for each form: a press that is repeated issues nothing more
  const [nth, next] = useState(0);
  const issue = useMemo(() => crypto.randomUUID(), [nth]);
  const form = useForm(EMPTY, {
    amount: (typed) => ((minorOf(typed, "EUR") ?? 0) > 0 ? null : t("crd_amount_wrong")),
    currency: (typed) => (isCurrency(typed) ? null : t("crd_currency_wrong")),
    number: (typed) =>
      /^[1-9]\d{0,3}$/.test(typed.trim()) && Number(typed) <= VOUCHERS_PER_BATCH_MAX
        ? null
        : t("crd_number_wrong"),
    why: (typed) => (typed.trim() ? null : t("crd_missing")),
    minimum: (typed) => (typed.trim() === "" || amountOf(typed, 2) !== null ? null : t("crd_amount_wrong")),
  });
  const send = form.submit(async ({ amount, currency, number, why, email, until, minimum }) => {
    const of = currency.trim().toUpperCase();
    const made = await ask("POST /api/credit", {
      body: {
        issue,
        amount: minorOf(amount, of) ?? 0,
        currency: of,
        number: Number(number),
        why: why.trim(),
        ...(email.trim() ? { email: email.trim() } : {}),
        ...(until ? { expires_at_ms: endOf(until) } : {}),
        ...(minimum.trim() ? { sum_min: minorOf(minimum, of) ?? 0 } : {}),
      },
    });
    setCodes(made.codes);
    setAgain(made.again);
    tell(t("crd_issued", { n: made.ids.length }));
    form.restart();
    next((now) => now + 1);
    onDone();
  });
  return (
    <form class="stack" noValidate ref={form.element} onSubmit={(event) => void send(event)}>
      <h2 class="title">{t("crd_issue_title")}</h2>
      {again && <Notice>{t("crd_again")}</Notice>}
      {codes.length > 0 && <Codes codes={codes} />}
      <Field {...form.field("amount")} label={t("crd_amount")} inputMode="text" maxLength={16} />
      <Field {...form.field("currency")} label={t("crd_currency")} maxLength={3} />
      <Field {...form.field("why")} label={t("crd_why")} hint={t("crd_why_hint")} maxLength={WHY_CHARS_MAX} />
      <Field {...form.field("number")} label={t("crd_number")} inputMode="numeric" maxLength={4} />
      <Field
        {...form.field("email")}
        label={t("crd_email")}
        hint={t("crd_email_hint")}
        type="email"
        optional
      />
      <Field {...form.field("until")} label={t("crd_until")} type="date" optional />
      <Field {...form.field("minimum")} label={t("crd_minimum")} inputMode="text" maxLength={16} optional />
      {form.failure !== null && <Notice kind="bad">{inFull(form.failure)}</Notice>}
      <span class="row">
        <Button kind="main" type="submit" busy={form.busy}>
          {t("crd_issue")}
        </Button>
        <Button onClick={onClose}>{t("crd_close")}</Button>
      </span>
    </form>
  );
}

function Codes({ codes }: { codes: readonly string[] }) {
  const file = () =>
    csv(
      codes.map((code) => ({ code })),
      [{ id: "code", name: t("crd_codes"), value: ({ code }: { code: string }) => code }],
    );
  return (
    <div class="stack" role="status">
      <p>{t("crd_codes_once")}</p>
      <ul class="plain stack">
        {codes.map((code) => (
          <li key={code} class="figure">
            {code}
          </li>
        ))}
      </ul>
      <span>
        <Button onClick={() => save("vouchers.csv", "text/csv", file())}>{t("crd_download")}</Button>
      </span>
    </div>
  );
}
