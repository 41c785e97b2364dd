/** What each section, zone and pool costs, in the colours of the map. */

import { price } from "../../../shared/format/price";
import type { Tiers } from "../../../shared/map/tiers";
import type { SaleInfo } from "../../../shared/sale/sales";
import { Button } from "../../../shared/ui/controls";
import type { Painted } from "../../painting";
import { t } from "./words";

interface Props {
  info: SaleInfo;
  painted: Painted;
  tiers: Tiers | null;
  names: ReadonlyMap<string, string>;
  onChoose(seats: ReadonlySet<number>): void;
}

export function PaintLegend({ info, painted, tiers, names, onChoose }: Props) {
  const zones = new Map(painted.zones.map((zone) => [zone.id, zone]));
  return (
    <ul class="items" data-testid="costs">
      {Object.entries(painted.prices).map(([place, its]) => {
        const zone = zones.get(place);
        const most = Math.max(...Object.values(its));
        const tier = tiers?.tiers.find(({ low, high }) => low <= most && most <= high);
        const pool = info.pools.some(({ id }) => id === place);
        return (
          <li key={place} class="spread">
            <span class="stack-tight">
              <span class="row">
                {tier && !pool && (
                  <span
                    class="paint-swatch"
                    aria-hidden="true"
                    style={{ background: `var(--tier-${tier.index + 1})` }}
                  />
                )}
                <strong class="breaks">{names.get(place) ?? place}</strong>
                {zone && <span class="small soft">{t("off_withheld_seats", { n: zone.seats.size })}</span>}
              </span>
              <span class="small soft">
                {Object.entries(its)
                  .map(([type, amount]) => `${painted.types[type] ?? type} ${price(amount, info.currency)}`)
                  .join(" · ")}
              </span>
            </span>
            {zone && (
              <Button kind="plain" onClick={() => onChoose(zone.seats)}>
                {t("paint_choose_all")}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
