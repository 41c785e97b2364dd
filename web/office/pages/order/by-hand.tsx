/** Money that the buyer of an order sends by themselves: a member says that it came, waits no longer, or sent it back. */

import { useState } from "preact/hooks";
import { explain } from "../../../shared/app/refusals";
import { now_ms } from "../../../shared/app/services";
import { minorDigits, money } from "../../../shared/format/money";
import { ownZone, typedMoment } from "../../../shared/format/time";
import { language, locale } from "../../../shared/i18n";
import { Button, Field } from "../../../shared/ui/controls";
import { useForm } from "../../../shared/ui/form";
import { Notice } from "../../../shared/ui/signs";
import type { OrderRecordShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { writtenAmount } from "../../price-table";
import { sumOf } from "../../serves";
import { holdsAny } from "../../shell/places";
import { DryRun } from "../../ui/dry-run";
import { tell } from "../../ui/toasts";
import { permissions } from "../../who";
import { useActing } from "../settings/acting";
import { when } from "./list";
import { t } from "./words";

interface Props {
  record: OrderRecordShape;
  onDone(): void;
}

const partsOf = ({ order }: OrderRecordShape) => ({ sale: order.sale, order: order.id });
export const isByHand = ({ payment }: OrderRecordShape) => payment?.provider.startsWith("hand:") ?? false;

export function ByHand(props: Props) {
  const { order, payment } = props.record;
  if (!payment || !holdsAny(permissions.value, ["order:refund"])) return null;
  const awaits = order.state === "awaiting";
  if (!awaits && !isByHand(props.record)) return null;
  const sum = money(payment.amount, order.currency, locale.value);
  return awaits || order.state === "failed" || (order.state === "refunding" && order.refunds.length === 0) ? (
    <section class="panel stack" aria-label={t("ord_money")}>
      <h2 class="tag">{t("ord_money")}</h2>
      {order.state === "refunding" ? (
        <ToSend {...props} sum={sum} />
      ) : (
        isByHand(props.record) && <Came {...props} sum={sum} />
      )}
      {awaits && <LetGo {...props} />}
    </section>
  ) : null;
}

function Came({ record, onDone, sum }: Props & { sum: string }) {
  const { order, payment } = record;
  const owed = payment?.amount ?? 0;
  const [today = ""] = typedMoment(now_ms.value, ownZone()).split("T");
  const form = useForm(
    { amount: writtenAmount(owed, minorDigits(order.currency), language.value), on: today, note: "" },
    {
      amount: (text) => (sumOf(text, order.currency) === owed ? null : t("ord_money_amount_wrong", { sum })),
      on: (day) => (/^\d{4}-\d{2}-\d{2}$/.test(day) && day <= today ? null : t("ord_money_on_wrong")),
    },
  );
  const submit = form.submit(async ({ on, note }) => {
    await ask("POST /api/organizer/sales/{sale}/orders/{order}/money", {
      parts: partsOf(record),
      body: { amount: owed, on, note: note.trim() },
    });
    tell(t("ord_money_told"));
    onDone();
  });
  const lead =
    order.state === "failed"
      ? t("ord_money_late")
      : t("ord_money_lead", { sum, reference: order.code, day: when(order.pay_by_ms ?? 0) });
  return (
    <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
      <p>{lead}</p>
      <Field
        {...form.field("amount")}
        label={t("ord_money_amount", { currency: order.currency })}
        inputMode="text"
      />
      <Field {...form.field("on")} label={t("ord_money_on")} type="date" />
      <Field
        {...form.field("note")}
        label={t("ord_money_note")}
        hint={t("ord_money_note_hint")}
        maxLength={200}
        optional
      />
      {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
      <span>
        <Button kind="main" type="submit" busy={form.busy}>
          {t("ord_money_came")}
        </Button>
      </span>
    </form>
  );
}

function LetGo({ record, onDone }: Props) {
  const [asked, setAsked] = useState(false);
  const { busy, act, refused } = useActing();
  const go = () =>
    void act(async () => {
      await ask("POST /api/organizer/sales/{sale}/orders/{order}/money/let-go", { parts: partsOf(record) });
      setAsked(false);
      onDone();
    });
  return (
    <>
      <span>
        <Button onClick={() => setAsked(true)}>{t("ord_money_go")}</Button>
      </span>
      <DryRun
        title={t("ord_money_go_asked")}
        open={asked}
        does={t("ord_money_go_yes")}
        keeps={t("ord_money_go_keeps")}
        busy={busy}
        onYes={go}
        onNo={() => setAsked(false)}
      >
        <p>{t("ord_money_go_text")}</p>
        {refused}
      </DryRun>
    </>
  );
}

/** What came too late. */
function ToSend({ record, onDone, sum }: Props & { sum: string }) {
  const { busy, act, refused } = useActing();
  const sent = () =>
    void act(async () => {
      await ask("POST /api/organizer/sales/{sale}/orders/{order}/money/sent-back", {
        parts: partsOf(record),
      });
      onDone();
    });
  return (
    <>
      <Notice kind="bad">{t("ord_money_to_send", { sum })}</Notice>
      {refused}
      <span>
        <Button kind="main" busy={busy} onClick={sent}>
          {t("ord_money_sent")}
        </Button>
      </span>
    </>
  );
}
