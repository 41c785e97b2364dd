/** Buttons that move the map, for those who neither pinch nor scroll. */

import type { RefObject } from "preact";
import { t } from "../i18n";
import { Button } from "../ui/controls";
import type { SeatMap } from "./controller";

const STEP = 1.8;

export function MapButtons({ map }: { map: RefObject<SeatMap | null> }) {
  return (
    <div class="map-buttons">
      <Button aria-label={t("zoom_in")} onClick={() => map.current?.zoomBy(STEP)}>
        +
      </Button>
      <Button aria-label={t("zoom_out")} onClick={() => map.current?.zoomBy(1 / STEP)}>
        −
      </Button>
      <Button aria-label={t("show_whole")} onClick={() => map.current?.showAll()}>
        ⤢
      </Button>
    </div>
  );
}
