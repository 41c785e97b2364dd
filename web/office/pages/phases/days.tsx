/**
 * The days of a sale, and to which of them its sections and pools admit, written as a whole. Guarantees: a day that something
 * admits to can't be removed, and what admits to which day can't change once the sale has opened: both are said.
 */

import { useRef, useState } from "preact/hooks";
import { explain } from "../../../shared/app/refusals";
import { live, minute_ms } from "../../../shared/app/services";
import type { FollowedSale } from "../../../shared/sale/followed";
import { type SaleInfo, saleInfo } from "../../../shared/sale/sales";
import { Button, Check, Field } from "../../../shared/ui/controls";
import { Notice } from "../../../shared/ui/signs";
import type { SaleChange } from "../../../shared/wire/contract";
import { ask } from "../../api";
import {
  type Admits,
  admitsBody,
  admitsOf,
  bodyOf,
  type Draft,
  drafts,
  fresh,
  mistakesIn,
  problemsOf,
} from "../../days";
import { inFull } from "../../refused";
import { useUnsaved } from "../../ui/editing";
import { tell } from "../../ui/toasts";
import { t } from "./words";

const DAYS_MAX = 14;
const NAME_CHARS_MAX = 200;

interface Written {
  rows: readonly Draft[];
  admits: Admits;
}

const asStored = (info: SaleInfo): Written => {
  const rows = drafts(info.days ?? [], info.zone);
  return { rows, admits: admitsOf(info.admits ?? {}, rows) };
};

const asSent = ({ rows, admits }: Written, zone: string, opened: boolean): SaleChange => ({
  days: bodyOf(rows, zone),
  ...(opened ? {} : { admits: admitsBody(admits, rows) }),
});

export function EditDays({ sale, info }: { sale: FollowedSale; info: SaleInfo }) {
  const [written, write] = useState<Written | null>(null);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const form = useRef<HTMLFormElement>(null);
  const { rows, admits } = written ?? asStored(info);
  const opened = Date.parse(info.opens_at) <= Math.max(minute_ms.value, live.clock.now_ms());
  const mistakes = mistakesIn(rows);
  const problems = problemsOf(failure, rows);
  useUnsaved(written !== null);

  const edit = (changed: Partial<Written>) => {
    write({ rows, admits, ...changed });
    setFailure(null);
  };
  const reset = () => {
    write(null);
    setTried(false);
    setFailure(null);
  };
  const put = async (body: SaleChange) => {
    sale.info.value = saleInfo(await ask("PATCH /api/sales/{sale}", { parts: { sale: sale.id }, body }));
  };
  const save = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (busy) return;
    if (mistakes.size > 0) {
      setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    setBusy(true);
    try {
      const before = asSent(asStored(info), info.zone, opened);
      await put(asSent({ rows, admits }, info.zone, opened));
      reset();
      tell(t("phs_days_saved"), () => void put(before).catch((error) => tell(inFull(error))));
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const problem = (row: number, field: "name" | "starts") => {
    const own = tried ? mistakes.get(`${row}.${field}`) : undefined;
    return own ? t(`phs_wrong_${own}`) : (problems.get(`${row}.${field}`) ?? problems.get(`${row}.`) ?? null);
  };
  return (
    <form class="stack" noValidate ref={form} onSubmit={(event) => void save(event)}>
      {rows.length === 0 && <p class="soft">{t("phs_days_none")}</p>}
      {rows.map((draft, at) => (
        <DayRow
          key={draft.row}
          draft={draft}
          nth={at + 1}
          zone={info.zone}
          fixed={opened && Object.values(admits).some((its) => its.includes(draft.row))}
          problem={(field) => problem(draft.row, field)}
          change={(changed) =>
            edit({ rows: rows.map((each) => (each === draft ? { ...each, ...changed } : each)) })
          }
          remove={() => edit({ rows: rows.filter((each) => each !== draft) })}
        />
      ))}
      {rows.length > 0 && (
        <Admitting
          info={info}
          rows={rows}
          admits={admits}
          opened={opened}
          problem={(place) => problems.get(`admits.${place}`) ?? null}
          onAdmits={(changed) => edit({ admits: changed })}
        />
      )}
      <span class="row">
        {rows.length < DAYS_MAX && (
          <Button onClick={() => edit({ rows: [...rows, fresh(rows)] })}>{t("phs_days_add")}</Button>
        )}
        {written !== null && (
          <>
            <Button kind="main" type="submit" busy={busy}>
              {t("phs_days_save")}
            </Button>
            <Button kind="plain" onClick={reset}>
              {t("phs_discard")}
            </Button>
          </>
        )}
      </span>
      {failure !== null && (problems.size === 0 || problems.has("")) && (
        <Notice kind="bad" urgent>
          {problems.get("") ?? explain(failure)}
        </Notice>
      )}
    </form>
  );
}

interface RowProps {
  draft: Draft;
  nth: number;
  zone: string;
  /** tickets admit to it */
  fixed: boolean;
  problem(field: "name" | "starts"): string | null;
  change(changed: Partial<Draft>): void;
  remove(): void;
}

function DayRow({ draft, nth, zone, fixed, problem, change, remove }: RowProps) {
  return (
    <fieldset class="stack panel">
      <legend class="tag">{t("phs_day_nth", { n: nth })}</legend>
      <div class="room-control">
        <Field
          label={t("phs_name")}
          value={draft.name}
          maxLength={NAME_CHARS_MAX}
          required
          problem={problem("name")}
          onValue={(name) => change({ name })}
        />
        <Field
          label={t("phs_day_starts")}
          hint={t("phs_day_starts_hint", { zone })}
          type="datetime-local"
          value={draft.starts}
          required
          problem={problem("starts")}
          onValue={(starts) => change({ starts })}
        />
      </div>
      {fixed ? (
        <p class="small soft">{t("phs_day_stays")}</p>
      ) : (
        <span class="row">
          <Button kind="bad" onClick={remove}>
            {t("phs_remove")}
          </Button>
        </span>
      )}
    </fieldset>
  );
}

interface AdmittingProps {
  info: SaleInfo;
  rows: readonly Draft[];
  admits: Admits;
  opened: boolean;
  problem(place: string): string | null;
  onAdmits(admits: Admits): void;
}

function Admitting({ info, rows, admits, opened, problem, onAdmits }: AdmittingProps) {
  const toggled = (place: string, row: number, on: boolean) => {
    const its = admits[place] ?? [];
    onAdmits({ ...admits, [place]: on ? [...its, row] : its.filter((each) => each !== row) });
  };
  return (
    <section class="panel stack" aria-labelledby="admits-title">
      <h3 class="tag" id="admits-title">
        {t("phs_admits")}
      </h3>
      <p class="soft">{t(opened ? "phs_admits_fixed" : "phs_admits_explained")}</p>
      {[...info.sections, ...info.pools].map(({ id, name }) => (
        <fieldset key={id} class="stack-tight">
          <legend>{name}</legend>
          <div class="room-control">
            {rows.map((draft, at) => (
              <Check
                key={draft.row}
                label={draft.name.trim() || t("phs_day_nth", { n: at + 1 })}
                checked={(admits[id] ?? []).includes(draft.row)}
                required={false}
                disabled={opened}
                onChange={(on) => toggled(id, draft.row, on)}
              />
            ))}
          </div>
          {problem(id) && (
            <span class="problem" role="alert">
              {problem(id)}
            </span>
          )}
        </fieldset>
      ))}
    </section>
  );
}
