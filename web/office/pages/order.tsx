/** One order: who bought what, how it was paid, what it moved in the ledger, and what happened when. */

import type { ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { money } from "../../shared/format/money";
import { locale } from "../../shared/i18n";
import { Loaded, page } from "../../shared/ui/loaded";
import { Badge, Notice } from "../../shared/ui/signs";
import type { ListedOrderShape, OrderRecordShape, TaxIdentityShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { holdsAny } from "../shell/places";
import { Header } from "../ui/header";
import { Table } from "../ui/table";
import { key, permissions } from "../who";
import { ByHand, isByHand } from "./order/by-hand";
import { Answers, SendAgain, when } from "./order/list";
import { Moves } from "./order/moving";
import { Refunds } from "./order/refunding";
import { t } from "./order/words";

class ShownOrder {
  readonly read: Loading<OrderRecordShape>;

  constructor(
    sale: string,
    readonly order: string,
  ) {
    this.read = new Loading(() =>
      ask("GET /api/organizer/sales/{sale}/orders/{order}", { parts: { sale, order } }),
    );
  }
}

const known = new Map<string, ShownOrder>();

function orderOf({ sale, order }: { sale: string; order: string }): ShownOrder {
  const found = known.get(order) ?? new ShownOrder(sale, order);
  known.set(order, found);
  return found;
}

function Part({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <section class="panel stack-tight" aria-label={name}>
      <h2 class="tag">{name}</h2>
      {children}
    </section>
  );
}

/** Names with what is said of each; those of which nothing is said are left out. */
function Facts({ of }: { of: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {of
        .filter(([, said]) => said !== null && said !== "")
        .map(([name, said]) => (
          <div key={name}>
            <dt class="tag">{name}</dt>
            <dd class="breaks">{said}</dd>
          </div>
        ))}
    </dl>
  );
}

/** Whom the receipt names besides its buyer; masked for who may not read it. */
function madeOutTo({ name, tax_id, address, postal_code, city, country }: TaxIdentityShape) {
  return [name, tax_id, ...address.split("\n"), `${postal_code} ${city}`.trim(), country]
    .filter(Boolean)
    .map((each) => (
      <span key={each} class="sale-when">
        {each}
      </span>
    ));
}

function About({ record }: { record: OrderRecordShape }) {
  const { order } = record;
  const { contact, source } = order;
  return (
    <Part name={t("off_order")}>
      <Facts
        of={[
          [
            t("off_buyer"),
            [contact.name, contact.email, contact.phone].filter(Boolean).map((each) => (
              <span key={each} class="sale-when">
                {each}
              </span>
            )),
          ],
          [
            t("ord_sale"),
            <a key="sale" href={`/office/sales/${encodeURIComponent(order.sale)}`}>
              {record.sale_name || order.sale}
            </a>,
          ],
          [t("ord_made_out_to"), order.tax_identity && madeOutTo(order.tax_identity)],
          [t("off_channel"), t(`off_channel_${order.channel}`)],
          [t("off_issuer"), order.issuer_name ?? order.issuer],
          [t("off_source"), source && [...new Set([source.first, source.last])].join(" → ")],
          [t("ord_allocation"), order.allocation],
          [t("off_reason"), order.reason],
          [t("ord_phase"), record.phase],
          [t("ord_list"), String(record.list)],
        ]}
      />
      {order.answers.length > 0 && <Answers order={order} />}
    </Part>
  );
}

interface Bought {
  id: string;
  name: string;
  list_price: number;
  price: number;
  tax: number;
  owed: number;
}

/** What was bought, and after it the fees: each with what is owed for it. */
function boughtOf({ order, types, pools }: OrderRecordShape): Bought[] {
  const lines = order.lines.map((line) => {
    const spot = [line.section, line.row, line.label].filter(Boolean).join(" ");
    const place = spot || pools[line.pool ?? ""] || "";
    return {
      ...line,
      id: line.item,
      name: [
        types[line.type] ?? line.type,
        place,
        !line.live && order.refunds.length > 0 && t("ord_line_gone"),
      ]
        .filter(Boolean)
        .join(" · "),
    };
  });
  const fees = order.fees.map((fee) => ({
    ...fee,
    id: `fee ${fee.fee}`,
    name: `${t("ord_fee")}: ${fee.name}`,
    list_price: fee.price,
  }));
  return [...lines, ...fees];
}

function Lines({ record }: { record: OrderRecordShape }) {
  const { order } = record;
  const rows = boughtOf(record);
  const sum = (amount: number) => money(amount, order.currency, locale.value);
  const figure = (id: string, name: string, value: (row: Bought) => number) => ({
    id,
    name,
    figure: true,
    value,
    shows: (row: Bought) => sum(value(row)),
  });
  const discounted = rows.some(({ list_price, price }) => list_price !== price);
  return (
    <section class="stack" aria-label={t("ord_lines")}>
      <h2 class="tag">{t("ord_lines")}</h2>
      <Table
        name={`${t("ord_lines")} ${order.code}`}
        rows={rows}
        id={({ id }) => id}
        columns={[
          { id: "what", name: t("ord_item"), value: ({ name }) => name },
          figure("list", t("ord_list_price"), ({ list_price }) => list_price),
          ...(discounted
            ? [figure("discount", t("ord_discount"), ({ list_price, price }) => list_price - price)]
            : []),
          figure("tax", t("ord_tax"), ({ tax }) => tax),
          figure("owed", t("ord_owed"), ({ owed }) => owed),
        ]}
        empty={{ title: t("ord_lines"), text: "" }}
      />
      <dl class="stack-tight">
        {order.taxes.map(({ tax, name, rate, included, net, amount }) => (
          <div key={tax} class="spread soft">
            <dt>{t(included ? "ord_tax_within" : "ord_tax_of", { name, rate, net: sum(net) })}</dt>
            <dd class="figure">{sum(amount)}</dd>
          </div>
        ))}
        <div class="spread">
          <dt>{t("total")}</dt>
          <dd class="figure">
            <strong>{sum(order.total)}</strong>
          </dd>
        </div>
        {order.given_back > 0 && (
          <div class="spread">
            <dt>{t("ord_given_back")}</dt>
            <dd class="figure">{sum(-order.given_back)}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}

/** As people call it; an account of one's own has an id behind it. */
function providerWords(record: OrderRecordShape): string {
  const provider = record.payment?.provider ?? "";
  if (isByHand(record)) return t("ord_money");
  return provider === "by_hand" ? t("ord_by_hand") : provider;
}

function Payment({ record }: { record: OrderRecordShape }) {
  const { order, payment } = record;
  return (
    <Part name={t("ord_payment")}>
      {payment === null ? (
        <p class="soft">{t("ord_none_paid")}</p>
      ) : (
        <Facts
          of={[
            [t("dash_state"), t(`ord_payment_${payment.state}`)],
            [t("ord_amount"), money(payment.amount, order.currency, locale.value)],
            [t("off_tender"), [t(`off_tender_${order.tender}`), order.card_last4].filter(Boolean).join(" ")],
            [t("ord_provider"), providerWords(record)],
            [t("ord_reference"), payment.reference],
            [t("ord_asked"), when(payment.asked_at_ms)],
            [t("ord_pay_by"), order.pay_by_ms && when(order.pay_by_ms)],
            [t("ord_answered"), payment.answered_at_ms && when(payment.answered_at_ms)],
          ]}
        />
      )}
      {order.failure !== null && <p class="soft">{t("ord_failed", { why: order.failure })}</p>}
    </Part>
  );
}

/** An account as a treasurer calls it. */
function accountWords(account: string, { types }: OrderRecordShape): string {
  const [kind, of = ""] = account.split(/:(.*)/s);
  switch (kind) {
    case "clearing":
    case "discount":
    case "fee":
    case "moved":
    case "refund_due":
    case "tax":
      return t(`ord_account_${kind}`);
    case "revenue":
      return t("ord_account_revenue", { of: types[of] ?? of });
    default:
      return account;
  }
}

function Ledger({ record }: { record: OrderRecordShape }) {
  const signed = (amount: number) =>
    `${amount > 0 ? "+" : ""}${money(amount, record.order.currency, locale.value)}`;
  return (
    <Part name={t("ord_ledger")}>
      {record.movements.length === 0 && <p class="soft">{t("ord_ledger_none")}</p>}
      {record.movements.map(({ kind, at_ms, entries }, nth) => (
        <div key={nth} class="stack-tight">
          <p class="small soft">{t(`ord_${kind}`, { time: when(at_ms) })}</p>
          <dl class="stack-tight">
            {entries.map(({ account, amount }) => (
              <div key={account} class="spread">
                <dt>{accountWords(account, record)}</dt>
                <dd class="figure">{signed(amount)}</dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </Part>
  );
}

function Disputes({ record }: { record: OrderRecordShape }) {
  if (record.disputes.length === 0) return null;
  return (
    <Part name={t("ord_disputes")}>
      {record.disputes.map(
        ({ id, provider, amount, currency, reason, state, opened_at_ms, due_at_ms, ended_at_ms }) => (
          <div key={id} class="stack-tight">
            <p class="spread">
              <span>
                <strong class="figure">{money(amount, currency, locale.value)}</strong>{" "}
                {t(`ord_dispute_${state}`)}
              </span>
              <span class="small soft">{when(ended_at_ms ?? opened_at_ms)}</span>
            </p>
            {reason && <p class="small soft">{t("ord_dispute_reason", { why: reason })}</p>}
            {state === "open" && (
              <Notice kind="bad">
                {t("ord_dispute_due", {
                  provider: provider.startsWith("stripe:") ? "Stripe" : provider,
                  day: when(due_at_ms),
                })}
              </Notice>
            )}
          </div>
        ),
      )}
    </Part>
  );
}

function Tickets({ order }: { order: ListedOrderShape }) {
  return (
    <Part name={t("off_tickets")}>
      {order.tickets.length === 0 && <p class="soft">{t("ord_tickets_none")}</p>}
      <ul class="items">
        {order.tickets.map(({ id, admits, blocked }) => (
          <li key={id} class="spread">
            <code class="breaks">{id}</code>
            <span class="small soft">
              {[...admits.map(({ name }) => name), blocked && t("ord_ticket_blocked")]
                .filter(Boolean)
                .join(", ")}
            </span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

const LETTERS = ["order_confirmed", "order_key_changed", "order_key_reset"] as const;

function Letters({ record }: { record: OrderRecordShape }) {
  const { order, letters } = record;
  return (
    <Part name={t("ord_letters")}>
      {letters.length === 0 && <p class="soft">{t("ord_letters_none")}</p>}
      <ul class="items">
        {letters.map(({ template, state, written_at_ms, ended_at_ms }) => {
          const known = LETTERS.find((each) => each === template);
          return (
            <li key={`${template} ${written_at_ms}`} class="spread">
              <span>
                {known ? t(`ord_letter_${known}`) : template} · {t(`ord_letter_${state}`)}
              </span>
              <span class="small soft">{when(ended_at_ms ?? written_at_ms)}</span>
            </li>
          );
        })}
      </ul>
      {order.state === "paid" && order.contact.email && (
        <span class="row">
          <SendAgain order={order} />
        </span>
      )}
    </Part>
  );
}

const ACTS = [
  "order.issue",
  "order.let_go",
  "order.money_came",
  "order.move",
  "order.move_undo",
  "order.moved",
  "order.refund",
  "order.refund_again",
  "order.refund_by_hand",
  "order.resend",
] as const;

/** What members did to it, for whoever may read the trail; looked up once more each time. */
function Acts({ order }: { order: string }) {
  const read = useMemo(
    () => new Loading(() => ask("GET /api/security/audit/history", { query: { subject: order } })),
    [order],
  );
  useEffect(() => void read.load(), [read]);
  return (
    <Loaded of={read} part>
      {({ items }) => (
        <ol class="items">
          {items.map(({ id, act, actor, actor_name, at_ms }) => {
            const known = ACTS.find((each) => each === act);
            return (
              <li key={id} class="spread">
                <span class="breaks">
                  {known ? t(`ord_act_${known}`) : act} · {actor_name ?? actor}
                </span>
                <span class="small soft">{when(at_ms)}</span>
              </li>
            );
          })}
        </ol>
      )}
    </Loaded>
  );
}

function History({ record }: { record: OrderRecordShape }) {
  const { order, payment } = record;
  const happened: [number | null | undefined, string][] = [
    [record.opened_at_ms, t("ord_opened")],
    [order.placed_at_ms, t("ord_placed")],
    [order.paid_at_ms, t("ord_paid")],
    [payment?.state === "declined" ? payment.answered_at_ms : null, t("ord_payment_declined")],
  ];
  return (
    <Part name={t("ord_history")}>
      <ol class="items">
        {happened
          .filter(([at]) => at != null)
          .map(([at, what]) => (
            <li key={what} class="spread">
              <span>{what}</span>
              <span class="small soft">{when(at ?? 0)}</span>
            </li>
          ))}
      </ol>
      {key.value === null && holdsAny(permissions.value, ["audit:read"]) && <Acts order={order.id} />}
    </Part>
  );
}

function Shows({ of, data: record }: { of: ShownOrder; data: OrderRecordShape }) {
  const { order } = record;
  const bought = boughtOf(record);
  return (
    <div class="board">
      <Header
        title={t("ord_title", { code: order.code })}
        back={{ path: `/office/orders?sale=${encodeURIComponent(order.sale)}`, name: t("off_orders") }}
        actions={
          <Badge {...(order.state === "failed" ? { kind: "gone" as const } : {})}>
            {t(`off_order_${order.state}`)}
          </Badge>
        }
      />
      <div class="stack">
        <About record={record} />
        <Lines record={record} />
        <Payment record={record} />
        <ByHand key={order.state} record={record} onDone={() => void of.read.again()} />
        <Disputes record={record} />
        <Refunds
          record={record}
          lineName={(line) => bought[line]?.name ?? ""}
          onDone={() => void of.read.again()}
        />
        <Moves
          record={record}
          lineName={(line) => bought[line]?.name ?? ""}
          onDone={() => void of.read.again()}
        />
        <Ledger record={record} />
        <Tickets order={order} />
        <Letters record={record} />
        <History record={record} />
      </div>
    </div>
  );
}

export default page({
  of: orderOf,
  loads: ({ read }) => read,
  // Whose names are read is decided anew each time, and so is how the order stands.
  begins:
    ({ order }) =>
    () =>
      known.delete(order),
  shows: Shows,
});
