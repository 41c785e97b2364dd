/** The house as it fills: the seat map seen by the organizer, where what is sold shines. */

import { useEffect, useRef } from "preact/hooks";
import { language } from "../../shared/i18n";
import { MapButtons } from "../../shared/map/buttons";
import { SeatMap } from "../../shared/map/controller";
import { tiersOf } from "../../shared/map/tiers";
import type { FollowedSale } from "../../shared/sale/followed";
import { t } from "../words";
import "../../shared/map/map.css";

export function House({ sale }: { sale: FollowedSale }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const map = useRef<SeatMap | null>(null);
  const layout = sale.layout.value;
  const states = sale.seats.value;
  const info = sale.info.value;
  useEffect(() => {
    if (!canvas.current || !layout || !states || !info) return;
    const words = { stage: t("stage"), free: (n: number) => t("n_free", { n }) };
    const nothing = { seat: () => undefined, focus: () => undefined, hover: () => undefined };
    const tiers = tiersOf(layout.sections, info.prices, info.zones);
    map.current = new SeatMap(canvas.current, layout, states, tiers, words, nothing, "house");
    return () => map.current?.destroy();
  }, [layout, states, info, language.value]);
  if (!info || info.seats === 0) return null;
  return (
    <section class="panel house" aria-label={t("dash_house")}>
      <div class="spread">
        <h2 class="tag">{t("dash_house")}</h2>
        <span class="small soft">{t("dash_house_legend")}</span>
      </div>
      <div class="map house-map">
        <canvas ref={canvas} role="img" aria-label={t("dash_house")} />
        <MapButtons map={map} />
      </div>
    </section>
  );
}
