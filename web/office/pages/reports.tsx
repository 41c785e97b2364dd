/** Reports: says what will be here, and what serves meanwhile. */

import { Header } from "../ui/header";
import { Empty } from "../ui/table";
import { t } from "../words";

export default function Reports() {
  return (
    <div class="board">
      <Header title={t("off_reports")} />
      <Empty
        title={t("off_reports_empty")}
        text={t("off_reports_empty_text")}
        action={<a href="/api/docs">{t("off_api")}</a>}
      />
    </div>
  );
}
