/** Orders in a list: what stands in each column, what was answered with one, and its letter once more. */

import { useState } from "preact/hooks";
import { explain } from "../../../shared/app/refusals";
import { money } from "../../../shared/format/money";
import { moment, ownZone } from "../../../shared/format/time";
import { locale } from "../../../shared/i18n";
import { Button } from "../../../shared/ui/controls";
import { reader } from "../../../shared/ui/moments";
import { Badge } from "../../../shared/ui/signs";
import type { ListedOrderShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import type { Shown } from "../../ui/table";
import { t } from "./words";

/** The letter with the tickets once more, to the order's own address. */
export function SendAgain({ order }: { order: ListedOrderShape }) {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  const again = async () => {
    if (busy) return;
    setBusy(true);
    try {
      const parts = { sale: order.sale, order: order.id };
      const { to } = await ask("POST /api/sales/{sale}/orders/{order}/letter", { parts });
      setSaid(t("off_letter_to", { to }));
    } catch (error) {
      setSaid(explain(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button kind="plain" busy={busy} onClick={() => void again()}>
        {t("off_letter")}
      </Button>
      <span class="small soft" role="status">
        {said}
      </span>
    </>
  );
}

/** What was answered, each to its question; a ticket by its number among those of the order. */
export function Answers({ order }: { order: ListedOrderShape }) {
  return (
    <dl class="stack-tight">
      {order.answers.map((each) => (
        <div key={`${each.question} ${each.ticket}`}>
          <dt class="small soft">
            {each.ask}
            {each.ticket !== null && ` · ${ticketWords(order, each.ticket)}`}
          </dt>
          <dd>
            {each.kind === "consent" ? t("off_answer_agreed", { when: when(each.at_ms) }) : each.answer}
          </dd>
        </div>
      ))}
    </dl>
  );
}

export const when = (at_ms: number) => moment(at_ms, ownZone(), reader.value);

/** Seats by row and number, units of a pool by its name and how many-th they are. */
function ticketWords({ lines }: ListedOrderShape, ticket: string): string {
  const line = lines.find(({ item }) => item === ticket);
  if (line) return [line.section, line.row, line.label].filter(Boolean).join(" ");
  const [, pool = "", nth = "0"] = ticket.split(":");
  return `${pool} ${Number(nth) + 1}`;
}

/** Columns that not every order needs are there where one of these does. */
export function columns(orders: readonly ListedOrderShape[]): Shown<ListedOrderShape>[] {
  const answered = orders.some(({ answers }) => answers.length > 0);
  const issued = orders.some(({ issuer }) => issuer !== null);
  const sourced = orders.some(({ source }) => source !== null);
  const given = orders.some(({ reason }) => reason !== null);
  return [
    {
      id: "code",
      name: t("off_order"),
      value: ({ code }) => code,
      shows: ({ sale, id, code }) => (
        <a href={`/office/orders/${encodeURIComponent(sale)}/${encodeURIComponent(id)}`}>{code}</a>
      ),
    },
    {
      id: "who",
      name: t("off_buyer"),
      value: ({ contact }) => contact.name || contact.email || null,
      shows: ({ contact }) => (
        <>
          {contact.name || "–"}
          {contact.email && <span class="small soft sale-when">{contact.email}</span>}
        </>
      ),
    },
    {
      id: "state",
      name: t("dash_state"),
      value: ({ state }) => t(`off_order_${state}`),
      shows: ({ state }) => (
        <Badge {...(state === "failed" ? { kind: "gone" as const } : {})}>{t(`off_order_${state}`)}</Badge>
      ),
    },
    { id: "tickets", name: t("off_tickets"), figure: true, value: ({ lines }) => lines.length },
    {
      id: "total",
      name: t("total"),
      figure: true,
      value: ({ total }) => total,
      shows: ({ total, currency }) => money(total, currency, locale.value),
    },
    {
      id: "at",
      name: t("off_when"),
      value: ({ placed_at_ms }) => new Date(placed_at_ms).toISOString(),
      shows: ({ placed_at_ms }) => when(placed_at_ms),
    },
    ...(answered ? [answers()] : []),
    ...(issued ? [issuer()] : []),
    ...(sourced ? [source()] : []),
    ...(given ? [reason(), fullPrice()] : []),
    {
      id: "channel",
      name: t("off_channel"),
      value: ({ channel }) => t(`off_channel_${channel}`),
    },
    {
      id: "tender",
      name: t("off_tender"),
      value: ({ tender, card_last4 }) => [t(`off_tender_${tender}`), card_last4].filter(Boolean).join(" "),
    },
    {
      id: "letter",
      name: t("off_letter"),
      plain: true,
      value: () => null,
      shows: (order) => order.state === "paid" && order.contact.email && <SendAgain order={order} />,
    },
  ];
}

const issuer = (): Shown<ListedOrderShape> => ({
  id: "issuer",
  name: t("off_issuer"),
  value: ({ issuer, issuer_name }) => issuer_name ?? issuer,
});

/** By which links: one name where first and last are the same. */
const source = (): Shown<ListedOrderShape> => ({
  id: "source",
  name: t("off_source"),
  value: ({ source }) => source && [...new Set([source.first, source.last])].join(" → "),
});

const reason = (): Shown<ListedOrderShape> => ({
  id: "reason",
  name: t("off_reason"),
  value: (order) => order.reason,
});

const fullPrice = (): Shown<ListedOrderShape> => ({
  id: "full-price",
  name: t("off_full_price"),
  figure: true,
  value: ({ full_price }) => full_price,
  shows: ({ full_price, currency }) => full_price !== null && money(full_price, currency, locale.value),
});

const answers = (): Shown<ListedOrderShape> => ({
  id: "answers",
  name: t("off_answers"),
  wide: true,
  value: (order) => order.answers.map(({ ask, answer }) => `${ask} ${answer}`).join("; ") || null,
  shows: (order) => <Answers order={order} />,
});
