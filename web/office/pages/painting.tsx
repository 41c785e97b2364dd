/**
 * Tickets & seats of a sale: its live map, on which price zones are painted and seats withheld and released; its ticket types
 * and the size of its pools. Guarantees: what is painted counts once it is saved, all of it as one price list.
 */

import { useMemo, useState } from "preact/hooks";
import { tiersOf } from "../../shared/map/tiers";
import { FollowedSale, kept } from "../../shared/sale/followed";
import type { SaleInfo } from "../../shared/sale/sales";
import { Button } from "../../shared/ui/controls";
import { page } from "../../shared/ui/loaded";
import { Badge, Notice } from "../../shared/ui/signs";
import { askOwnSale } from "../api";
import { type Stroke, zonesOnMap } from "../painting";
import { holdsAny } from "../shell/places";
import { useUnsaved } from "../ui/editing";
import { Header } from "../ui/header";
import { permissions } from "../who";
import { NOBODY, PaintHouse } from "./painting/house";
import { KeptList, useWithheld } from "./painting/kept";
import { PaintLegend } from "./painting/legend";
import { usePainted, useSaving } from "./painting/lists";
import { Pools } from "./painting/pools";
import { NewType } from "./painting/type";
import { t } from "./painting/words";
import { type Let, Releasing } from "./releasing";
import "./painting/painting.css";

function Painting({ of: sale, data: info }: { of: FollowedSale; data: SaleInfo }) {
  const layout = sale.layout.value;
  const states = sale.seats.value;
  const lists = usePainted(sale, info);
  const { painted, strokes, setStrokes } = lists;
  const { busy, failure, save } = useSaving(info, layout, lists);
  const withheld = useWithheld(sale, states);
  const [chosen, setChosen] = useState(NOBODY);
  const [typing, setTyping] = useState(false);
  const [releasing, setReleasing] = useState<readonly Let[] | null>(null);
  useUnsaved(strokes.length > 0);
  const tiers = useMemo(
    () => (layout && painted ? tiersOf(layout.sections, painted.prices, zonesOnMap(painted.zones)) : null),
    [layout, painted],
  );
  const may =
    holdsAny(permissions.value, ["event:edit"]) && !["closed", "ended"].includes(sale.state.value ?? "");
  const stroke = (made: Stroke) => {
    setStrokes([...strokes, made]);
    setTyping(false);
  };
  const names = new Map(
    [...info.sections, ...info.pools, ...(painted?.zones ?? [])].map(({ id, name }) => [id, name]),
  );

  return (
    <div class="board">
      <Header
        title={t("paint_title")}
        subtitle={info.name}
        back={{ path: `/office/sales/${sale.id}`, name: info.name }}
        actions={<Badge>{t(`dash_state_${sale.state.value ?? info.state}`)}</Badge>}
      />
      <div class="paint">
        {layout && states && painted && tiers && (
          <PaintHouse
            sale={sale}
            info={info}
            layout={layout}
            states={states}
            painted={painted}
            tiers={tiers}
            withheld={withheld}
            chosen={chosen}
            may={may}
            onChosen={setChosen}
            onPaint={stroke}
            onRelease={setReleasing}
          />
        )}
        <div class="stack">
          {strokes.length > 0 && (
            <section class="panel stack" aria-label={t("paint_save")}>
              <p role="status">{t("paint_unsaved", { n: strokes.length })}</p>
              <span class="row">
                <Button kind="main" busy={busy} onClick={() => void save()}>
                  {t("paint_save")}
                </Button>
                <Button onClick={() => setStrokes(strokes.slice(0, -1))}>{t("off_undo")}</Button>
              </span>
              <p class="small soft">{t("dash_prices_who_pays")}</p>
              {failure !== null && (
                <Notice kind="bad" urgent>
                  {failure}
                </Notice>
              )}
            </section>
          )}
          {painted && (
            <section class="panel stack" aria-labelledby="paint-costs">
              <h2 class="tag" id="paint-costs">
                {t("paint_zones")}
              </h2>
              <PaintLegend
                info={info}
                painted={painted}
                tiers={tiers}
                names={names}
                onChoose={(which) => setChosen(which)}
              />
              {may && !typing && (
                <span class="row">
                  <Button onClick={() => setTyping(true)}>{t("paint_type")}</Button>
                </span>
              )}
              {typing && (
                <NewType
                  painted={painted}
                  currency={info.currency}
                  names={names}
                  onAdd={stroke}
                  onEnd={() => setTyping(false)}
                />
              )}
            </section>
          )}
          {withheld.allocations.length > 0 && (
            <section class="panel stack" aria-labelledby="paint-withheld">
              <h2 class="tag" id="paint-withheld">
                {t("off_withheld")}
              </h2>
              <KeptList
                sale={sale}
                kept={withheld}
                onChoose={setChosen}
                {...(may ? { onRelease: (allocation) => setReleasing([{ allocation, seats: null }]) } : {})}
              />
            </section>
          )}
          {may && info.pools.length > 0 && (
            <section class="panel stack" aria-label={t("dash_pools")}>
              <h2 class="tag">{t("dash_pools")}</h2>
              <Pools sale={sale} info={info} withheld={withheld.units} />
            </section>
          )}
        </div>
      </div>
      <Releasing
        sale={sale}
        which={releasing}
        onEnd={() => {
          setReleasing(null);
          setChosen(NOBODY);
          withheld.again();
        }}
      />
    </div>
  );
}

export default page({
  of: kept((id) => new FollowedSale(id, askOwnSale)),
  loads: (sale) => sale.read,
  begins: (sale) => {
    sale.follow(["counters", "room", "pools", "seats"]);
    return () => sale.unfollow();
  },
  shows: Painting,
});
