/** Venues: says what will be here, and what serves meanwhile. */

import { Header } from "../ui/header";
import { Empty } from "../ui/table";
import { t } from "../words";

export default function Venues() {
  return (
    <div class="board">
      <Header title={t("off_venues")} />
      <Empty
        title={t("off_venues_empty")}
        text={t("off_venues_empty_text")}
        action={<a href="/api/docs">{t("off_api")}</a>}
      />
    </div>
  );
}
