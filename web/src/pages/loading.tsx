/** A sale that is not known yet, or that cannot be shown. */

import { explain } from "../app/refusals";
import { t } from "../i18n";
import { codeOf } from "../live/errors";
import type { SaleSession } from "../sale/session";
import { buttonClass } from "../ui/controls";
import { Notice } from "../ui/signs";

export function Loading({ sale }: { sale: SaleSession }) {
  const failure = sale.failure.value;
  if (failure === null) {
    return (
      <div class="page" aria-busy="true">
        <p class="visually-hidden" role="status">
          {t("loading")}
        </p>
      </div>
    );
  }
  if (codeOf(failure) === "unknown_sale" || codeOf(failure) === "not_found") return <Missing />;
  return (
    <div class="page">
      <Notice kind="bad" action={{ label: t("try_again"), run: () => void sale.load() }}>
        {explain(failure)}
      </Notice>
    </div>
  );
}

export function Missing() {
  return (
    <div class="page stack">
      <h1 class="poster">{t("missing_title")}</h1>
      <p class="lead">{t("missing_text")}</p>
      <span>
        <a class={buttonClass("main")} href="/">
          {t("all_events")}
        </a>
      </span>
    </div>
  );
}
