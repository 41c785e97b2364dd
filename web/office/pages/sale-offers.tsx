/** Offers of a sale: the coupons that count in it, live, and what they would do to a cart. */

import { useMemo } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import type { SaleInfo } from "../../shared/sale/sales";
import { Loaded } from "../../shared/ui/loaded";
import { ask } from "../api";
import { Header } from "../ui/header";
import { Coupons } from "./offers/list";
import { around, once, useLive } from "./offers/reading";
import { Trying } from "./offers/trying";
import { t } from "./offers/words";

export default function SaleOffers({ id }: { id: string }) {
  const read = useMemo(() => {
    const of = once(() => around(id));
    return new Loading(async () => ({
      coupons: (await ask("GET /api/sales/{sale}/coupons", { parts: { sale: id } })).items,
      of: await of(),
    }));
  }, [id]);
  useLive(read);
  return (
    <Loaded of={read}>
      {({ coupons, of }) => (
        <div class="board">
          <Header
            title={t("off_offers")}
            subtitle={of.info?.name ?? ""}
            back={{ path: `/office/sales/${id}`, name: of.info?.name ?? id }}
            lead={t("ofr_lead")}
          />
          <Coupons coupons={coupons} of={of} onMade={() => void read.again()} />
          <Trying info={of.info as SaleInfo} codes="" />
        </div>
      )}
    </Loaded>
  );
}
