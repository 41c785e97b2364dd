/**
 * What is withheld from a sale: listed, released, and withheld anew while it runs. Guarantees: what is released is asked about
 * first; where something is held or sold, it says how much.
 */

import { useEffect, useState } from "preact/hooks";
import type { FollowedSale } from "../../shared/sale/followed";
import { Button } from "../../shared/ui/controls";
import type { AllocationShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { t } from "../words";
import { type Let, Releasing } from "./releasing";
import { useActing } from "./settings/acting";
import { about, Withholding } from "./withholding";

export function Withheld({ sale, mayEdit }: { sale: FollowedSale; mayEdit: boolean }) {
  const [found, setFound] = useState<readonly AllocationShape[] | null>(null);
  const [releasing, setReleasing] = useState<readonly Let[] | null>(null);
  const [adding, setAdding] = useState(false);
  const [said, say] = useState("");
  const { act, refused } = useActing();
  const parts = { sale: sale.id };
  const read = async () => setFound((await ask("GET /api/sales/{sale}/allocations", { parts })).items);
  useEffect(() => {
    void act(read);
  }, [sale.id]);
  const still = found?.filter(({ released_at }) => released_at === null) ?? [];
  return (
    <section class="panel stack" aria-labelledby="withheld-title">
      <h2 class="tag" id="withheld-title">
        {t("off_withheld")}
      </h2>
      <p class="soft">{t("off_withheld_explained")}</p>
      {refused}
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
                <Button kind="plain" onClick={() => setReleasing([{ allocation: each, seats: null }])}>
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
          others={still}
          onEnd={(made) => {
            setAdding(false);
            if (!made) return;
            say(t("off_withheld_made"));
            void act(read);
          }}
        />
      )}
      <Releasing
        sale={sale}
        which={releasing}
        onEnd={() => {
          setReleasing(null);
          void act(read);
        }}
      />
    </section>
  );
}
