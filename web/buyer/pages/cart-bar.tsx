/**
 * What the buyer has chosen, always in sight: a chip each, with ticket type and a way to give it back; the sum, the time left.
 * Guarantees: as high when empty as when full, and what is told lies over the page, so that no seat moves under a finger.
 */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { price } from "../../shared/format/price";
import { t } from "../../shared/i18n";
import type { Layout } from "../../shared/map/layout";
import type { SaleInfo } from "../../shared/sale/sales";
import { buttonClass } from "../../shared/ui/controls";
import { Ring } from "../../shared/ui/signs";
import type { CartItem } from "../../shared/wire/messages";
import { type Offer, offersOf, offerWords, placeOf } from "../sale/offers";
import type { Picking } from "../sale/picking";
import { heldWords, itemWords } from "./items";
import { seatWords } from "./seat-words";
import "./cart-bar.css";

interface ChipProps {
  where: string;
  what: string;
  full: string;
  info: SaleInfo;
  offers: readonly Offer[];
  chosen: string | undefined;
  /** being asked for: nothing can be done with it yet */
  asking?: boolean;
  onType?(type: string): void;
  onGiveBack?(): void;
}

function Chip({ where, what, full, info, offers, chosen, asking, onType, onGiveBack }: ChipProps) {
  const offer = offers.find((each) => each.type === chosen) ?? (chosen === "" ? undefined : offers[0]);
  return (
    <li class="chip" data-asking={asking} aria-busy={asking}>
      <span class="chip-what">
        <span class="chip-where">{where}</span>
        <strong>{what}</strong>
        {onType && (offers.length > 1 || chosen === "") ? (
          <select
            aria-label={t("ticket_type_of", { item: full })}
            value={chosen ?? ""}
            onChange={(choice) => onType(choice.currentTarget.value)}
          >
            {!chosen && <option value="">{t("choose_type")}</option>}
            {offers.map((each) => (
              <option
                key={each.type}
                value={each.type}
                selected={each.type === chosen}
                disabled={each.closed === true && each.type !== chosen}
              >
                {offerWords(each, info.currency)}
              </option>
            ))}
          </select>
        ) : (
          offer && <span class="chip-type">{offerWords(offer, info.currency)}</span>
        )}
      </span>
      <button
        type="button"
        class="chip-close"
        aria-label={t("give_back_item", { item: full })}
        disabled={asking}
        onClick={onGiveBack}
      >
        ×
      </button>
    </li>
  );
}

function ItemChip({ item, picking, info }: { item: CartItem; picking: Picking; info: SaleInfo }) {
  const { sale } = picking;
  const full = itemWords(sale, item);
  if (item.pool !== undefined) {
    const { pool, units = 0 } = item;
    return (
      <Chip
        where={price(item.price, info.currency)}
        what={`${full} × ${units}`}
        full={full}
        info={info}
        offers={[]}
        chosen={undefined}
        onGiveBack={() => void picking.units(pool, units, 0)}
      />
    );
  }
  return (
    <Chip
      where={info.sections.find((each) => each.id === item.section)?.name ?? ""}
      what={t("seat_short", { row: item.row ?? "", seat: item.label ?? "" })}
      full={full}
      info={info}
      offers={offersOf(info, placeOf(info, item.section ?? "", item.seat), sale.pools.value)}
      chosen={item.type}
      onType={(type) => void picking.retype(item.item, type)}
      onGiveBack={() => void picking.toggle(item.seat as number)}
    />
  );
}

function AskedChip({ seat, layout, info }: { seat: number; layout: Layout; info: SaleInfo }) {
  const { section, row, label } = layout.nameOf(seat);
  const offers = offersOf(info, placeOf(info, section.id, seat));
  return (
    <Chip
      where={section.name}
      what={t("seat_short", { row: row.label, seat: label })}
      full={seatWords(layout, seat)}
      info={info}
      offers={offers}
      chosen={offers[0]?.type}
      asking
    />
  );
}

function Chips({ picking, info }: { picking: Picking; info: SaleInfo }) {
  const list = useRef<HTMLUListElement>(null);
  const items = picking.sale.held.value;
  const layout = picking.sale.layout.value;
  const asked = [...picking.asking.value].filter((seat) => !picking.mine.value.has(seat));
  const count = items.length + asked.length;
  const before = useRef(count);
  useEffect(() => {
    // What was just taken comes into sight; what was given back moves nothing.
    if (count > before.current) list.current?.scrollTo({ left: list.current.scrollWidth });
    before.current = count;
  }, [count]);
  if (count === 0) return info.seats > 0 ? <p class="chips-none">{t("chosen_here")}</p> : null;
  return (
    <ul class="chips" ref={list}>
      {items.map((item) => (
        <ItemChip key={item.item} item={item} picking={picking} info={info} />
      ))}
      {layout &&
        asked.map((seat) => <AskedChip key={`seat:${seat}`} seat={seat} layout={layout} info={info} />)}
    </ul>
  );
}

interface CartBarProps {
  picking: Picking;
  /** what is told lies above the bar */
  children: ComponentChildren;
}

export function CartBar({ picking, children }: CartBarProps) {
  const { sale } = picking;
  const cart = sale.cart.value;
  const info = sale.info.value;
  if (!info) return null;
  const live = cart && cart.state !== "ended" ? cart : null;
  const count = sale.heldCount.value;
  return (
    <section class="cart-bar" aria-label={t("your_tickets")}>
      <div class="cart-notices">{children}</div>
      <div class="cart-bar-inner">
        <Chips picking={picking} info={info} />
        <span class="cart-bar-sum">
          {live && <Ring until_ms={live.deadline_at_ms} whole_ms={info.cart_ms} />}
          <span class="cart-bar-what" role="status">
            <strong>{count > 0 ? heldWords(sale) : t("nothing_chosen")}</strong>
            <span class="figure">
              {count > 0 && live
                ? price(live.total, live.currency)
                : picking.room > 0
                  ? t("up_to", { n: picking.room })
                  : t("refused_over_maximum", { n: picking.personMax })}
            </span>
          </span>
          {count > 0 && (
            <>
              <button
                type="button"
                class="link"
                onClick={() => {
                  void sale.release({}).catch(() => undefined);
                }}
              >
                {t("give_back")}
              </button>
              <a class={buttonClass("main")} href={`/s/${sale.id}/checkout`}>
                {t("checkout")}
              </a>
            </>
          )}
        </span>
      </div>
    </section>
  );
}
