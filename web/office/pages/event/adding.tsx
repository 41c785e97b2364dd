/** Adding dates by a rule: every date is shown first, as it would be, and nothing is made until then. */

import { useState } from "preact/hooks";
import { explain } from "../../../shared/app/refusals";
import { Button, Check, Field } from "../../../shared/ui/controls";
import { useForm } from "../../../shared/ui/form";
import { keptMoment } from "../../../shared/ui/moments";
import { Dialog, Notice } from "../../../shared/ui/signs";
import type { DatesInput, DatesShape, EventShownShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { tell } from "../../ui/toasts";
import { t } from "./words";

export const WEEKDAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const;

/** "20:30" of a moment, by the clocks of the zone. */
function clockOf(at: string, zone: string): string {
  const shown = { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return new Intl.DateTimeFormat("en-GB", shown).format(new Date(at));
}

interface Adds {
  shown: EventShownShape;
  onDone(): void;
  onClose(): void;
}

export function Adding({ shown, onDone, onClose }: Adds) {
  const { id, zone, starts_at, name, series } = shown.event;
  const [days, setDays] = useState<readonly (typeof WEEKDAYS)[number][]>([]);
  const [none, setNone] = useState(false);
  const [planned, setPlanned] = useState<DatesShape | null>(null);
  const missing = (value: string) => (value === "" ? t("evt_missing") : null);
  const form = useForm(
    { at: clockOf(starts_at, zone), from: "", until: "", skip: "", series: series?.name ?? name },
    { at: missing, from: missing, until: missing },
  );
  const asked = (preview: boolean) =>
    ask("POST /api/events/{event}/dates", {
      parts: { event: id },
      query: { preview: String(preview) },
      body: bodyOf(),
    });
  const bodyOf = (): DatesInput => {
    const { at, from, until, skip, series: named } = form.values;
    const except = skip.split(/[\s,;]+/).filter(Boolean);
    return { rule: { every: [...days], at, from, until, except }, ...(series ? {} : { series: named }) };
  };
  const preview = form.submit(async () => {
    setNone(days.length === 0);
    if (days.length > 0) setPlanned(await asked(true));
  });
  const make = form.submit(async () => {
    const made = await asked(false);
    tell(t("evt_add_made", { n: made.dates.filter((date) => date.event_id).length }));
    onDone();
  });
  const fresh = planned?.dates.filter((date) => !date.wrong && !date.there).length ?? 0;
  const changed = (is: () => void) => {
    is();
    setPlanned(null);
  };
  const field = (of: "at" | "from" | "until" | "skip" | "series") => {
    const bound = form.field(of);
    return { ...bound, onValue: (value: string) => changed(() => bound.onValue(value)) };
  };
  return (
    <Dialog title={t("evt_add")} open asks onClose={onClose}>
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void preview(event)}>
        <p class="soft">{t("evt_add_hint")}</p>
        {!series && <Field {...field("series")} label={t("evt_add_series")} maxLength={200} />}
        <fieldset class="stack-tight">
          <legend>{t("evt_add_days")}</legend>
          {WEEKDAYS.map((day) => (
            <Check
              key={day}
              label={t(`evt_day_${day}`)}
              checked={days.includes(day)}
              onChange={(on) =>
                changed(() => setDays(on ? [...days, day] : days.filter((each) => each !== day)))
              }
            />
          ))}
        </fieldset>
        {none && days.length === 0 && (
          <Notice kind="bad" urgent>
            {t("evt_add_missing")}
          </Notice>
        )}
        <Field
          {...field("at")}
          type="time"
          label={t("evt_add_at")}
          hint={t("evt_times_hint", { zone })}
          required
        />
        <Field {...field("from")} type="date" label={t("evt_add_from")} required />
        <Field {...field("until")} type="date" label={t("evt_add_until")} required />
        <Field {...field("skip")} label={t("evt_add_skip")} hint={t("evt_add_skip_hint")} optional />
        {planned && <Planned dates={planned} zone={zone} />}
        {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
        <span class="row">
          {planned === null || fresh === 0 ? (
            <Button kind="main" type="submit" busy={form.busy}>
              {t("evt_add_preview")}
            </Button>
          ) : (
            <Button kind="main" busy={form.busy} onClick={() => void make()}>
              {t("evt_add_make", { n: fresh })}
            </Button>
          )}
          <Button onClick={onClose}>{t("evt_back")}</Button>
        </span>
      </form>
    </Dialog>
  );
}

function Planned({ dates, zone }: { dates: DatesShape; zone: string }) {
  return (
    <div class="stack-tight" role="status" data-testid="planned">
      <ul class="stack-tight">
        {dates.dates.map((date) => (
          <li key={date.written}>
            {date.starts_at ? keptMoment(date.starts_at, zone) : date.written}
            {date.there && <span class="soft"> · {t("evt_add_there")}</span>}
            {date.wrong && <span class="problem"> · {date.wrong}</span>}
          </li>
        ))}
      </ul>
      <p class="small soft">{t("evt_copied")}</p>
      <p class="small soft">{t("evt_left")}</p>
    </div>
  );
}
