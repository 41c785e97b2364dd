/** Counted tickets: quantity pickers with what is left, live. */

import type { ComponentChildren } from "preact";
import { price } from "../../shared/format/price";
import { t } from "../../shared/i18n";
import { Stepper } from "../../shared/ui/controls";
import { Badge } from "../../shared/ui/signs";
import { daysOf } from "../sale/days";
import { offersOf } from "../sale/offers";
import type { Picking } from "../sale/picking";

const FEW = 20;

interface CountedProps {
  id: string;
  name: string;
  /** to which it admits, where it admits to days */
  days?: string;
  prices: ComponentChildren;
  /** how many one may have more than one has, whatever is left */
  more: number;
  picking: Picking;
}

/** What is counted, with how many one has of it. */
function Counted({ id, name, days, prices, more, picking }: CountedProps) {
  const sale = picking.sale;
  const left = sale.pools.value[id] ?? null;
  const mine = sale.held.value.find((item) => item.pool === id)?.units ?? 0;
  // how many there are of what a code shows, nobody is told
  const unseen = sale.cart.value?.unlocked?.pools.some((pool) => pool.id === id) ?? false;
  return (
    <li class="pool">
      <span class="pool-what">
        <span class="pool-name">{name}</span>
        {days && days !== name && <span class="small soft">{days}</span>}
        <span class="row">
          {prices}
          {left === 0 && mine === 0 && <Badge kind="gone">{t("all_taken")}</Badge>}
          {left !== null && left > 0 && (
            <Badge {...(left <= FEW ? { kind: "few" as const } : {})}>{t("n_left", { n: left })}</Badge>
          )}
        </span>
      </span>
      <Stepper
        label={name}
        value={mine}
        max={mine + Math.min(more, left ?? (unseen ? more : 0))}
        busy={picking.busy.value}
        onChange={(wanted) => void picking.units(id, mine, wanted)}
      />
    </li>
  );
}

function Pools({ picking }: { picking: Picking }) {
  const sale = picking.sale;
  const info = sale.info.value;
  if (!info || info.pools.length === 0) return null;
  return (
    <ul data-testid="pools">
      {info.pools
        .filter((pool) => info.prices[pool.id])
        .map((pool) => {
          const offers = offersOf(info, pool.id, sale.pools.value);
          const prices = offers.map((offer) => (
            <span key={offer.type} class={offer.closed ? "figure soft" : "figure"}>
              {offers.length > 1 && `${offer.name} `}
              <strong>{price(offer.price, info.currency)}</strong>
              {offer.left === 0 && ` · ${t("all_taken")}`}
            </span>
          ));
          return (
            <Counted
              key={pool.id}
              id={pool.id}
              name={pool.name}
              days={daysOf(info, pool.id)}
              prices={prices}
              more={picking.room}
              picking={picking}
            />
          );
        })}
    </ul>
  );
}

function Products({ picking }: { picking: Picking }) {
  const sale = picking.sale;
  const info = sale.info.value;
  // a server of the release before knows none
  if (!info?.products?.length) return null;
  return (
    <section class="stack" aria-labelledby="products">
      <h2 class="title" id="products">
        {t("products")}
      </h2>
      <ul data-testid="products">
        {info.products.map((product) => {
          const mine = sale.held.value.find((item) => item.pool === product.id)?.units ?? 0;
          return (
            <Counted
              key={product.id}
              id={product.id}
              name={product.name}
              prices={<strong class="figure">{price(product.price, info.currency)}</strong>}
              more={product.per_person - mine}
              picking={picking}
            />
          );
        })}
      </ul>
    </section>
  );
}

/** All that is counted: tickets, and what is sold beside them. */
export function Counts({ picking }: { picking: Picking }) {
  return (
    <div class="pools">
      <Pools picking={picking} />
      <Products picking={picking} />
    </div>
  );
}
