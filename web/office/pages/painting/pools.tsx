/** How many units each pool has, changed while it sells. Where so many are not to be had, it says how many are. */

import { useState } from "preact/hooks";
import type { FollowedSale } from "../../../shared/sale/followed";
import type { SaleInfo } from "../../../shared/sale/sales";
import { Button, Field } from "../../../shared/ui/controls";
import { ask } from "../../api";
import { inFull } from "../../refused";
import { tell } from "../../ui/toasts";
import { missingOf } from "../../withheld";
import { t } from "./words";

const CHARS_MAX = 8;

interface Props {
  sale: FollowedSale;
  info: SaleInfo;
  /** units of each pool that are withheld: the pool has them as well */
  withheld: Readonly<Record<string, number>>;
}

export function Pools({ sale, info, withheld }: Props) {
  return (
    <>
      {info.pools.map(({ id, name, capacity }) => (
        <Capacity key={id} sale={sale} pool={id} name={name} units={capacity + (withheld[id] ?? 0)} />
      ))}
    </>
  );
}

interface One {
  sale: FollowedSale;
  pool: string;
  name: string;
  units: number;
}

function Capacity({ sale, pool, name, units }: One) {
  const [typed, setTyped] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const change = async (event: Event) => {
    event.preventDefault();
    const written = (typed ?? "").trim();
    if (busy || typed === null) return;
    if (!/^\d+$/.test(written)) {
      setProblem(t("paint_capacity_wrong"));
      return;
    }
    setBusy(true);
    try {
      const body = { capacity: Number(written) };
      const made = await ask("PUT /api/sales/{sale}/pools/{pool}", { parts: { sale: sale.id, pool }, body });
      tell(t("paint_capacity_changed", { pool: name, n: made.capacity }));
      setTyped(null);
      await sale.read.again();
    } catch (failure) {
      const left = missingOf(failure)?.short[pool];
      setProblem(left === undefined ? inFull(failure) : t("off_withheld_left", { pool: name, n: left }));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="stack-tight" noValidate onSubmit={(event) => void change(event)}>
      <Field
        label={t("paint_capacity", { pool: name })}
        value={typed ?? String(units)}
        inputMode="numeric"
        maxLength={CHARS_MAX}
        problem={problem}
        onValue={(value) => {
          setTyped(value);
          setProblem(null);
        }}
      />
      {typed !== null && (
        <span class="row">
          <Button type="submit" busy={busy}>
            {t("paint_capacity_change")}
          </Button>
        </span>
      )}
    </form>
  );
}
