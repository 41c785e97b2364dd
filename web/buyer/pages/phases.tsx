/** The phases of a sale: all of them where it is presented, and the one that counts where one buys. */

import { minute_ms } from "../../shared/app/services";
import { t } from "../../shared/i18n";
import type { SaleInfo } from "../../shared/sale/sales";
import { Moment } from "../../shared/ui/moments";
import { Badge, Notice } from "../../shared/ui/signs";
import type { PhaseShape } from "../../shared/wire/contract";
import { nextAfter } from "../sale/phases";
import type { SaleSession } from "../sale/session";

const iso = (at_ms: number) => new Date(at_ms).toISOString();

function Times({ phase, info }: { phase: PhaseShape; info: SaleInfo }) {
  const from = phase.from_ms === null ? info.opens_at : iso(phase.from_ms);
  return (
    <span class="small">
      {t("phase_from")} <Moment at={from} zone={info.zone} />
      {phase.until_ms !== null && (
        <>
          {" · "}
          {t("phase_until")} <Moment at={iso(phase.until_ms)} zone={info.zone} />
        </>
      )}
    </span>
  );
}

/** What it sells, where that is less than all. */
function soldIn(phase: PhaseShape, info: SaleInfo): string {
  const named = [...info.sections, ...info.pools].filter((place) => phase.places.includes(place.id));
  const names = [...phase.types.map((type) => info.types[type] ?? type), ...named.map((place) => place.name)];
  return names.join(", ");
}

/** All phases of a sale, with who may enter each. */
export function Phases({ sale, info }: { sale: SaleSession; info: SaleInfo }) {
  void minute_ms.value; // one may have begun
  const { phase: entered, between } = sale.met();
  if (!info.phases?.length) return null;
  return (
    <section class="stack" aria-labelledby="phases">
      <h2 class="title" id="phases">
        {t("phases")}
      </h2>
      <ol class="stack phases">
        {info.phases.map((phase) => (
          <li
            key={phase.id}
            class="stack-tight"
            aria-current={phase.id === entered?.id && !between ? "step" : undefined}
          >
            <span class="row">
              <strong>{phase.name}</strong>
              {phase.id === entered?.id && !between && <Badge kind="open">{t("phase_now")}</Badge>}
            </span>
            <Times phase={phase} info={info} />
            <span class="small">
              {t(`entry_rule_${phase.entry}`)}
              {" · "}
              {t("at_most", { n: phase.person_max ?? sale.whole?.person_max ?? info.person_max })}
            </span>
            {soldIn(phase, info) && <span class="small soft">{soldIn(phase, info)}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** That nothing is sold just now, and when the next phase begins. */
export function PhaseNotice({ sale, info }: { sale: SaleSession; info: SaleInfo }) {
  void minute_ms.value;
  const { phase, between, turns_at_ms } = sale.met();
  if (!info.phases?.length || !between) return null;
  if (!phase) return <Notice>{t("phases_over")}</Notice>;
  return (
    <Notice>
      {t("between_phases", { phase: phase.name })} <Moment at={iso(turns_at_ms ?? 0)} zone={info.zone} />
    </Notice>
  );
}

/** For whom the phase that is on isn't: when the next one begins. */
export function NextPhase({ sale, info }: { sale: SaleSession; info: SaleInfo }) {
  const next = nextAfter(info.phases, sale.met().phase);
  if (!next) return null;
  return (
    <p>
      {t("phase_next", { phase: next.name })} <Moment at={iso(next.from_ms ?? 0)} zone={info.zone} />
    </p>
  );
}

/** Which phase one is in, and until when. */
export function PhaseLine({ sale, info }: { sale: SaleSession; info: SaleInfo }) {
  void minute_ms.value;
  const { phase, between } = sale.met();
  if (!info.phases?.length || !phase || between) return null;
  return (
    <p class="small soft">
      {phase.name} · {t(`entry_rule_${phase.entry}`)}
      {phase.until_ms !== null && (
        <>
          {" · "}
          {t("phase_until")} <Moment at={iso(phase.until_ms)} zone={info.zone} />
        </>
      )}
    </p>
  );
}
