/** An order: opened by code and key, or just bought; receipt and tickets. */

import { useEffect, useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { go } from "../../shared/app/router";
import { money } from "../../shared/format/money";
import { clock, day } from "../../shared/format/time";
import { language, locale, t } from "../../shared/i18n";
import { Button, buttonClass, Field } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import { useTitle } from "../../shared/ui/title";
import type { Order, Ticket } from "../../shared/wire/messages";
import { openOrder, rememberedOrder } from "../sale/orders";
import { type SaleSession, saleSession } from "../sale/session";
import { itemWords } from "./items";
import "./order.css";

function Opening({ code: given, onOpened }: { code: string | null; onOpened(order: Order): void }) {
  const [code, setCode] = useState(given ?? "");
  const [key, setKey] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  useTitle(t("my_tickets"));
  const open = async (submit: Event) => {
    submit.preventDefault();
    if (busy || !code.trim() || !key) return;
    setBusy(true);
    try {
      const order = await openOrder(code.trim(), key);
      setFailure(null);
      onOpened(order);
      go(`/o/${order.code}`, "replace");
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="page page-narrow stack-wide">
      <h1 class="poster">{t("my_tickets")}</h1>
      <p class="lead">{t("open_explained")}</p>
      <form class="stack" onSubmit={(submit) => void open(submit)}>
        <Field label={t("order_code")} name="code" value={code} onValue={setCode} maxLength={64} />
        <Field
          label={t("key_label")}
          name="ticket-key"
          type="password"
          autocomplete="current-password"
          value={key}
          onValue={setKey}
          maxLength={200}
        />
        {failure !== null && (
          <Notice kind="bad" urgent>
            {explain(failure)}
          </Notice>
        )}
        <span>
          <Button kind="main" size="large" type="submit" busy={busy}>
            {t("open_order")}
          </Button>
        </span>
      </form>
    </div>
  );
}

function TicketCard({ order, ticket, sale }: { order: Order; ticket: Ticket; sale: SaleSession }) {
  const [plain, setPlain] = useState(false);
  const info = sale.info.value;
  const line = order.lines.find((each) => each.item === ticket.item);
  return (
    <li class="ticket ticket-across order-ticket">
      <div class="ticket-body stack-tight">
        <span class="tag">{info?.types[line?.type ?? ""] ?? line?.type}</span>
        <span class="order-seat">{line ? itemWords(sale, line) : ticket.item}</span>
        {info && !info.promo && (
          <span class="soft">
            {info.name}
            <br />
            {[
              info.venue,
              `${day(info.starts_at, info.zone, locale.value)}, ${clock(info.starts_at, info.zone, locale.value)}`,
            ]
              .filter(Boolean)
              .join(" · ")}
          </span>
        )}
      </div>
      <div class="ticket-stub order-code-stub">
        {plain ? (
          <code class="small order-payload">{ticket.payload}</code>
        ) : (
          <img
            class="qr"
            src={`/o/${order.code}/tickets/${ticket.id}.svg`}
            alt={t("qr_of", { seat: line ? itemWords(sale, line) : ticket.item })}
            width={168}
            height={168}
            onError={() => setPlain(true)}
          />
        )}
      </div>
    </li>
  );
}

function stateWords(order: Order): string {
  switch (order.state) {
    case "paid":
      return t("order_paid");
    case "paying":
      return t("refused_payment_pending");
    case "refunding":
    case "refunded":
      return t("order_refunded");
    default:
      return t("order_failed");
  }
}

function Opened({ order }: { order: Order }) {
  const sale = saleSession(order.sale);
  useEffect(() => {
    void sale.read.load();
  }, [order.sale]);
  const info = sale.info.value;
  const file = (name: string) => `/o/${order.code}/${name}?lang=${language.value}`;
  const tag = locale.value;
  useTitle(t("order_title"));
  return (
    <div class="page stack-wide">
      <header class="stack">
        <h1 class="poster">{order.state === "paid" ? t("order_thanks") : t("order_title")}</h1>
        <p class="lead">{stateWords(order)}</p>
      </header>
      <div class="columns">
        <section class="stack" aria-label={t("tickets")}>
          <ul class="order-tickets">
            {order.tickets.map((ticket) => (
              <TicketCard key={ticket.id} order={order} ticket={ticket} sale={sale} />
            ))}
          </ul>
        </section>
        <aside class="stack">
          <dl class="facts">
            <div>
              <dt class="tag">{t("order_code")}</dt>
              <dd class="order-code figure">{order.code}</dd>
            </div>
          </dl>
          <p class="small soft">{t("code_explained")}</p>
          <ul class="items">
            {order.lines.map((line, nth) => (
              <li key={`${line.item}${nth}`} class="spread">
                <span>
                  {itemWords(sale, line)} <span class="soft">{info?.types[line.type] ?? line.type}</span>
                </span>
                <span class="figure">{money(line.price, order.currency, tag)}</span>
              </li>
            ))}
          </ul>
          <p class="spread">
            <span>{t("total")}</span>
            <strong class="figure">{money(order.total, order.currency, tag)}</strong>
          </p>
          {order.card_last4 && <p class="small soft">{t("paid_with", { last4: order.card_last4 })}</p>}
          {order.state === "paid" && info && !info.promo && (
            <div class="stack-tight">
              <a class={buttonClass("main")} href={file("tickets.pdf")} download>
                {t("tickets_pdf")}
              </a>
              <a class={buttonClass()} href={file("receipt.pdf")} download>
                {t("receipt_pdf")}
              </a>
              <a class={buttonClass()} href={file("event.ics")} download>
                {t("add_to_calendar")}
              </a>
            </div>
          )}
        </aside>
      </div>
    </div>
  );
}

export default function OrderPage({ code = null }: { code?: string | null }) {
  const [opened, setOpened] = useState<Order | null>(null);
  const order = opened ?? (code === null ? null : rememberedOrder(code));
  return order ? <Opened order={order} /> : <Opening code={code} onOpened={setOpened} />;
}
