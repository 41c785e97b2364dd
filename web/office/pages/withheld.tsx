/**
 * What is withheld from a sale: listed, released, and withheld anew while it runs. Guarantees: what is released is asked about
 * first; where something is held or sold, it says how much.
 */

import { useEffect, useId, useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { Refusal } from "../../shared/live/errors";
import type { FollowedSale } from "../../shared/sale/followed";
import { Button, Field } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import type { AllocationShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { Choose } from "../ui/choose";
import { DryRun } from "../ui/dry-run";
import { missingOf, seatsOf, unitsOf } from "../withheld";
import { t } from "../words";
import { on } from "./relation";
import { useActing } from "./settings/acting";

const PURPOSES = ["artist", "sponsor", "press", "house", "accessibility", "other"] as const;
const NAME_CHARS_MAX = 200;

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
        <Adding
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

function about(sale: FollowedSale, { purpose, seats, units, release_at }: AllocationShape): string {
  const pools = new Map(sale.info.value?.pools.map(({ id, name }) => [id, name]));
  return [
    t(`off_withheld_for_${purpose}`),
    ...(seats.length > 0 ? [t("off_withheld_seats", { n: seats.length })] : []),
    ...Object.entries(units).map(([pool, n]) => `${pools.get(pool) ?? pool}: ${n}`),
    ...(release_at === null ? [] : [t("off_withheld_until", { time: on(release_at) })]),
  ].join(" · ");
}

function Adding({ sale, onEnd }: { sale: FollowedSale; onEnd(made: boolean): void }) {
  const [name, setName] = useState("");
  const [purpose, setPurpose] = useState<(typeof PURPOSES)[number]>("sponsor");
  const [seats, setSeats] = useState("");
  const [units, setUnits] = useState<Record<string, string>>({});
  const [until, setUntil] = useState("");
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const id = useId();
  const info = sale.info.value;
  if (!info) return null;
  const make = async (event: Event) => {
    event.preventDefault();
    const [named, counted] = [seatsOf(seats), unitsOf(units)];
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
        ...(until.trim() ? { release: until } : {}),
      };
      await ask("POST /api/sales/{sale}/allocations", { parts: { sale: sale.id }, body });
      onEnd(true);
    } catch (failure) {
      setWrong(whatIsWrong(failure, new Map(info.pools.map((pool) => [pool.id, pool.name]))));
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
      {info.seats > 0 && (
        <div class="field">
          <label for={`${id}-seats`}>{t("off_withheld_which")}</label>
          <span class="hint" id={`${id}-hint`}>
            {t("off_withheld_which_hint")}
          </span>
          <textarea
            id={`${id}-seats`}
            class="input"
            rows={3}
            value={seats}
            aria-describedby={`${id}-hint`}
            onInput={(event) => setSeats(event.currentTarget.value)}
          />
        </div>
      )}
      {info.pools.map((pool) => (
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

function whatIsWrong(failure: unknown, pools: ReadonlyMap<string, string>): string {
  const missing = missingOf(failure);
  if (missing !== null) {
    return [
      explain(failure),
      ...(missing.held > 0 ? [t("off_withheld_held", { n: missing.held })] : []),
      ...(missing.gone > 0 ? [t("off_withheld_gone", { n: missing.gone })] : []),
      ...Object.entries(missing.short).map(([pool, n]) =>
        t("off_withheld_left", { n, pool: pools.get(pool) ?? pool }),
      ),
    ].join(" ");
  }
  const fields =
    failure instanceof Refusal ? (failure.detail as { fields?: { message: string }[] }).fields : null;
  return fields?.map(({ message }) => message).join("; ") || explain(failure);
}
