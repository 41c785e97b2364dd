/**
 * What is withheld from a sale: listed, released, and withheld anew while it runs. Guarantees: what is released is asked about
 * first; where something is held or sold, it says how much.
 */

import { useEffect, useState } from "preact/hooks";
import type { FollowedSale } from "../../shared/sale/followed";
import { Button } from "../../shared/ui/controls";
import type { AllocationShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { DryRun } from "../ui/dry-run";
import { t } from "../words";
import { on } from "./relation";
import { useActing } from "./settings/acting";
import { Withholding } from "./withholding";

export function Withheld({ sale, mayEdit }: { sale: FollowedSale; mayEdit: boolean }) {
  const [found, setFound] = useState<readonly AllocationShape[] | null>(null);
  const [releasing, setReleasing] = useState<AllocationShape | null>(null);
  const [adding, setAdding] = useState(false);
  const [said, say] = useState("");
  const { busy, act, refused } = useActing();
  const parts = { sale: sale.id };
  const read = async () => setFound((await ask("GET /api/sales/{sale}/allocations", { parts })).items);
  useEffect(() => {
    void act(read);
  }, [sale.id]);
  const release = () =>
    act(async () => {
      if (releasing === null) return;
      const allocation = releasing.id;
      await ask("POST /api/sales/{sale}/allocations/{allocation}/release", {
        parts: { ...parts, allocation },
      });
      setReleasing(null);
      say(t("off_withheld_released"));
      await read();
    });
  const still = found?.filter(({ released_at }) => released_at === null) ?? [];
  return (
    <section class="panel stack" aria-labelledby="withheld-title">
      <h2 class="tag" id="withheld-title">
        {t("off_withheld")}
      </h2>
      <p class="soft">{t("off_withheld_explained")}</p>
      {releasing === null && refused}
      {found !== null && still.length === 0 && <p>{t("off_withheld_none")}</p>}
      {still.length > 0 && (
        <ul class="items" data-testid="withheld">
          {still.map((each) => (
            <li key={each.id} class="spread">
              <span class="stack-tight">
                <strong class="breaks">{each.name}</strong>
                <span class="small soft">{about(sale, each)}</span>
              </span>
              {mayEdit && (
                <Button kind="plain" onClick={() => setReleasing(each)}>
                  {t("off_withheld_release")}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <p role="status" class="small soft">
        {said}
      </p>
      {mayEdit && !adding && (
        <span class="row">
          <Button onClick={() => setAdding(true)}>{t("off_withheld_add")}</Button>
        </span>
      )}
      {adding && (
        <Withholding
          sale={sale}
          onEnd={(made) => {
            setAdding(false);
            if (!made) return;
            say(t("off_withheld_made"));
            void act(read);
          }}
        />
      )}
      <DryRun
        title={t("off_withheld_release_asked")}
        open={releasing !== null}
        does={t("off_withheld_release_yes")}
        keeps={t("off_withheld_release_no")}
        kind="main"
        busy={busy}
        onYes={() => void release()}
        onNo={() => setReleasing(null)}
      >
        <p class="breaks">{releasing && `${releasing.name}: ${about(sale, releasing)}`}</p>
        {refused}
      </DryRun>
    </section>
  );
}

export function about(
  sale: FollowedSale,
  { purpose, seats, units, release_at, staff }: AllocationShape,
): string {
  const pools = new Map(sale.info.value?.pools.map(({ id, name }) => [id, name]));
  return [
    t(`off_withheld_for_${purpose}`),
    ...(seats.length > 0 ? [t("off_withheld_seats", { n: seats.length })] : []),
    ...Object.entries(units).map(([pool, n]) => `${pools.get(pool) ?? pool}: ${n}`),
    ...(staff ? [t("off_withheld_by_staff")] : []),
    ...(release_at === null ? [] : [t("off_withheld_until", { time: on(release_at) })]),
  ].join(" · ");
}
