/** The phases of a sale read back as a sentence: who may enter from when until when, and when nobody may. */

import { useEffect, useState } from "preact/hooks";
import { locale } from "../../../shared/i18n";
import { askSale, type SaleInfo, saleInfo } from "../../../shared/sale/sales";
import { type Draft, drafts, type Stretch, stretches, typedOpening } from "../../phases";
import { t } from "./words";

/** "Fri 27 Nov, 10:00" of what is typed: by the event's clocks, as it stands there. */
function told(typed: string): string {
  const shown = {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "numeric",
    minute: "2-digit",
  } as const;
  const at = new Date(`${typed}Z`);
  return Number.isNaN(at.getTime())
    ? typed
    : new Intl.DateTimeFormat(locale.value, { ...shown, timeZone: "UTC" }).format(at);
}

function said({ phase, from, until }: Stretch, rows: readonly Draft[]): string {
  if (phase === null) {
    return until === null ? t("phs_story_over") : t("phs_story_gap", { until: told(until) });
  }
  const at = rows.indexOf(phase);
  const name = phase.name.trim() || t("phs_unnamed", { n: at + 1 });
  if (until !== null) return t("phs_story_span", { name, from: told(from), until: told(until) });
  if (at === 0) return t("phs_story_all", { name });
  // after a gap it follows nobody
  return rows[at - 1]?.until === from || phase.from === ""
    ? t("phs_story_then", { name })
    : t("phs_story_from", { name, from: told(from) });
}

export function Story({ rows, info }: { rows: readonly Draft[]; info: SaleInfo }) {
  if (rows.length === 0) return <p class="soft">{t("phs_none")}</p>;
  const all = stretches(rows, typedOpening(info));
  return <p data-testid="phases-told">{all.map((each) => said(each, rows)).join(" · ")}</p>;
}

/** Of a sale that is read for it; nothing where it has no phases. */
export function StoryOf({ sale }: { sale: string }) {
  const [info, setInfo] = useState<SaleInfo | null>(null);
  useEffect(() => {
    let left = false;
    askSale(sale, true, null).then(
      (answer) => left || setInfo(saleInfo(answer)),
      () => undefined, // the rest of the page goes on without it
    );
    return () => {
      left = true;
    };
  }, [sale]);
  if (!info?.phases?.length) return null;
  return <Story rows={drafts(info.phases, info.zone)} info={info} />;
}
