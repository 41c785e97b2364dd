/** "Best available": so many seats side by side, picked by the engine; inactive, with the reason, when none fit. */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { t } from "../../shared/i18n";
import { Refusal } from "../../shared/live/errors";
import { Button, Stepper } from "../../shared/ui/controls";
import { longestRuns } from "../sale/next-best";
import type { Picking } from "../sale/picking";

interface Props {
  picking: Picking;
  onShow(seats: readonly number[]): void;
}

export function Best({ picking, onShow }: Props) {
  const [count, setCount] = useState(2);
  const [section, setSection] = useState("");
  const layout = picking.sale.layout.value;
  void picking.sale.seatsChanged.value;
  const states = picking.sale.seats.value;
  if (!layout || !states) return null;
  const info = picking.sale.info.value;
  const max = Math.max(1, picking.room);
  const wanted = Math.min(count, max);
  const runs = longestRuns(layout, states);
  const sold = layout.sections.flatMap((each, index) => (info?.prices[each.id] ? [{ each, index }] : []));
  const fits = sold.some(
    ({ each, index }) => (!section || each.id === section) && (runs[index] ?? 0) >= wanted,
  );
  const state = picking.sale.state.value;
  const problem = picking.room === 0 ? "over_maximum" : fits || !states.known ? null : "none_together";
  const closed = state !== null && state !== "open";
  const take = async () => onShow([...(await picking.best(wanted, section || undefined))]);
  return (
    <form
      class="best"
      onSubmit={(submit) => {
        submit.preventDefault();
        void take();
      }}
    >
      <Stepper label={t("how_many")} value={wanted} min={1} max={max} onChange={setCount} />
      <select
        class="input best-section"
        aria-label={t("section")}
        value={section}
        onChange={(change) => setSection(change.currentTarget.value)}
      >
        <option value="">{t("anywhere")}</option>
        {sold.map(({ each, index }) => (
          <option key={each.id} value={each.id} disabled={(runs[index] ?? 0) < wanted}>
            {each.name} ({states.freeIn[index]})
          </option>
        ))}
      </select>
      <Button
        kind="main"
        type="submit"
        busy={picking.busy.value}
        disabled={problem !== null || closed || !states.known}
      >
        {problem === "none_together" ? t("none_together_n", { n: wanted }) : t("best_available")}
      </Button>
      <span class="visually-hidden" role="status">
        {problem &&
          explain(new Refusal({ code: problem, message: "", retryable: false }), { n: picking.personMax })}
      </span>
    </form>
  );
}
