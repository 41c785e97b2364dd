/** Orders: says what will be here, and what serves meanwhile. */

import { Header } from "../ui/header";
import { Empty } from "../ui/table";
import { t } from "../words";

export default function Orders() {
  return (
    <div class="board">
      <Header title={t("off_orders")} />
      <Empty
        title={t("off_orders_empty")}
        text={t("off_orders_empty_text")}
        action={<a href="/api/docs">{t("off_api")}</a>}
      />
    </div>
  );
}
