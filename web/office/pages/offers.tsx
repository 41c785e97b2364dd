/** Offers: all coupons of the organizer, those of sales among them, live. */

import { useMemo } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { Loaded } from "../../shared/ui/loaded";
import { ask } from "../api";
import { Header } from "../ui/header";
import { Coupons } from "./offers/list";
import { around, once, useLive } from "./offers/reading";
import { t } from "./offers/words";

export default function Offers() {
  const read = useMemo(() => {
    const of = once(() => around(null));
    return new Loading(async () => ({ coupons: (await ask("GET /api/coupons")).items, of: await of() }));
  }, []);
  useLive(read);
  return (
    <div class="board">
      <Header title={t("off_offers")} lead={t("ofr_lead")} />
      <Loaded of={read} part>
        {({ coupons, of }) => <Coupons coupons={coupons} of={of} onMade={() => void read.again()} />}
      </Loaded>
    </div>
  );
}
