/**
 * Withholding: seats that are named or were chosen on the map, and units of pools. Where something is held or sold, nothing is
 * withheld, and it says what.
 */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import type { FollowedSale } from "../../shared/sale/followed";
import { Button, Check, Field, Paragraph } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import type { AllocationShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { inFull } from "../refused";
import { Choose } from "../ui/choose";
import { missingOf, namesOf, seatsOf, unitsOf } from "../withheld";
import { t } from "../words";
import { on } from "./relation";

const PURPOSES = ["artist", "sponsor", "press", "house", "accessibility", "group", "other"] as const;
const NAME_CHARS_MAX = 200;
const NEW = "";

interface Props {
  sale: FollowedSale;
  /** the seats that are meant, by section, where they were chosen on the map instead of typed */
  chosen?: Record<string, string[]>;
  /** that there are, and may get these as well */
  others: readonly AllocationShape[];
  /** what of them somebody has in a cart or bought */
  onTaken?(seats: readonly number[]): void;
  onEnd(made: boolean): void;
}

export function Withholding({ sale, chosen, others, onTaken, onEnd }: Props) {
  const [into, setInto] = useState(NEW);
  const [name, setName] = useState("");
  const [purpose, setPurpose] = useState<(typeof PURPOSES)[number]>("sponsor");
  const [seats, setSeats] = useState("");
  const [units, setUnits] = useState<Record<string, string>>({});
  const [until, setUntil] = useState("");
  const [staff, setStaff] = useState(false);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const info = sale.info.value;
  if (!info) return null;
  const make = async (event: Event) => {
    event.preventDefault();
    const [named, counted] = [chosen ?? seatsOf(seats), unitsOf(units)];
    if (named === null || counted === null) {
      setWrong(t(named === null ? "off_withheld_wrong_seats" : "off_withheld_wrong_units"));
      return;
    }
    if (busy) return;
    setBusy(true);
    try {
      const part = { seats: named, units: counted };
      if (into === NEW) {
        const body = { ...part, name, purpose, staff, ...(until.trim() ? { release: until } : {}) };
        await ask("POST /api/sales/{sale}/allocations", { parts: { sale: sale.id }, body });
      } else {
        const parts = { sale: sale.id, allocation: into };
        await ask("POST /api/sales/{sale}/allocations/{allocation}/withhold", { parts, body: part });
      }
      onEnd(true);
    } catch (failure) {
      const missing = missingOf(failure);
      if (missing) onTaken?.([...missing.held, ...missing.gone]);
      setWrong(inTheWay(failure, sale));
      setBusy(false);
    }
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => void make(event)}>
      {others.length > 0 && (
        <Choose
          label={t("off_withheld_into")}
          value={into}
          options={[NEW, ...others.map(({ id }) => id)]}
          words={(each) => others.find(({ id }) => id === each)?.name ?? t("off_withheld_new")}
          onValue={setInto}
        />
      )}
      {into === NEW && (
        <>
          <Field
            label={t("off_withheld_name")}
            value={name}
            maxLength={NAME_CHARS_MAX}
            required
            problem={null}
            onValue={setName}
          />
          <Choose<(typeof PURPOSES)[number]>
            label={t("off_withheld_purpose")}
            value={purpose}
            options={PURPOSES}
            words={(each) => t(`off_withheld_for_${each}`)}
            onValue={(each) => setPurpose(each)}
          />
        </>
      )}
      {info.seats > 0 && !chosen && (
        <Paragraph
          label={t("off_withheld_which")}
          hint={t("off_withheld_which_hint")}
          value={seats}
          onValue={setSeats}
        />
      )}
      {(chosen ? [] : info.pools).map((pool) => (
        <Field
          key={pool.id}
          label={t("off_withheld_units", { pool: pool.name })}
          value={units[pool.id] ?? ""}
          inputMode="numeric"
          optional
          problem={null}
          onValue={(count) => setUnits({ ...units, [pool.id]: count })}
        />
      ))}
      {into === NEW && (
        <>
          <Field
            label={t("off_withheld_release_at")}
            hint={t("off_withheld_release_hint")}
            value={until}
            optional
            problem={null}
            onValue={setUntil}
          />
          <Check label={t("off_withheld_staff")} checked={staff} required={false} onChange={setStaff} />
        </>
      )}
      {wrong !== null && (
        <Notice kind="bad" urgent>
          {wrong}
        </Notice>
      )}
      <span class="row">
        <Button kind="main" type="submit" busy={busy}>
          {t("off_withheld_make")}
        </Button>
        <Button onClick={() => onEnd(false)}>{t("off_withheld_cancel")}</Button>
      </span>
    </form>
  );
}

/** What a refusal says is in the way, in full. */
export function inTheWay(failure: unknown, sale: FollowedSale): string {
  const missing = missingOf(failure);
  if (missing === null) return inFull(failure);
  const layout = sale.layout.peek();
  const pools = new Map(sale.info.peek()?.pools.map(({ id, name }) => [id, name]));
  const { held, gone, lacking, short } = missing;
  return [
    explain(failure),
    ...(held.length > 0 ? [t("off_withheld_held", { n: held.length })] : []),
    ...(gone.length > 0 ? [t("off_withheld_gone", { n: gone.length })] : []),
    ...(layout ? [namesOf(layout, [...held, ...gone, ...lacking])] : []),
    ...Object.entries(short).map(([pool, n]) => t("off_withheld_left", { n, pool: pools.get(pool) ?? pool })),
  ].join(" ");
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
