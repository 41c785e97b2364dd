/**
 * Releasing what is withheld, asked about first: all of it, the seats of it that were chosen on the map, or what is typed of it.
 * Guarantees: both buttons say what they do; what was refused says what is in the way, and what was typed stays.
 */

import { useEffect, useState } from "preact/hooks";
import type { FollowedSale } from "../../shared/sale/followed";
import { Check, Field, Paragraph } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import type { AllocationShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { called } from "../painting";
import { DryRun } from "../ui/dry-run";
import { tell } from "../ui/toasts";
import { seatsOf, unitsOf } from "../withheld";
import { t } from "../words";
import { about, inTheWay } from "./withholding";

export interface Let {
  allocation: AllocationShape;
  /** of those that it has; null: all of it, its units too */
  seats: readonly number[] | null;
}

interface Props {
  sale: FollowedSale;
  /** to be released; null: nothing is asked */
  which: readonly Let[] | null;
  onEnd(): void;
}

const size = ({ seats, units }: AllocationShape) =>
  Object.values(units).reduce((sum, n) => sum + n, seats.length);

export function Releasing({ sale, which, onEnd }: Props) {
  const [part, setPart] = useState(false);
  const [seats, setSeats] = useState("");
  const [units, setUnits] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => {
    setPart(false);
    setSeats("");
    setUnits({});
    setWrong(null);
  }, [which]);
  const [only] = which ?? [];
  const whole = which?.length === 1 && only?.seats === null ? only.allocation : null;
  const pools = new Map(sale.info.value?.pools.map(({ id, name }) => [id, name]));

  const letGo = (
    allocation: AllocationShape,
    body: { seats: Record<string, string[]>; units: Record<string, number> },
  ) =>
    ask("POST /api/sales/{sale}/allocations/{allocation}/release-part", {
      parts: { sale: sale.id, allocation: allocation.id },
      body,
    });
  const one = async ({ allocation, seats: chosen }: Let) => {
    const layout = sale.layout.peek();
    if (chosen !== null && layout) await letGo(allocation, { seats: called(layout, chosen), units: {} });
    else
      await ask("POST /api/sales/{sale}/allocations/{allocation}/release", {
        parts: { sale: sale.id, allocation: allocation.id },
      });
  };
  const release = async () => {
    const [named, counted] = [seatsOf(seats), unitsOf(units)];
    if (part && (named === null || counted === null)) {
      setWrong(t(named === null ? "off_withheld_wrong_seats" : "off_withheld_wrong_units"));
      return;
    }
    setBusy(true);
    setWrong(null);
    try {
      if (part && whole && named && counted) await letGo(whole, { seats: named, units: counted });
      else for (const each of which ?? []) await one(each);
      tell(t("off_withheld_released"));
      onEnd();
    } catch (error) {
      setWrong(inTheWay(error, sale));
    } finally {
      setBusy(false);
    }
  };
  return (
    <DryRun
      title={t("off_withheld_release_asked")}
      open={which !== null}
      meets={(which ?? []).map(({ allocation, seats: chosen }) =>
        chosen === null
          ? `${allocation.name}: ${about(sale, allocation)}`
          : `${allocation.name}: ${t("off_withheld_of", { n: chosen.length, all: allocation.seats.length })}`,
      )}
      does={t("off_withheld_release_yes")}
      keeps={t("off_withheld_release_no")}
      kind="main"
      busy={busy}
      onYes={() => void release()}
      onNo={onEnd}
    >
      {whole && size(whole) > 1 && (
        <Check label={t("off_withheld_part")} checked={part} required={false} onChange={setPart} />
      )}
      {whole && part && (
        <>
          {whole.seats.length > 0 && (
            <Paragraph
              label={t("off_withheld_part_seats")}
              hint={t("off_withheld_which_hint")}
              value={seats}
              optional
              onValue={setSeats}
            />
          )}
          {Object.entries(whole.units).map(([pool, n]) => (
            <Field
              key={pool}
              label={t("off_withheld_part_units", { pool: pools.get(pool) ?? pool, n })}
              value={units[pool] ?? ""}
              inputMode="numeric"
              optional
              onValue={(count) => setUnits({ ...units, [pool]: count })}
            />
          ))}
        </>
      )}
      {wrong !== null && (
        <Notice kind="bad" urgent>
          {wrong}
        </Notice>
      )}
    </DryRun>
  );
}
