/** Audience: says what will be here, and what serves meanwhile. */

import { Header } from "../ui/header";
import { Empty } from "../ui/table";
import { t } from "../words";

export default function Audience() {
  return (
    <div class="board">
      <Header title={t("off_audience")} />
      <Empty
        title={t("off_audience_empty")}
        text={t("off_audience_empty_text")}
        action={<a href="/api/docs">{t("off_api")}</a>}
      />
    </div>
  );
}
