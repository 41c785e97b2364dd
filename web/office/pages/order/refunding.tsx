/**
 * Money that goes back: which lines of an order, or a sum of it, asked about first with exactly what that does; and what went back already.
 * Guarantees: what is confirmed is what was shown, once, however often the button is pressed.
 */

import { useEffect, useMemo, useState } from "preact/hooks";
import { explain } from "../../../shared/app/refusals";
import { minorDigits, money } from "../../../shared/format/money";
import { locale } from "../../../shared/i18n";
import { Button, Check, Field, Switch } from "../../../shared/ui/controls";
import { Notice } from "../../../shared/ui/signs";
import type {
  OfficeRefundShape,
  OrderRecordShape,
  RefundPlanShape,
  RefundWanted,
} from "../../../shared/wire/contract";
import { ask } from "../../api";
import { amountOf } from "../../price-table";
import { holdsAny } from "../../shell/places";
import { DryRun } from "../../ui/dry-run";
import { GiveAs, PLAIN_TERMS, termsOf, type Way } from "../../ui/give-as";
import { tell } from "../../ui/toasts";
import { permissions } from "../../who";
import { useActing } from "../settings/acting";
import { when } from "./list";
import { t } from "./words";

interface Props {
  record: OrderRecordShape;
  onDone(): void;
  /** what a line is called */
  lineName(line: number): string;
}

const partsOf = ({ order }: OrderRecordShape) => ({ sale: order.sale, order: order.id });

export function Refunds(props: Props) {
  const { record } = props;
  const { order } = record;
  const may = holdsAny(permissions.value, ["order:refund"]);
  const left = order.total - order.given_back;
  const live = order.lines.some(({ live }) => live);
  const paid = order.state === "paid" || order.refunds.length > 0;
  return (
    <section class="panel stack" aria-label={t("ord_refunds")}>
      <h2 class="tag">{t("ord_refunds")}</h2>
      {record.given_back.length === 0 && <p class="soft">{t("ord_refunds_none")}</p>}
      {record.given_back.map((refund) => (
        <Refund key={refund.nth} refund={refund} {...props} />
      ))}
      {may && paid && (live || left > 0) && <GiveBack {...props} left={left} />}
    </section>
  );
}

function Refund({ refund, record, onDone, lineName }: Props & { refund: OfficeRefundShape }) {
  const { busy, act, refused } = useActing();
  const failed = refund.state === "failed";
  const sum = money(refund.amount, record.order.currency, locale.value);
  const to_send = failed && refund.failure === "by_hand"; // no provider is there to be asked again
  const again = (by_hand: boolean) =>
    void act(async () => {
      const parts = { ...partsOf(record), refund: String(refund.nth) };
      await ask("POST /api/organizer/sales/{sale}/orders/{order}/refunds/{refund}/again", {
        parts,
        body: { by_hand },
      });
      onDone();
    });
  return (
    <div class="stack-tight">
      <p class="spread">
        <span>
          <strong class="figure">{money(refund.amount, record.order.currency, locale.value)}</strong>{" "}
          {t(`ord_refund_${refund.state}`)}
        </span>
        <span class="small soft">{when(refund.ended_at_ms ?? refund.asked_at_ms)}</span>
      </p>
      {refund.moved > 0 && (
        <p class="small">
          {t("ord_refund_moved", { sum: money(refund.moved, record.order.currency, locale.value) })}
        </p>
      )}
      {refund.lines.length > 0 && <p class="small">{refund.lines.map(lineName).join(", ")}</p>}
      {refund.reason && <p class="small soft">{refund.reason}</p>}
      {failed && (
        <>
          <Notice kind="bad">
            {to_send
              ? t("ord_refund_send", { sum })
              : t("ord_refund_failed_why", { why: refund.failure ?? "" })}
          </Notice>
          {refused}
          <span class="row">
            {!to_send && (
              <Button busy={busy} onClick={() => again(false)}>
                {t("ord_refund_again")}
              </Button>
            )}
            <Button busy={busy} onClick={() => again(true)}>
              {t(to_send ? "ord_refund_sent" : "ord_refund_by_hand")}
            </Button>
          </span>
        </>
      )}
    </div>
  );
}

type Of = "lines" | "sum";

function GiveBack({ record, onDone, lineName, left }: Props & { left: number }) {
  const { order } = record;
  const digits = minorDigits(order.currency);
  const [of, setOf] = useState<Of>("lines");
  const [chosen, choose] = useState<readonly number[]>([]);
  const [sum, setSum] = useState("");
  const [fees, setFees] = useState(true);
  const [reason, setReason] = useState("");
  const [way, setWay] = useState<Way>("origin");
  const [terms, setTerms] = useState(PLAIN_TERMS);
  const [asked, setAsked] = useState<string | null>(null);
  const live = order.lines.flatMap((line, at) => (line.live ? [at] : []));
  const typed = amountOf(sum, digits);
  const minor = typed === null ? 0 : Math.round(Number(typed) * 10 ** digits);
  const said = termsOf(terms);
  const as: RefundWanted = way === "origin" ? {} : { give_as: way, ...said };
  const wanted: RefundWanted = of === "sum" ? { amount: minor, ...as } : { lines: [...chosen], fees, ...as };
  const ready = (of === "sum" ? minor > 0 : chosen.length > 0) && (way === "origin" || said !== null);
  const sumWrong = sum === "" || minor > 0 ? null : t("ord_refund_sum_wrong");
  return (
    <div class="stack">
      <Switch<Of>
        label={t("ord_refund_of")}
        value={of}
        choices={[
          { value: "lines", label: t("ord_refund_lines") },
          { value: "sum", label: t("ord_refund_sum") },
        ]}
        onChange={(picked) => setOf(picked)}
      />
      {of === "lines" ? (
        <div class="stack-tight">
          {live.map((at) => (
            <Check
              key={at}
              label={lineName(at)}
              required={false}
              checked={chosen.includes(at)}
              onChange={(on) => choose(on ? [...chosen, at] : chosen.filter((each) => each !== at))}
            />
          ))}
          {live.length > 1 && chosen.length < live.length && (
            <span>
              <Button kind="plain" onClick={() => choose(live)}>
                {t("ord_refund_all_lines")}
              </Button>
            </span>
          )}
          {order.fees.length > 0 && (
            <Check label={t("ord_refund_fees")} required={false} checked={fees} onChange={setFees} />
          )}
        </div>
      ) : (
        <Field
          label={t("ord_refund_amount", { currency: order.currency })}
          value={sum}
          inputMode="numeric"
          hint={t("ord_refund_left", { sum: money(left, order.currency, locale.value) })}
          problem={sumWrong}
          onValue={setSum}
        />
      )}
      <GiveAs value={way} terms={terms} onValue={setWay} onTerms={setTerms} />
      <Field
        label={t("ord_refund_reason")}
        value={reason}
        maxLength={200}
        optional
        hint={t("ord_refund_reason_hint")}
        onValue={setReason}
      />
      <span>
        <Button kind="main" busy={!ready} onClick={() => setAsked(crypto.randomUUID())}>
          {t("ord_refund_begin")}
        </Button>
      </span>
      <Confirm
        record={record}
        request={asked}
        wanted={wanted}
        reason={reason}
        onNo={() => setAsked(null)}
        onDone={() => {
          setAsked(null);
          choose([]);
          setSum("");
          setReason("");
          onDone();
        }}
      />
    </div>
  );
}

interface Confirmed {
  record: OrderRecordShape;
  /** id of the refund; null: nothing is asked */
  request: string | null;
  wanted: RefundWanted;
  reason: string;
  onNo(): void;
  onDone(): void;
}

function Confirm({ record, request, wanted, reason, onNo, onDone }: Confirmed) {
  const { order } = record;
  const [plan, setPlan] = useState<RefundPlanShape | null>(null);
  const [wrong, setWrong] = useState<unknown>(null);
  const { busy, act, refused } = useActing();
  const body = useMemo(() => wanted, [request]);
  useEffect(() => {
    setPlan(null);
    setWrong(null);
    if (request === null) return;
    let current = true;
    ask("POST /api/organizer/sales/{sale}/orders/{order}/refunds/preview", {
      parts: partsOf(record),
      body,
    }).then(
      (found) => current && setPlan(found),
      (error) => current && setWrong(error),
    );
    return () => {
      current = false;
    };
  }, [request]);
  const amount = money(plan?.amount ?? 0, order.currency, locale.value);
  const giveBack = () =>
    act(async () => {
      const done = await ask("POST /api/organizer/sales/{sale}/orders/{order}/refunds", {
        parts: partsOf(record),
        body: { ...body, refund: request ?? "", reason },
      });
      const credit = done.way === "credit" || done.way === "voucher";
      const words = credit
        ? "ord_refund_is_credit"
        : done.state === "done"
          ? "ord_refund_is_done"
          : "ord_refund_is_due";
      tell(t(words, { sum: amount }));
      onDone();
    });
  return (
    <DryRun
      title={t("ord_refund_asked")}
      open={request !== null}
      meets={plan === null && wrong === null ? null : plan === null ? [] : effects(plan, record)}
      does={t("ord_refund_yes", { sum: amount })}
      keeps={t("ord_refund_no")}
      busy={busy || wrong !== null}
      onYes={() => void giveBack()}
      onNo={onNo}
    >
      {wrong !== null && (
        <Notice kind="bad" urgent>
          {explain(wrong)}
        </Notice>
      )}
      {refused}
    </DryRun>
  );
}

/** What it does, a line for each thing. */
function effects(plan: RefundPlanShape, { order }: OrderRecordShape): string[] {
  const sum = (amount: number) => money(amount, plan.currency, locale.value);
  const ways = {
    by_hand: "ord_refund_to_hand",
    credit: "ord_refund_to_credit",
    voucher: "ord_refund_to_voucher",
  } as const;
  const origin = order.card_last4 ? "ord_refund_to_card" : "ord_refund_to";
  const to = plan.way === "provider" ? origin : ways[plan.way];
  const rest = plan.amount - plan.returned + plan.bonus;
  return [
    ...(rest > 0 ? [t(to, { sum: sum(rest), card: order.card_last4 })] : []),
    ...(plan.bonus > 0 ? [t("ord_refund_bonus", { sum: sum(plan.bonus) })] : []),
    ...(plan.returned > 0 ? [t("ord_refund_returned", { sum: sum(plan.returned) })] : []),
    ...(plan.tax > 0 ? [t("ord_refund_tax", { sum: sum(plan.tax) })] : []),
    plan.lines.length > 0 ? t("ord_refund_ends", { n: plan.lines.length }) : t("ord_refund_ends_none"),
    t(plan.whole ? "ord_refund_whole" : "ord_refund_rest", { sum: sum(plan.left) }),
  ];
}
