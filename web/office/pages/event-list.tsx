/** All events of the organizer: those without a date, those to come, soonest first, then those that were. */

import { useEffect } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { dateless, dateWords } from "../../shared/sale/changed";
import { Button } from "../../shared/ui/controls";
import { Loaded } from "../../shared/ui/loaded";
import { keptMoment } from "../../shared/ui/moments";
import type { EventCardShape, EventPageShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { Header } from "../ui/header";
import { ListSearch } from "../ui/list-search";
import { type Shown, Table } from "../ui/table";
import { EventStatus } from "./event/status";
import { t } from "./event/words";

const SEARCHED_MIN = 8; // fewer are seen at a glance

let words = "";
let wanted = 1;
const list = new Loading(async (): Promise<EventPageShape> => {
  const items: EventCardShape[] = [];
  let next: string | null = null;
  do {
    const query = { ...(words ? { q: words } : {}), ...(next ? { after: next } : {}) };
    const page: EventPageShape = await ask("GET /api/events", { query });
    items.push(...page.items);
    next = page.next;
  } while (next !== null && items.length < wanted);
  return { items, next };
});

function search(typed: string): void {
  if (typed === words) return;
  words = typed;
  wanted = 1;
  void list.again();
}

export function eventTabs(current: "sales" | "events") {
  return [
    { path: "/office/events", name: t("evt_on_sale"), current: current === "sales" },
    { path: "/office/events/list", name: t("evt_all"), current: current === "events" },
  ];
}

function columns(): Shown<EventCardShape>[] {
  return [
    {
      id: "name",
      name: t("evt_name"),
      value: (event) => event.name,
      shows: (event) => (
        <>
          <a href={`/office/events/${event.id}`}>{event.name}</a>
          {(event.series_name || event.venue_name) && (
            <span class="small soft sale-when">
              {[event.series_name, event.venue_name].filter(Boolean).join(" · ")}
            </span>
          )}
        </>
      ),
    },
    {
      id: "when",
      name: t("off_when"),
      value: (event) => (dateless(event) ? "" : event.starts_at),
      shows: (event) => (dateless(event) ? "–" : dateWords(keptMoment(event.starts_at, event.zone), event)),
    },
    {
      id: "status",
      name: t("dash_state"),
      value: (event) => t(`evt_status_${event.status}`),
      shows: (event) => <EventStatus status={event.status} />,
    },
    {
      id: "sales",
      name: t("evt_on_sale"),
      value: (event) => event.sales.map((sale) => t(`dash_state_${sale.state}`)).join(", "),
      shows: (event) =>
        event.sales.length === 0
          ? "–"
          : event.sales.map((sale) => (
              <a key={sale.id} class="sale-when" href={`/office/sales/${sale.id}`}>
                {t(`dash_state_${sale.state}`)}
              </a>
            )),
    },
  ];
}

export default function EventList() {
  useEffect(() => void list.again(), []);
  return (
    <div class="board">
      <Header title={t("off_events")} subtitle={t("evt_all")} tabs={eventTabs("events")} />
      <Loaded of={list} part>
        {({ items, next }) => (
          <Table
            name={t("evt_all")}
            columns={columns()}
            rows={items}
            id={({ id }) => id}
            {...(items.length >= SEARCHED_MIN || words
              ? { search: <ListSearch words={words} search={search} /> }
              : {})}
            empty={{ title: t("evt_empty"), text: t("evt_empty_text") }}
            below={
              next !== null && (
                <span>
                  <Button
                    onClick={() => {
                      wanted = items.length + 1;
                      void list.again();
                    }}
                  >
                    {t("dash_more")}
                  </Button>
                </span>
              )
            }
          />
        )}
      </Loaded>
    </div>
  );
}
