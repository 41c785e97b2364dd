/** One event: when and where, what may be done to it, its sales, and the dates of its series. */

import { useState } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { dateless, movedWords } from "../../shared/sale/changed";
import { Button } from "../../shared/ui/controls";
import { page } from "../../shared/ui/loaded";
import { bothClocks, keptMoment } from "../../shared/ui/moments";
import { Badge, Notice } from "../../shared/ui/signs";
import type { EventCardShape, EventShownShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { holdsAny } from "../shell/places";
import { Header } from "../ui/header";
import { permissions } from "../who";
import { Adding } from "./event/adding";
import { Changing } from "./event/changing";
import { GivingBack } from "./event/giving-back";
import { EventStatus } from "./event/status";
import { t } from "./event/words";
import { StoryOf } from "./phases/story";

class ShownEvent {
  readonly read: Loading<EventShownShape>;

  constructor(readonly id: string) {
    this.read = new Loading(() => ask("GET /api/events/{event}", { parts: { event: id } }));
  }
}

const known = new Map<string, ShownEvent>();

function eventOf({ id }: { id: string }): ShownEvent {
  const found = known.get(id) ?? new ShownEvent(id);
  known.set(id, found);
  return found;
}

function When({ shown }: { shown: EventShownShape }) {
  const { event } = shown;
  return (
    <section class="panel stack-tight" aria-label={t("off_when")}>
      <h2 class="tag">{t("off_when")}</h2>
      <p class={dateless(event) ? "soft" : ""}>
        {dateless(event) ? (
          <s>{keptMoment(event.starts_at, event.zone)}</s>
        ) : (
          bothClocks(event.starts_at, event.zone)
        )}
      </p>
      {event.status === "moved" && <p class="small soft">{movedWords(event)}</p>}
      {shown.venue_name && <p>{shown.venue_name}</p>}
      {shown.clock_moved && <Notice kind="bad">{t("evt_clock_moved", { zone: event.zone })}</Notice>}
    </section>
  );
}

function Sales({ shown }: { shown: EventShownShape }) {
  const { zone } = shown.event;
  return (
    <section class="panel stack-tight" aria-label={t("evt_on_sale")}>
      <h2 class="tag">{t("evt_on_sale")}</h2>
      {shown.sales.length === 0 && <p class="soft">{t("evt_no_sale")}</p>}
      <ul class="stack-tight">
        {shown.sales.map((sale) => (
          <li key={sale.id} class="spread">
            <div class="stack-tight">
              <a href={`/office/sales/${sale.id}`}>{sale.id}</a>
              <span class="small soft sale-when">
                {t("evt_opens", { time: keptMoment(sale.opens_at, zone) })} ·{" "}
                {t("evt_closes", { time: keptMoment(sale.closes_at, zone) })}
              </span>
              <StoryOf sale={sale.id} />
              <a href={`/office/sales/${sale.id}/phases`}>{t("dash_phases")}</a>
            </div>
            <Badge {...(sale.state === "open" ? { kind: "open" as const } : {})}>
              {t(`dash_state_${sale.state}`)}
            </Badge>
          </li>
        ))}
      </ul>
    </section>
  );
}

function DateLine({ date, current }: { date: EventCardShape; current: boolean }) {
  const when = keptMoment(date.starts_at, date.zone);
  return (
    <li class="spread">
      {current ? <strong>{when}</strong> : <a href={`/office/events/${date.id}`}>{when}</a>}
      <EventStatus status={date.status} />
    </li>
  );
}

function Dates({ shown, onDone }: { shown: EventShownShape; onDone(): void }) {
  const [adding, setAdding] = useState(false);
  const { event, dates } = shown;
  return (
    <section class="panel stack" aria-label={t("evt_dates", { name: event.series?.name ?? event.name })}>
      <h2 class="tag">{t("evt_dates", { name: event.series?.name ?? event.name })}</h2>
      {dates.length > 0 && (
        <ul class="stack-tight" data-testid="dates">
          {dates.map((date) => (
            <DateLine key={date.id} date={date} current={date.id === event.id} />
          ))}
        </ul>
      )}
      {holdsAny(permissions.value, ["event:edit"]) && (
        <span>
          <Button onClick={() => setAdding(true)}>{t("evt_add")}</Button>
        </span>
      )}
      {adding && (
        <Adding
          shown={shown}
          onClose={() => setAdding(false)}
          onDone={() => {
            setAdding(false);
            onDone();
          }}
        />
      )}
    </section>
  );
}

function Overview({ of, data: shown }: { of: ShownEvent; data: EventShownShape }) {
  const again = () => void of.read.again();
  return (
    <div class="board">
      <Header
        title={shown.event.name}
        subtitle={t("evt_overview")}
        back={{ path: "/office/events/list", name: t("evt_all") }}
        actions={<EventStatus status={shown.event.status} />}
      />
      <Changing shown={shown} onDone={again} />
      <When shown={shown} />
      <Sales shown={shown} />
      <GivingBack shown={shown} />
      <Dates shown={shown} onDone={again} />
    </div>
  );
}

export default page({
  of: eventOf,
  loads: (event) => event.read,
  begins: (event) => {
    if (event.read.value.peek() !== null) void event.read.again();
    return () => undefined;
  },
  shows: Overview,
});
