/** The price lists of a sale, the strokes over the newest of them, and saving them as the next one. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../../shared/app/loading";
import { minorDigits } from "../../../shared/format/money";
import { codeOf } from "../../../shared/live/errors";
import type { Layout } from "../../../shared/map/layout";
import type { FollowedSale } from "../../../shared/sale/followed";
import type { SaleInfo } from "../../../shared/sale/sales";
import { bothClocks } from "../../../shared/ui/moments";
import type { PriceListShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { asListed, bodyOf, type Stroke, strokesOver } from "../../painting";
import { inFull } from "../../refused";
import { tell } from "../../ui/toasts";
import { t } from "./words";

/** The lists of a sale, and the strokes over the newest of them. */
export function usePainted(sale: FollowedSale, info: SaleInfo) {
  const lists = useMemo(
    () =>
      new Loading<PriceListShape[]>(
        async () => (await ask("GET /api/sales/{sale}/prices", { parts: { sale: sale.id } })).items,
      ),
    [sale],
  );
  const told = sale.room.value?.list;
  useEffect(() => void lists.again(), [lists, told]);
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  const newest = lists.value.value?.[0];
  const painted = useMemo(
    () => (newest ? strokesOver(asListed(newest, info.types), strokes) : null),
    [newest, info.types, strokes],
  );
  return { lists, newest, strokes, setStrokes, painted };
}

export function useSaving(
  info: SaleInfo,
  layout: Layout | null,
  { lists, newest, painted, setStrokes }: ReturnType<typeof usePainted>,
) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const save = async () => {
    if (!newest || !painted || !layout || busy) return;
    setBusy(true);
    setFailure(null);
    try {
      const body = bodyOf(painted, layout, minorDigits(info.currency), newest.list);
      const made = await ask("PUT /api/sales/{sale}/prices", { parts: { sale: info.id }, body });
      setStrokes([]);
      tell(t("dash_prices_saved", { list: made.list, at: bothClocks(made.from_ms, info.zone) }));
      await lists.again();
    } catch (error) {
      const other = codeOf(error) === "changed_meanwhile";
      setFailure(other ? t("paint_somebody") : inFull(error));
      if (other) await lists.again();
    } finally {
      setBusy(false);
    }
  };
  return { busy, failure, save };
}
