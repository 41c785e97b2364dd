/** Reports: the receipts of a month, what they add up to, and whether a number is missing. */

import { useEffect, useId, useMemo, useState } from "preact/hooks";
import { Loading } from "../../../shared/app/loading";
import { money } from "../../../shared/format/money";
import { locale } from "../../../shared/i18n";
import { Button } from "../../../shared/ui/controls";
import { save } from "../../../shared/ui/file";
import { Loaded } from "../../../shared/ui/loaded";
import type { ListedReceiptShape, MonthShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { type Shown, Table } from "../../ui/table";
import { useActing } from "../settings/acting";
import { t } from "./words";

const amount = (value: number, currency: string) => money(value, currency, locale.value);

function columns(zone: string): Shown<ListedReceiptShape>[] {
  const date = new Intl.DateTimeFormat(locale.value, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: zone,
  });
  return [
    { id: "number", name: t("rep_number"), value: ({ number }) => number, shows: ({ number }) => number },
    {
      id: "issued",
      name: t("rep_issued"),
      value: ({ issued_at }) => issued_at,
      shows: ({ issued_at }) => date.format(new Date(issued_at)),
    },
    { id: "order", name: t("rep_order"), value: ({ code }) => code, shows: ({ code }) => code },
    {
      id: "total",
      name: t("rep_total"),
      figure: true,
      value: ({ total }) => total,
      shows: ({ total, currency }) => amount(total, currency),
    },
    {
      id: "tax",
      name: t("rep_tax"),
      figure: true,
      value: ({ tax }) => tax,
      shows: ({ tax, currency }) => amount(tax, currency),
    },
  ];
}

async function readMonth(month: string, after: string | null = null): Promise<MonthShape> {
  const query = { ...(month ? { month } : {}), ...(after ? { after } : {}) };
  return await ask("GET /api/receipts", { query });
}

export function Receipts() {
  const [month, setMonth] = useState("");
  const read = useMemo(() => new Loading(() => readMonth(month)), [month]);
  const { busy, act, refused } = useActing();
  useEffect(() => void read.load(), [read]);
  const more = (shown: MonthShape) =>
    act(async () => {
      const next = await readMonth(shown.month, shown.next);
      read.value.value = { ...next, items: [...shown.items, ...next.items] };
    });
  const exported = (shown: MonthShape) =>
    act(async () => {
      const text = await ask("GET /api/receipts/export", { query: { month: shown.month } });
      save(`receipts-${shown.month}.csv`, "text/csv", text);
    });
  return (
    <section class="stack" aria-label={t("rep_receipts")}>
      <h2>{t("rep_receipts")}</h2>
      {refused}
      <Loaded of={read} part>
        {(shown) => (
          <>
            <Table
              name={t("rep_receipts")}
              columns={columns(shown.zone)}
              rows={shown.items}
              id={({ number }) => number}
              empty={{ title: t("rep_no_receipts"), text: t("rep_no_receipts_text") }}
              tools={
                <>
                  <Month value={shown.month} onValue={setMonth} />
                  <Button busy={busy} onClick={() => void exported(shown)}>
                    {t("rep_export")}
                  </Button>
                </>
              }
              below={<Sums month={shown} />}
            />
            {shown.next !== null && (
              <span>
                <Button busy={busy} onClick={() => void more(shown)}>
                  {t("show_more")}
                </Button>
              </span>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}

function Month({ value, onValue }: { value: string; onValue(month: string): void }) {
  const id = useId();
  return (
    <span class="field">
      <label for={id}>{t("rep_month")}</label>
      <input
        id={id}
        class="input"
        type="month"
        value={value}
        onChange={(event) => event.currentTarget.value && onValue(event.currentTarget.value)}
      />
    </span>
  );
}

/** What a month adds up to, and whether a number is missing, in words. */
function Sums({ month }: { month: MonthShape }) {
  if (month.sums.length === 0) return null;
  return (
    <div class="stack-tight small">
      {month.sums.map(({ currency, receipts, total, tax }) => (
        <p key={currency}>
          {t("rep_sum", { n: receipts, total: amount(total, currency), tax: amount(tax, currency) })}
        </p>
      ))}
      <p>{t(month.gapless ? "rep_gapless" : "rep_gaps")}</p>
    </div>
  );
}
