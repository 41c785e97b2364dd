/** What the cart holds, with the ticket type of each item. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { minorDigits } from "../../shared/format/money";
import { price } from "../../shared/format/price";
import { t } from "../../shared/i18n";
import { Stepper } from "../../shared/ui/controls";
import type { CartItem } from "../../shared/wire/messages";
import { offersOf, offerWords, placeOf } from "../sale/offers";
import type { CartChange, SaleSession } from "../sale/session";

interface Props {
  sale: SaleSession;
  locked: boolean;
  change(wanted: Pick<CartChange, "types" | "amounts">): void;
  problem: string | null;
}

export function itemWords(
  sale: SaleSession,
  item: Pick<CartItem, "seat" | "pool" | "section" | "row" | "label">,
): string {
  const info = sale.info.value;
  if (item.pool !== undefined) {
    const counted = [...(info?.pools ?? []), ...(info?.products ?? [])];
    return counted.find(({ id }) => id === item.pool)?.name ?? item.pool;
  }
  const section = info?.sections.find((each) => each.id === item.section)?.name ?? item.section ?? "";
  return t("seat_name", { section, row: item.row ?? "", seat: item.label ?? String(item.seat ?? "") });
}

/** "2 tickets · 1 extra" */
export function heldWords(sale: SaleSession): string {
  const tickets = sale.ticketCount.value;
  const products = sale.heldCount.value - tickets;
  const words = [
    tickets > 0 && t("n_tickets", { n: tickets }),
    products > 0 && t("n_products", { n: products }),
  ];
  return words.filter(Boolean).join(" · ");
}

function SeatItem({ sale, item, locked, change }: Props & { item: CartItem }) {
  const info = sale.info.value;
  const offers = info ? offersOf(info, placeOf(info, item.section ?? "", item.seat), sale.pools.value) : [];
  if (!info || (offers.length < 2 && item.type)) return null;
  return (
    <select
      class="input items-type"
      aria-label={t("ticket_type_of", { item: itemWords(sale, item) })}
      value={item.type ?? ""}
      disabled={locked}
      onChange={(choice) => change({ types: { [item.item]: choice.currentTarget.value } })}
    >
      {!item.type && <option value="">{t("choose_type")}</option>}
      {offers.map((offer) => (
        <option
          key={offer.type}
          value={offer.type}
          selected={offer.type === item.type}
          disabled={offer.closed === true && offer.type !== item.type}
        >
          {offerWords(offer, info.currency)}
        </option>
      ))}
    </select>
  );
}

/** Units of a pool by type: more of one is less of the first other that has some. */
export function moved(types: Record<string, number>, type: string, wanted: number): Record<string, number> {
  const now = types[type] ?? 0;
  const next: Record<string, number> = { ...types, [type]: wanted };
  let owed = wanted - now;
  for (const other of Object.keys(next)) {
    if (other === type || owed === 0) continue;
    const has = next[other] ?? 0;
    const given = owed > 0 ? Math.min(has, owed) : owed;
    next[other] = has - given;
    owed -= given;
  }
  return Object.fromEntries(Object.entries(next).filter(([, units]) => units > 0));
}

function PoolItem({ sale, item, locked, change }: Props & { item: CartItem }) {
  const info = sale.info.value;
  const offers = info ? offersOf(info, item.pool ?? "", sale.pools.value) : [];
  const units = item.units ?? 0;
  // units without a type yet are under ""
  const unchosen = item.types?.[""] ?? 0;
  if (!info || offers.length === 0 || (offers.length < 2 && unchosen === 0)) return null;
  const types = { ...Object.fromEntries(offers.map((offer) => [offer.type, 0])), ...item.types };
  return (
    <ul class="items-types">
      {offers.map((offer) => {
        const now = types[offer.type] ?? 0;
        const more = offer.closed ? 0 : (offer.left ?? units);
        return (
          <li key={offer.type} class="spread">
            <span>{offerWords(offer, info.currency)}</span>
            <Stepper
              label={offer.name}
              value={now}
              max={Math.min(units, now + more)}
              busy={locked}
              onChange={(wanted) =>
                change({ types: { [item.item]: chosenOf(moved(types, offer.type, wanted)) } })
              }
            />
          </li>
        );
      })}
    </ul>
  );
}

/** Without those that have no type yet: the server gives them the first that needs no choice. */
function chosenOf({ "": _, ...types }: Record<string, number>): Record<string, number> {
  return types;
}

/** What has to be shown with the types of an item, and what its buyer pays where they may pay more. */
function OfTypes({ sale, item, locked, change }: Props & { item: CartItem }) {
  const info = sale.info.value;
  if (!info) return null;
  const kinds = item.pool === undefined ? [item.type ?? ""] : Object.keys(item.types ?? {});
  const offers = offersOf(info, item.pool ?? placeOf(info, item.section ?? "", item.seat)).filter((offer) =>
    kinds.includes(offer.type),
  );
  const open = offers.find((offer) => offer.may_pay_more);
  return (
    <>
      {offers.map(
        (offer) =>
          offer.proof && (
            <span key={offer.type} class="soft small">
              {t("type_proof", { proof: offer.proof })}
            </span>
          ),
      )}
      {open && (
        <PaysMore
          words={itemWords(sale, item)}
          least={open.price}
          now={item.pool === undefined ? item.price : item.price / (item.units ?? 1)}
          currency={info.currency}
          locked={locked}
          pay={(amount) => change({ amounts: { [item.item]: amount } })}
        />
      )}
    </>
  );
}

interface PaysMoreProps {
  words: string;
  least: number;
  now: number;
  currency: string;
  locked: boolean;
  pay(amount: number): void;
}

/** What is being typed stays while the page is drawn anew; of the cart's own figure once it has been left. */
function PaysMore({ words, least, now, currency, locked, pay }: PaysMoreProps) {
  const digits = minorDigits(currency);
  const shown = (amount: number) => (amount / 10 ** digits).toFixed(digits);
  const box = useRef<HTMLInputElement>(null);
  const typed = useSignal<string | null>(null);
  useEffect(() => {
    if (document.activeElement !== box.current) typed.value = null;
  }, [now, typed]);
  return (
    <label class="items-more small">
      <span>{t("pay_what_you_like", { least: price(least, currency) })}</span>
      <input
        ref={box}
        class="input"
        type="number"
        inputMode={digits > 0 ? "decimal" : "numeric"}
        min={least / 10 ** digits}
        step={1 / 10 ** digits}
        aria-label={t("amount_for", { item: words })}
        value={typed.value ?? shown(now)}
        disabled={locked}
        onInput={(typing) => {
          typed.value = typing.currentTarget.value;
        }}
        onChange={(left) => {
          const amount = Math.round(left.currentTarget.valueAsNumber * 10 ** digits);
          if (Number.isFinite(amount)) pay(Math.max(least, amount));
          typed.value = shown(Math.max(least, amount || least));
        }}
      />
    </label>
  );
}

export function Items(props: Props) {
  const { sale, problem } = props;
  const cart = sale.cart.value;
  if (!cart) return null;
  return (
    <>
      <ul class="items">
        {cart.items.map((item) => (
          <li key={item.item} class="stack-tight">
            <span class="spread">
              <span>
                {itemWords(sale, item)}
                {(item.units ?? 1) > 1 && <span class="soft"> × {item.units}</span>}
              </span>
              <span class="figure">{price(item.price, cart.currency)}</span>
            </span>
            {item.pool === undefined ? (
              <SeatItem {...props} item={item} />
            ) : (
              <PoolItem {...props} item={item} />
            )}
            <OfTypes {...props} item={item} />
          </li>
        ))}
      </ul>
      {problem && <span class="problem">{problem}</span>}
    </>
  );
}
