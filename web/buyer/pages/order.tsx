/** An order: opened by who bought it, by code and key, or just bought; what to keep of it, receipt and tickets. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { keepCookie } from "../../shared/app/services";
import { price } from "../../shared/format/price";
import { hasWord, t } from "../../shared/i18n";
import { codeOf } from "../../shared/live/errors";
import { aboutChanged, dateWords } from "../../shared/sale/changed";
import { buttonClass } from "../../shared/ui/controls";
import { Loaded } from "../../shared/ui/loaded";
import { bothClocks, keptMoment } from "../../shared/ui/moments";
import { useTitle } from "../../shared/ui/title";
import type { AboutShape, CreditNoteShape, OrderAnswer } from "../../shared/wire/contract";
import type { Order, Ticket } from "../../shared/wire/messages";
import { admissionLines, admissionsWords } from "../sale/days";
import { hasKey, type KeptOrder, readOrder, rememberedOrder } from "../sale/orders";
import { type SaleSession, saleSession } from "../sale/session";
import { ChooseKey } from "./choose-key";
import { OwedLines, TaxesWithin } from "./dues";
import { useFollowing } from "./following";
import { ChangeKey, takeKeyLink } from "./forgotten-key";
import { itemWords } from "./items";
import { OpenOrder } from "./open-order";
import { Choosing, GiveBack, Vouchers } from "./order-back/parts";
import { t as back } from "./order-back/words";
import { address, Files, PictureLink } from "./order-files";
import { PayWith } from "./pay-with";
import { NamedReceipt } from "./tax-fields";
import "./order.css";
import { creditName, dueOf } from "../sale/credit";

/** When and where one goes with it; a ticket says on which days it admits. */
function occasionWords(about: AboutShape, inShort = false, admits?: Ticket["admits"]): string[] {
  const { starts_at_ms: starts, offered_until_ms: until, zone } = about;
  const place = [about.place, inShort ? "" : about.address].filter(Boolean).join(", ");
  if (about.kind === "promo") {
    const offered = until === null ? "" : t("offer_until", { time: bothClocks(until, zone) });
    return [t("collect_at", { place }), offered];
  }
  const days = admissionLines(admits, about);
  if (days.length > 0) return [...days, place];
  return [starts === null ? "" : dateWords(keptMoment(starts, zone), aboutChanged(about)), place];
}

function Occasion({ about }: { about: AboutShape }) {
  return (
    <p class="order-occasion">
      <strong>{about.name}</strong>
      {occasionWords(about)
        .filter(Boolean)
        .map((line) => (
          <span key={line}>{line}</span>
        ))}
    </p>
  );
}

interface CardProps {
  order: Order;
  about: AboutShape | null;
  ticket: Ticket;
  sale: SaleSession;
}

function TicketCard({ order, about, ticket, sale }: CardProps) {
  const [plain, setPlain] = useState(false);
  const info = sale.info.value;
  const line = order.lines.find((each) => each.item === ticket.item);
  const what = line ? itemWords(sale, line) : ticket.item;
  const admits = admissionsWords(ticket.admits);
  const proof = info?.type_limits?.[line?.type ?? ""]?.proof;
  return (
    <li class="ticket ticket-across order-ticket">
      <div class="ticket-body stack-tight">
        {!info?.promo && <span class="tag">{info?.types[line?.type ?? ""] ?? line?.type}</span>}
        {proof && <span class="soft small">{t("type_proof", { proof })}</span>}
        <span class="order-seat">{what}</span>
        {admits && <strong class="small">{admits}</strong>}
        {ticket.blocked && <strong class="small">{t("ticket_blocked")}</strong>}
        {about && (
          <span class="order-occasion">
            {[about.kind === "promo" ? "" : about.name, ...occasionWords(about, true, ticket.admits)]
              .filter(Boolean)
              .map((each) => (
                <span key={each}>{each}</span>
              ))}
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
            alt={t("qr_of", { seat: what })}
            width={168}
            height={168}
            onError={() => setPlain(true)}
          />
        )}
        {hasKey(order) && <PictureLink order={order} ticket={ticket.id} />}
      </div>
    </li>
  );
}

function stateWords(order: Order): string {
  switch (order.state) {
    case "paid":
      if (!hasKey(order)) return t("order_paid_keyless");
      return order.total > 0 ? t("order_paid") : t("order_free");
    case "paying":
      return t("refused_payment_pending");
    case "awaiting":
      return t("order_awaiting");
    case "refunding":
      return t("order_refunding");
    case "refunded":
      return t("order_refunded");
    default:
      return t("order_failed");
  }
}

/** Whether a line was given back. A server of the release before says nothing of it. */
const gone = (order: Order, line: Order["lines"][number]) => line.live === false && order.given_back > 0;

function refundWords(state: string, way: string) {
  if (way === "credit" || way === "voucher") return way === "credit" ? "refund_credit" : "refund_voucher";
  return state === "done" ? "refund_done" : "refund_due";
}

/** What went back to the buyer, or is on its way. */
function GivenBack({ order, notes }: { order: Order; notes: readonly CreditNoteShape[] }) {
  return (order.refunds ?? []).map(({ nth, amount, moved = 0, state, way }) => {
    const note = notes.find(({ refund }) => refund === nth);
    const sum = price(amount - moved, order.currency);
    return (
      <p key={nth} class="small">
        {moved > 0 && `${back("refund_moved", { sum: price(moved, order.currency) })} `}
        {(moved === 0 || amount > moved) && `${back(refundWords(state, way), { sum })} `}
        {note && (
          <a href={address(order, `credit-notes/${nth}.pdf`)} download>
            {t("credit_note", { number: note.number })}
          </a>
        )}
      </p>
    );
  });
}

interface LinesProps {
  order: Order;
  notes: readonly CreditNoteShape[];
  sale: SaleSession;
}

function Lines({ order, notes, sale }: LinesProps) {
  const info = sale.info.value;
  return (
    <aside class="stack order-lines">
      <ul class="items">
        {order.lines.map((line, nth) => (
          <li key={`${line.item}${nth}`} class="spread">
            <span>
              {itemWords(sale, line)}{" "}
              {!info?.promo && line.type !== line.pool && (
                <span class="soft">{info?.types[line.type] ?? line.type}</span>
              )}
              {gone(order, line) && <span class="small soft"> · {t("line_given_back")}</span>}
            </span>
            <span class="figure">{price(line.list_price ?? line.price, order.currency)}</span>
          </li>
        ))}
      </ul>
      <OwedLines
        owes={{
          ...order,
          prices: order.lines.reduce((sum, line) => sum + (line.list_price ?? line.price), 0),
          discount: order.lines.reduce((sum, line) => sum + (line.list_price ?? line.price) - line.price, 0),
        }}
      />
      <p class="spread">
        <span>{t("total")}</span>
        <strong class="figure">{price(order.total, order.currency)}</strong>
      </p>
      {(order.credits ?? []).map((each) => (
        <p key={`${each.kind}${each.code_end}`} class="spread small">
          <span>{creditName(each)}</span>
          <span class="figure">{price(-each.amount, order.currency)}</span>
        </p>
      ))}
      <TaxesWithin owes={order} />
      <GivenBack order={order} notes={notes} />
      {order.card_last4 && dueOf(order) > 0 && (
        <p class="small soft">{t("paid_with", { last4: order.card_last4 })}</p>
      )}
      {order.paid_at_ms !== null && order.tender !== "card" && order.tender !== "none" && (
        <p class="small soft">{t(`paid_in_${order.tender}`)}</p>
      )}
    </aside>
  );
}

interface OpenedProps extends KeptOrder {
  onChosen(chosen: OrderAnswer): void;
  onLook(): Promise<void>;
}

/** Why it came to nothing, and the way to another try. */
function Failed({ order }: { order: Order }) {
  if (order.state !== "failed") return null;
  const word = `decline_${order.failure}`;
  return (
    <p class="stack-tight">
      {hasWord(word) && <span>{t(word)}</span>}
      <span>
        <a class={buttonClass("main")} href={`/s/${order.sale}`}>
          {t("start_again")}
        </a>
      </span>
    </p>
  );
}

function Opened({
  order,
  about,
  receipt,
  credit_notes,
  tax_identity,
  names_receipt,
  choice,
  own_refund,
  onChosen,
  onLook,
}: OpenedProps) {
  const sale = useMemo(() => {
    const found = saleSession(order.sale);
    void found.read.load(); // before the first drawing, when it came with the page
    return found;
  }, [order.sale]);
  useEffect(() => {
    void keepCookie();
  }, []);
  useTitle(t("order_title"));
  useFollowing(order, sale, onLook);
  const paid = order.state === "paid";
  return (
    <div class="page stack-wide">
      <header class="stack">
        <h1 class="poster">{paid ? t("order_thanks") : t("order_title")}</h1>
        <p class="lead" role="status">
          {stateWords(order)}
        </p>
        <Failed order={order} />
        {about && <Occasion about={about} />}
      </header>
      <PayWith order={order} zone={about?.zone} />
      {choice && (
        <Choosing order={order} about={about} offered={choice} onChanged={onChosen} onLook={onLook} />
      )}
      <Vouchers order={order} />
      <section class="order-keep" aria-label={t("keep_order")}>
        <dl>
          <dt class="tag">{t("order_code")}</dt>
          <dd class="order-code figure">{order.code}</dd>
          {hasKey(order) && <dd class="small soft">{t("code_explained")}</dd>}
        </dl>
        <div class="stack">
          {paid && !hasKey(order) && <ChooseKey order={order} onChosen={onChosen} />}
          {paid && (
            <Files order={order} about={about} receipt={receipt ?? null} onLook={() => void onLook()} />
          )}
          {paid && (
            <NamedReceipt
              order={order}
              identity={tax_identity ?? null}
              open={names_receipt ?? false}
              onNamed={onChosen}
            />
          )}
        </div>
      </section>
      <div class="columns">
        <section class="stack" aria-label={t("tickets")}>
          <ul class="order-tickets">
            {order.tickets.map((ticket) => (
              <TicketCard key={ticket.id} order={order} about={about} ticket={ticket} sale={sale} />
            ))}
          </ul>
        </section>
        <div class="stack">
          <Lines order={order} notes={credit_notes ?? []} sale={sale} />
          {own_refund && (
            <GiveBack order={order} about={about} sale={sale} may={own_refund} onChanged={onChosen} />
          )}
        </div>
      </div>
    </div>
  );
}

/** For who has no cookie of its buyer, and has not opened it here yet. */
function Closed({ code, onOpened }: { code: string; onOpened(order: KeptOrder): void }) {
  useTitle(t("my_tickets"));
  return (
    <div class="page page-narrow stack-wide">
      <h1 class="poster">{t("my_tickets")}</h1>
      <p class="lead">{t("open_explained")}</p>
      <OpenOrder code={code} onOpened={onOpened} />
    </div>
  );
}

/** For who follows the link of a letter. */
function Changing({
  code,
  token,
  onChanged,
}: {
  code: string;
  token: string;
  onChanged(order: OrderAnswer): void;
}) {
  useTitle(t("key_new_title"));
  return (
    <div class="page page-narrow stack-wide">
      <h1 class="poster">{t("key_new_title")}</h1>
      <p class="lead">{t("key_new_text", { code })}</p>
      <ChangeKey code={code} token={token} onChanged={onChanged} />
    </div>
  );
}

function begun<T>(read: () => Promise<T>): Loading<T> {
  const loading = new Loading(read);
  void loading.load();
  return loading;
}

export default function OrderPage({ code }: { code: string }) {
  const read = useMemo(() => begun(() => readOrder(code)), [code]);
  const [token, setToken] = useState(takeKeyLink);
  const [opened, setOpened] = useState<KeptOrder | null>(() => rememberedOrder(code));
  // What the server says now counts more than what this tab remembers, which is there without a network too.
  const known = read.value.value ?? opened;
  const chosen = (answer: OrderAnswer) => {
    read.value.value = answer;
  };
  const changed = (answer: OrderAnswer) => {
    setToken("");
    chosen(answer);
    setOpened(answer);
  };
  if (token) return <Changing code={code} token={token} onChanged={changed} />;
  if (known) return <Opened {...known} onChosen={chosen} onLook={() => read.again()} />;
  if (codeOf(read.failure.value) === "bad_order_key") return <Closed code={code} onOpened={setOpened} />;
  return <Loaded of={read}>{() => null}</Loaded>;
}
