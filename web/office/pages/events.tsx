/** Every sale of the organizer, live, and their flash promos below. */

import { useEffect, useLayoutEffect } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { money } from "../../shared/format/money";
import { moment } from "../../shared/format/time";
import { locale } from "../../shared/i18n";
import type { SaleCard } from "../../shared/sale/sales";
import { Button } from "../../shared/ui/controls";
import { save } from "../../shared/ui/file";
import { Loaded } from "../../shared/ui/loaded";
import { reader } from "../../shared/ui/moments";
import { Badge, Notice } from "../../shared/ui/signs";
import { organizerSales } from "../api";
import { SaleList } from "../sale-list";
import { holdsAny } from "../shell/places";
import { Header } from "../ui/header";
import { run } from "../ui/jobs";
import { ListSearch } from "../ui/list-search";
import { csv } from "../ui/rows";
import { type Shown, Table } from "../ui/table";
import { now, useWatched } from "../watched";
import { permissions } from "../who";
import { t } from "../words";
import { eventTabs } from "./event-list";
import { PromoBoard } from "./promo-board";

const SEARCHED_MIN = 8; // fewer are seen at a glance

const list = new SaleList(organizerSales);

const number = (value: number | null | undefined) =>
  value === undefined || value === null ? "–" : new Intl.NumberFormat(locale.value).format(value);

const leave = () => {
  list.top_px = scrollY;
};

function columns(): Shown<SaleCard>[] {
  return [
    {
      id: "name",
      name: t("dash_event"),
      value: (sale) => sale.name || sale.id,
      shows: (sale) => (
        <>
          <a href={`/office/sales/${sale.id}`} onClick={leave}>
            {sale.name || sale.id}
          </a>
          {sale.venue_name && <span class="small soft sale-when">{sale.venue_name}</span>}
        </>
      ),
    },
    {
      id: "when",
      name: t("off_when"),
      value: (sale) => sale.starts_at || sale.opens_at,
      shows: (sale) => moment(sale.starts_at || sale.opens_at, sale.zone, reader.value),
    },
    {
      id: "state",
      name: t("dash_state"),
      value: (sale) => t(`dash_state_${now(sale).state}`),
      shows: (sale) => {
        const { state } = now(sale);
        return (
          <Badge {...(state === "open" ? { kind: "open" as const } : {})}>{t(`dash_state_${state}`)}</Badge>
        );
      },
    },
    {
      id: "sold",
      name: t("dash_sold"),
      figure: true,
      value: (sale) => now(sale).counters?.sold ?? (sale.left === null ? null : sale.stock - sale.left),
      shows: (sale) => `${number(now(sale).counters?.sold)} / ${number(sale.stock)}`,
    },
    {
      id: "taken",
      name: t("dash_revenue"),
      figure: true,
      value: (sale) => now(sale).takings?.revenue ?? null,
      shows: (sale) => {
        const { takings } = now(sale);
        return takings ? money(takings.revenue, sale.currency, locale.value) : "–";
      },
    },
    {
      id: "waiting",
      name: t("dash_waiting"),
      figure: true,
      value: (sale) => now(sale).counters?.waiting ?? null,
      shows: (sale) => number(now(sale).counters?.waiting),
    },
    {
      id: "viewers",
      name: t("dash_viewers"),
      figure: true,
      value: (sale) => now(sale).counters?.viewers ?? null,
      shows: (sale) => number(now(sale).counters?.viewers),
    },
  ];
}

/** All of them, page by page, while one does something else. */
function saveAll(): void {
  const words = list.words.peek();
  void run("sales", t("off_save_csv"), async (progress, stopped) => {
    const found: SaleCard[] = [];
    let after: string | null = null;
    do {
      const page = await organizerSales(words, after);
      found.push(...page.items);
      progress(found.length);
      after = page.next;
    } while (after !== null && !stopped.aborted);
    if (!stopped.aborted) save(`${t("off_events")}.csv`, "text/csv", csv(found, columns().slice(0, 4)));
    return t("off_saved_rows", { n: found.length });
  });
}

/** Once the list is there: to where it was left. */
function Kept({ sales, more }: { sales: readonly SaleCard[]; more: boolean }) {
  useWatched(sales);
  useLayoutEffect(() => {
    if (list.top_px > 0) scrollTo(0, list.top_px);
  }, []);
  const searched = sales.length >= SEARCHED_MIN || list.words.value !== "";
  return (
    <Table
      name={t("off_events")}
      columns={columns()}
      rows={sales}
      id={({ id }) => id}
      {...(searched
        ? { search: <ListSearch words={list.words.value} search={(words) => list.search(words)} /> }
        : {})}
      {...(more ? { onSave: saveAll } : {})}
      empty={{
        title: t("off_events_empty"),
        text: t("off_events_empty_text"),
        action: <code>aforo sale create --help</code>,
      }}
      below={
        more && (
          <span>
            <Button onClick={() => void list.more()}>{t("dash_more")}</Button>
          </span>
        )
      }
    />
  );
}

export default function Events() {
  const failure = list.read.failure.value;
  useEffect(() => void list.read.again(), []);
  return (
    <div class="board">
      <Header title={t("off_events")} tabs={eventTabs("sales")} />
      <Loaded of={list.read} part>
        {({ items, next }) => (
          <>
            {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
            <Kept sales={items} more={next !== null} />
          </>
        )}
      </Loaded>
      {holdsAny(permissions.value, ["promo:read"]) && <PromoBoard />}
    </div>
  );
}
