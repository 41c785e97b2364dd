/** Every sale of the organizer, live, and their flash promos below. */

import { useEffect, useState } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { explain } from "../../shared/app/refusals";
import { live } from "../../shared/app/services";
import { dayAndClock } from "../../shared/format/time";
import { locale } from "../../shared/i18n";
import { changed } from "../../shared/live/watch";
import type { SaleCard } from "../../shared/sale/sales";
import { Button } from "../../shared/ui/controls";
import { Loaded } from "../../shared/ui/loaded";
import { Badge, Notice } from "../../shared/ui/signs";
import { useTitle } from "../../shared/ui/title";
import type { Counters } from "../../shared/wire/messages";
import { organizerSales } from "../api";
import { t } from "../words";
import { PromoBoard } from "./promo-board";

const WATCHED_MAX = 30;

const sales = new Loading(() => organizerSales(null));

function SaleLine({ sale }: { sale: SaleCard }) {
  const [told, setTold] = useState<{ counters: Counters | null; state: SaleCard["state"] }>({
    counters: null,
    state: sale.state,
  });
  useEffect(() => {
    const watch = live.watch(sale.id, ["counters"], {
      snapshot: (answer) => setTold({ counters: answer.counters ?? null, state: answer.state }),
      event: (event) =>
        setTold((now) => ({
          counters:
            event.on === "counters" && now.counters ? { ...now.counters, ...changed(event) } : now.counters,
          state: event.on === "state" ? event.state : now.state,
        })),
    });
    return () => watch.stop();
  }, [sale.id]);
  const number = (value: number | undefined) =>
    value === undefined ? "–" : new Intl.NumberFormat(locale.value).format(value);
  return (
    <tr>
      <th scope="row">
        <a href={`/dashboard/${sale.id}`}>{sale.name || sale.id}</a>
        <span class="small soft sale-when">
          {[sale.venue_name, dayAndClock(sale.starts_at || sale.opens_at, sale.zone, locale.value)]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </th>
      <td>
        <Badge {...(told.state === "open" ? { kind: "open" as const } : {})}>
          {t(`dash_state_${told.state}`)}
        </Badge>
      </td>
      <td class="figure">
        {number(told.counters?.sold)} / {number(sale.stock)}
      </td>
      <td class="figure">{number(told.counters?.waiting)}</td>
      <td class="figure">{number(told.counters?.viewers)}</td>
    </tr>
  );
}

function Table({ sales: shown }: { sales: readonly SaleCard[] }) {
  return (
    <div class="panel table-panel">
      <table>
        <thead>
          <tr>
            <th scope="col">{t("dash_event")}</th>
            <th scope="col">{t("dash_state")}</th>
            <th scope="col">{t("dash_sold")}</th>
            <th scope="col">{t("dash_waiting")}</th>
            <th scope="col">{t("dash_viewers")}</th>
          </tr>
        </thead>
        <tbody>
          {shown.slice(0, WATCHED_MAX).map((sale) => (
            <SaleLine key={sale.id} sale={sale} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

export default function Sales() {
  const [failure, setFailure] = useState<unknown>(null);
  useTitle(t("dash_title"));
  useEffect(() => void sales.again(), []);
  const more = (after: string) =>
    organizerSales(after)
      .then((page) => {
        const before = sales.value.peek()?.items ?? [];
        sales.value.value = { items: [...before, ...page.items], next: page.next };
      })
      .catch(setFailure);
  return (
    <div class="board">
      <h1 class="title">{t("dash_sales")}</h1>
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
      <Loaded of={sales} part>
        {({ items, next }) => (
          <>
            <Table sales={items} />
            {next && (
              <span>
                <Button onClick={() => void more(next)}>{t("dash_more")}</Button>
              </span>
            )}
          </>
        )}
      </Loaded>
      <PromoBoard />
    </div>
  );
}
