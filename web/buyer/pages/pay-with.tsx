/** What is to be done for an order whose money is awaited, and by when: in the buyer's zone and in that of the event. */

import { useState } from "preact/hooks";
import { now_ms } from "../../shared/app/services";
import { price } from "../../shared/format/price";
import { ownZone } from "../../shared/format/time";
import { t } from "../../shared/i18n";
import { Button } from "../../shared/ui/controls";
import { bothClocks } from "../../shared/ui/moments";
import { Notice } from "../../shared/ui/signs";
import type { PayWithShape } from "../../shared/wire/contract";
import type { Order } from "../../shared/wire/messages";
import { dueOf } from "../sale/credit";

/** "Thu 18 July, 18:00"; where the buyer's clock shows another time than the event's, both. */
export const payByWords = (pay_by_ms: number, zone: string | undefined): string =>
  bothClocks(pay_by_ms, zone ?? ownZone());

/** What is long, and has to be right to the letter. */
function Code({ label, code, copies }: { label: string; code: string; copies?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard?.writeText(code).then(
      () => setCopied(true),
      () => undefined, // it can be selected all the same
    );
  return (
    <div class="stack-tight">
      <span class="soft">{label}</span>
      <code class="pay-code">{code}</code>
      <span class="row">
        {copies ? (
          <Button onClick={copy}>{copies}</Button>
        ) : (
          <Button kind="main" onClick={copy}>
            {t("pay_code_copy")}
          </Button>
        )}
        <span role="status" class="small soft">
          {copied && t("pay_code_copied")}
        </span>
      </span>
    </div>
  );
}

function Rows({ rows }: { rows: [string, string][] }) {
  return (
    <dl class="stack-tight">
      {rows.map(([name, value]) => (
        <div key={name} class="spread">
          <dt class="soft">{name}</dt>
          <dd class="figure">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The buyer sends it by themselves: what has to be right to the letter is copied. */
function Sent({ amount, step }: { amount: [string, string]; step: PayWithShape }) {
  const { holder, bank, account = "", reference = "", note } = step;
  const rows: [string, string][] = [
    amount,
    ...(holder ? [[t("transfer_holder"), holder] as [string, string]] : []),
    ...(bank ? [[t("transfer_bank"), bank] as [string, string]] : []),
  ];
  return (
    <>
      <Rows rows={rows} />
      <Code label={t("transfer_account")} code={account} copies={t("transfer_account_copy")} />
      <Code label={t("transfer_reference")} code={reference} copies={t("transfer_reference_copy")} />
      {note && <p class="breaks">{note}</p>}
    </>
  );
}

function How({ order, step }: { order: Order; step: PayWithShape }) {
  const amount: [string, string] = [t("transfer_amount"), price(dueOf(order), order.currency)];
  if (step.kind === "transfer" || step.kind === "invoice") return <Sent amount={amount} step={step} />;
  return (
    <>
      <Rows rows={[amount]} />
      {step.kind === "pix" && (
        <div class="stack-tight">
          <img class="qr" src={`/o/${order.code}/payment.svg`} alt={t("pix_code")} width={184} height={184} />
          <p>{t("pix_scan")}</p>
        </div>
      )}
      <Code label={t(step.kind === "pix" ? "pix_code" : "boleto_number")} code={step.code ?? ""} />
      {step.page && (
        <a href={step.page} target="_blank" rel="noreferrer">
          {t(step.kind === "pix" ? "pix_page" : "boleto_page")}
        </a>
      )}
    </>
  );
}

/** Nothing is to be done: the buyer's bank was told to pay. */
function Debited({ order, known_by }: { order: Order; known_by: string }) {
  return (
    <section class="stack pay-with" aria-labelledby="pay-with">
      <h2 class="title" id="pay-with">
        {t("debit_under_way")}
      </h2>
      <Rows rows={[[t("transfer_amount"), price(dueOf(order), order.currency)]]} />
      <p class="small soft">{t("debit_known_by", { time: known_by })}</p>
      <p class="small soft">{t("pay_followed")}</p>
    </section>
  );
}

const EXPLAINED = {
  transfer: "pay_by_explained",
  invoice: "pay_by_explained",
  pix: "pix_pay_by_explained",
  boleto: "boleto_pay_by_explained",
} as const;

export function PayWith({ order, zone }: { order: Order; zone: string | undefined }) {
  const { pay_by_ms, pay_with } = order;
  if (order.state !== "awaiting" || pay_by_ms == null || pay_with == null) return null;
  if (pay_with.kind === "sepa_debit") return <Debited order={order} known_by={payByWords(pay_by_ms, zone)} />;
  const by_ms = pay_with.by_ms === undefined ? pay_by_ms : Number(pay_with.by_ms);
  if (by_ms <= now_ms.value) return <Notice>{t("pay_by_over", { time: payByWords(by_ms, zone) })}</Notice>;
  return (
    <section class="stack pay-with" aria-labelledby="pay-with">
      <h2 class="title" id="pay-with">
        {t("pay_by", { time: payByWords(by_ms, zone) })}
      </h2>
      <How order={order} step={pay_with} />
      <p class="small soft">{t(EXPLAINED[pay_with.kind])}</p>
      <p class="small soft">{t("pay_followed")}</p>
    </section>
  );
}
