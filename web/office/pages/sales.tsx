/** Every sale of the organizer, live, and their flash promos below. */

import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { live } from "../../shared/app/services";
import { moment } from "../../shared/format/time";
import { locale } from "../../shared/i18n";
import { changed } from "../../shared/live/watch";
import type { SaleCard } from "../../shared/sale/sales";
import { Button, Field } from "../../shared/ui/controls";
import { Loaded } from "../../shared/ui/loaded";
import { reader } from "../../shared/ui/moments";
import { Badge, Notice } from "../../shared/ui/signs";
import { useTitle } from "../../shared/ui/title";
import type { Counters } from "../../shared/wire/messages";
import { organizerSales } from "../api";
import { SaleList } from "../sale-list";
import { t } from "../words";
import { PromoBoard } from "./promo-board";

const WATCHED_MAX = 30;
const SEARCHED_MIN = 8; // fewer are seen at a glance
const TYPED_MS = 250;

const list = new SaleList(organizerSales);

interface Told {
  counters: Counters | null;
  state: SaleCard["state"];
}

function useTold(sale: SaleCard, watched: boolean): Told {
  const [told, setTold] = useState<Told>({ counters: null, state: sale.state });
  useEffect(() => {
    if (!watched) return;
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
  }, [sale.id, watched]);
  return told;
}

function SaleLine({ sale, watched }: { sale: SaleCard; watched: boolean }) {
  const { counters, state } = useTold(sale, watched);
  const number = (value: number | undefined) =>
    value === undefined ? "–" : new Intl.NumberFormat(locale.value).format(value);
  const leave = () => {
    list.top_px = scrollY;
  };
  return (
    <tr>
      <th scope="row">
        <a href={`/dashboard/${sale.id}`} onClick={leave}>
          {sale.name || sale.id}
        </a>
        <span class="small soft sale-when">
          {[sale.venue_name, moment(sale.starts_at || sale.opens_at, sale.zone, reader.value)]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </th>
      <td data-name={t("dash_state")}>
        <Badge {...(state === "open" ? { kind: "open" as const } : {})}>{t(`dash_state_${state}`)}</Badge>
      </td>
      <td class="figure" data-name={t("dash_sold")}>
        {number(counters?.sold)} / {number(sale.stock)}
      </td>
      <td class="figure" data-name={t("dash_waiting")}>
        {number(counters?.waiting)}
      </td>
      <td class="figure" data-name={t("dash_viewers")}>
        {number(counters?.viewers)}
      </td>
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
          {shown.map((sale, nth) => (
            <SaleLine key={sale.id} sale={sale} watched={nth < WATCHED_MAX} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Search() {
  const [typed, setTyped] = useState(list.words.value);
  useEffect(() => {
    const timer = setTimeout(() => list.search(typed.trim()), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div class="list-search">
      <Field label={t("dash_search")} type="search" value={typed} onValue={setTyped} maxLength={80} />
    </div>
  );
}

/** Once the list is there: to where it was left. */
function Kept({ sales }: { sales: readonly SaleCard[] }) {
  useLayoutEffect(() => {
    if (list.top_px > 0) scrollTo(0, list.top_px);
  }, []);
  if (sales.length > 0) return <Table sales={sales} />;
  return <p class="soft">{list.words.value === "" ? t("dash_no_sales") : t("nothing_found")}</p>;
}

export default function Sales() {
  const failure = list.read.failure.value;
  useTitle(t("dash_title"));
  useEffect(() => void list.read.again(), []);
  return (
    <div class="board">
      <h1 class="title">{t("dash_sales")}</h1>
      <Loaded of={list.read} part>
        {({ items, next }) => (
          <>
            {(items.length >= SEARCHED_MIN || list.words.value !== "") && <Search />}
            {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
            <Kept sales={items} />
            {next && (
              <span>
                <Button onClick={() => void list.more()}>{t("dash_more")}</Button>
              </span>
            )}
          </>
        )}
      </Loaded>
      <PromoBoard />
    </div>
  );
}
