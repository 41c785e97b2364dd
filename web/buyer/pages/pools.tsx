/** Counted tickets: quantity pickers with what is left, live. */

import { price } from "../../shared/format/price";
import { t } from "../../shared/i18n";
import { Stepper } from "../../shared/ui/controls";
import { Badge } from "../../shared/ui/signs";
import { offersOf } from "../sale/offers";
import type { Picking } from "../sale/picking";

const FEW = 20;

export function Pools({ picking }: { picking: Picking }) {
  const sale = picking.sale;
  const info = sale.info.value;
  if (!info || info.pools.length === 0) return null;
  return (
    <ul class="pools" data-testid="pools">
      {info.pools
        .filter((pool) => info.prices[pool.id])
        .map((pool) => {
          const left = sale.pools.value[pool.id] ?? null;
          const mine = sale.held.value.find((item) => item.pool === pool.id)?.units ?? 0;
          const offers = offersOf(info, pool.id, sale.pools.value);
          const max = mine + Math.min(picking.room, left ?? 0);
          return (
            <li key={pool.id} class="pool">
              <span class="pool-what">
                <span class="pool-name">{pool.name}</span>
                <span class="row">
                  {offers.map((offer) => (
                    <span key={offer.type} class={offer.closed ? "figure soft" : "figure"}>
                      {offers.length > 1 && `${offer.name} `}
                      <strong>{price(offer.price, info.currency)}</strong>
                      {offer.left === 0 && ` · ${t("all_taken")}`}
                    </span>
                  ))}
                  {left === 0 && mine === 0 && <Badge kind="gone">{t("all_taken")}</Badge>}
                  {left !== null && left > 0 && (
                    <Badge {...(left <= FEW ? { kind: "few" as const } : {})}>
                      {t("n_left", { n: left })}
                    </Badge>
                  )}
                </span>
              </span>
              <Stepper
                label={pool.name}
                value={mine}
                max={max}
                busy={picking.busy.value}
                onChange={(wanted) => void picking.units(pool.id, mine, wanted)}
              />
            </li>
          );
        })}
    </ul>
  );
}
