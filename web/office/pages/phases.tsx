/** When a sale sells what, and to whom: its phases; and the days to which its tickets admit. */

import { FollowedSale, kept } from "../../shared/sale/followed";
import type { SaleInfo } from "../../shared/sale/sales";
import { page } from "../../shared/ui/loaded";
import { Badge } from "../../shared/ui/signs";
import { askOwnSale } from "../api";
import { drafts } from "../phases";
import { holdsAny } from "../shell/places";
import { Header } from "../ui/header";
import { permissions } from "../who";
import { EditDays } from "./phases/days";
import { EditPhases } from "./phases/editing";
import { Story } from "./phases/story";
import { t } from "./phases/words";

function Phases({ of: sale, data: info }: { of: FollowedSale; data: SaleInfo }) {
  const over = ["closed", "ended"].includes(sale.state.value ?? info.state);
  const may = holdsAny(permissions.value, ["event:edit"]) && !over;
  return (
    <div class="board">
      <Header
        title={t("phs_page")}
        subtitle={info.name}
        back={{ path: `/office/sales/${sale.id}`, name: info.name }}
        actions={<Badge>{t(`dash_state_${sale.state.value ?? info.state}`)}</Badge>}
      />
      <section class="stack" aria-labelledby="phases-title">
        <h2 class="title" id="phases-title">
          {t("phs_title")}
        </h2>
        <p class="soft">{t("phs_explained")}</p>
        {over && <p>{t("phs_over")}</p>}
        {may ? (
          <EditPhases sale={sale} info={info} />
        ) : (
          <Story rows={drafts(info.phases ?? [], info.zone)} info={info} />
        )}
      </section>
      {may && (
        <section class="stack" aria-labelledby="days-title">
          <h2 class="title" id="days-title">
            {t("phs_days")}
          </h2>
          <p class="soft">{t("phs_days_explained")}</p>
          <EditDays sale={sale} info={info} />
        </section>
      )}
    </div>
  );
}

export default page({
  of: kept((id) => new FollowedSale(id, askOwnSale)),
  loads: (sale) => sale.read,
  begins: (sale) => {
    sale.follow(["room"]);
    return () => sale.unfollow();
  },
  shows: Phases,
});
