/**
 * Withholding: seats that are named or were chosen on the map, and units of pools. Where something is held or sold, nothing is
 * withheld, and it says what.
 */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import type { FollowedSale } from "../../shared/sale/followed";
import { Button, Check, Field, Paragraph } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import { ask } from "../api";
import { inFull } from "../refused";
import { Choose } from "../ui/choose";
import { missingOf, namesOf, seatsOf, unitsOf } from "../withheld";
import { t } from "../words";

const PURPOSES = ["artist", "sponsor", "press", "house", "accessibility", "group", "other"] as const;
const NAME_CHARS_MAX = 200;

interface Props {
  sale: FollowedSale;
  /** the seats that are meant, by section, where they were chosen on the map instead of typed */
  chosen?: Record<string, string[]>;
  /** what of them somebody has in a cart or bought */
  onTaken?(seats: readonly number[]): void;
  onEnd(made: boolean): void;
}

export function Withholding({ sale, chosen, onTaken, onEnd }: Props) {
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
      const body = {
        name,
        purpose,
        seats: named,
        units: counted,
        staff,
        ...(until.trim() ? { release: until } : {}),
      };
      await ask("POST /api/sales/{sale}/allocations", { parts: { sale: sale.id }, body });
      onEnd(true);
    } catch (failure) {
      const missing = missingOf(failure);
      if (missing) onTaken?.([...missing.held, ...missing.gone]);
      setWrong(whatIsWrong(failure, sale, new Map(info.pools.map((pool) => [pool.id, pool.name]))));
      setBusy(false);
    }
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => void make(event)}>
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
      <Field
        label={t("off_withheld_release_at")}
        hint={t("off_withheld_release_hint")}
        value={until}
        optional
        problem={null}
        onValue={setUntil}
      />
      <Check label={t("off_withheld_staff")} checked={staff} required={false} onChange={setStaff} />
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

function whatIsWrong(failure: unknown, sale: FollowedSale, pools: ReadonlyMap<string, string>): string {
  const missing = missingOf(failure);
  const layout = sale.layout.peek();
  if (missing !== null) {
    return [
      explain(failure),
      ...(missing.held.length > 0 ? [t("off_withheld_held", { n: missing.held.length })] : []),
      ...(missing.gone.length > 0 ? [t("off_withheld_gone", { n: missing.gone.length })] : []),
      ...(layout ? [namesOf(layout, [...missing.held, ...missing.gone])] : []),
      ...Object.entries(missing.short).map(([pool, n]) =>
        t("off_withheld_left", { n, pool: pools.get(pool) ?? pool }),
      ),
    ].join(" ");
  }
  return inFull(failure);
}
