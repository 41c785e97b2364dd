/** What colours and shapes of the map mean; where there is little room it opens from a button. */

import { useState } from "preact/hooks";
import { price } from "../../shared/format/price";
import { t } from "../../shared/i18n";
import { WORTH_STEPS } from "../../shared/map/colours";
import type { Layout } from "../../shared/map/layout";
import type { Tier } from "../../shared/map/tiers";
import { Button, Switch } from "../../shared/ui/controls";
import "./legend.css";

export type ColouredBy = "price" | "worth";

interface Props {
  tiers: readonly Tier[];
  currency: string;
  layout: Layout;
  by: ColouredBy;
  onBy(by: ColouredBy): void;
}

export function Legend({ tiers, currency, layout, by, onBy }: Props) {
  const amount = (minor: number) => price(minor, currency);
  return (
    <div class="legend">
      <ul>
        {by === "price" ? (
          tiers.map((tier) => (
            <li key={tier.index}>
              <span class={`swatch swatch-${tier.index + 1}`} aria-hidden="true" />
              <span class="figure">
                {tier.low === tier.high ? amount(tier.low) : `${amount(tier.low)} – ${amount(tier.high)}`}
              </span>
            </li>
          ))
        ) : (
          <li class="legend-worth">
            {t("worth_best")}
            <span class="legend-ramp" aria-hidden="true">
              {Array.from({ length: WORTH_STEPS }, (_, step) => (
                <span key={step} class={`swatch swatch-worth-${step + 1}`} />
              ))}
            </span>
            {t("worth_least")}
          </li>
        )}
        {layout.accessible.size > 0 && (
          <li>
            <span class="swatch swatch-accessible" aria-hidden="true" />
            {t("accessible")}
          </li>
        )}
        <li>
          <span class="swatch swatch-mine" aria-hidden="true" />
          {t("seat_mine")}
        </li>
        <li>
          <span class="swatch swatch-held" aria-hidden="true" />
          {t("seat_held")}
        </li>
        <li>
          <span class="swatch swatch-sold" aria-hidden="true" />
          {t("seat_sold")}
        </li>
      </ul>
      <Switch
        label={t("colours_show")}
        value={by}
        choices={[
          { value: "price", label: t("by_price") },
          { value: "worth", label: t("by_worth") },
        ]}
        onChange={onBy}
      />
    </div>
  );
}

/** The same on the map, where the page has no room for it. */
export function FoldedLegend(props: Props) {
  const [open, setOpen] = useState(false);
  return (
    <div class="legend-folded">
      {open && (
        <div id="legend" class="legend-sheet">
          <Legend {...props} />
        </div>
      )}
      <Button
        aria-expanded={open}
        {...(open ? { "aria-controls": "legend" } : {})}
        onClick={() => setOpen(!open)}
      >
        {t("legend")}
      </Button>
    </div>
  );
}
