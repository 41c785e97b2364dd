/** What the cart holds, with the ticket type of each item. */

import { price } from "../../shared/format/price";
import { t } from "../../shared/i18n";
import { Stepper } from "../../shared/ui/controls";
import type { CartItem } from "../../shared/wire/messages";
import { placeOf } from "../sale/offers";
import type { SaleSession } from "../sale/session";

type Types = Record<string, string | Record<string, number>>;

interface Props {
  sale: SaleSession;
  locked: boolean;
  change(types: Types): void;
  problem: string | null;
}

export function itemWords(
  sale: SaleSession,
  item: Pick<CartItem, "seat" | "pool" | "section" | "row" | "label">,
): string {
  const info = sale.info.value;
  if (item.pool !== undefined) return info?.pools.find((pool) => pool.id === item.pool)?.name ?? item.pool;
  const section = info?.sections.find((each) => each.id === item.section)?.name ?? item.section ?? "";
  return t("seat_name", { section, row: item.row ?? "", seat: item.label ?? String(item.seat ?? "") });
}

function SeatItem({ sale, item, locked, change }: Props & { item: CartItem }) {
  const info = sale.info.value;
  const prices = info?.prices[placeOf(info, item.section ?? "", item.seat)] ?? {};
  const kinds = Object.entries(prices);
  if (!info || kinds.length < 2) return null;
  return (
    <select
      class="input items-type"
      aria-label={t("ticket_type_of", { item: itemWords(sale, item) })}
      value={item.type ?? ""}
      disabled={locked}
      onChange={(choice) => change({ [item.item]: choice.currentTarget.value })}
    >
      {kinds.map(([type, amount]) => (
        <option key={type} value={type} selected={type === item.type}>
          {info.types[type] ?? type} · {price(amount, info.currency)}
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
  const prices = info?.prices[item.pool ?? ""] ?? {};
  const kinds = Object.keys(prices);
  const units = item.units ?? 0;
  if (!info || kinds.length < 2) return null;
  const types = { ...Object.fromEntries(kinds.map((kind) => [kind, 0])), ...item.types };
  return (
    <ul class="items-types">
      {kinds.map((kind) => (
        <li key={kind} class="spread">
          <span>
            {info.types[kind] ?? kind} · {price(prices[kind] ?? 0, info.currency)}
          </span>
          <Stepper
            label={info.types[kind] ?? kind}
            value={types[kind] ?? 0}
            max={units}
            busy={locked}
            onChange={(wanted) => change({ [item.item]: moved(types, kind, wanted) })}
          />
        </li>
      ))}
    </ul>
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
          </li>
        ))}
      </ul>
      {problem && <span class="problem">{problem}</span>}
    </>
  );
}
