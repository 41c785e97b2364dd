/** Home: what is on sale, what comes, and flash promos near you. */

import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { live } from "../../shared/app/services";
import { price } from "../../shared/format/price";
import { cardDate, clock } from "../../shared/format/time";
import { locale, t } from "../../shared/i18n";
import { changed } from "../../shared/live/watch";
import { ChangedBadge, dateless, dateWords, movedWords } from "../../shared/sale/changed";
import { listSales, type SaleCard } from "../../shared/sale/sales";
import { Button } from "../../shared/ui/controls";
import { Loaded } from "../../shared/ui/loaded";
import { bothClocks, Moment, reader } from "../../shared/ui/moments";
import { Picture } from "../../shared/ui/picture";
import { Notice } from "../../shared/ui/signs";
import { useTitle } from "../../shared/ui/title";
import type { PromoShape } from "../../shared/wire/contract";
import type { Counters, SaleState } from "../../shared/wire/messages";
import { stockOf } from "../sale/stock";
import { Standing } from "./standing";
import "./home.css";

/** A socket may watch 40 topics; the rest of a long list shows what the list said. */
const WATCHED_MAX = 24;

type Filter = "all" | "open" | "soon";
const IN: Record<Filter, readonly SaleState[]> = {
  all: ["scheduled", "lobby", "open", "paused", "closed", "ended"],
  open: ["open", "paused"],
  soon: ["scheduled", "lobby"],
};

interface Told {
  state: SaleState;
  counters: Counters | null;
}

let near: string | null = null;
const sales = new Loading(() => listSales(near));
const told = signal<Record<string, Told>>({});

function list(place: string | null): void {
  near = place;
  void sales.again();
}

function tell(id: string, change: Partial<Told>, fallback: SaleState): void {
  const before = told.value[id] ?? { state: fallback, counters: null };
  told.value = { ...told.value, [id]: { ...before, ...change } };
}

export function useLiveCards(shown: readonly SaleCard[] | null): void {
  const ids = (shown ?? []).slice(0, WATCHED_MAX).map((sale) => sale.id);
  useEffect(() => {
    const watches = (shown ?? []).slice(0, WATCHED_MAX).map((sale) =>
      live.watch(sale.id, ["counters"], {
        snapshot: (answer) =>
          tell(sale.id, { state: answer.state, counters: answer.counters ?? null }, sale.state),
        event: (event) => {
          const before = told.value[sale.id];
          if (event.on === "state") tell(sale.id, { state: event.state }, sale.state);
          if (event.on === "counters" && before?.counters) {
            tell(sale.id, { counters: { ...before.counters, ...changed(event) } }, sale.state);
          }
        },
      }),
    );
    return () => {
      for (const watch of watches) watch.stop();
    };
  }, [ids.join()]);
}

export function Card({ sale, first }: { sale: SaleCard; first: boolean }) {
  const tag = locale.value;
  const date = cardDate(sale.starts_at, sale.zone, reader.value);
  const known = told.value[sale.id];
  const state = known?.state ?? sale.state;
  return (
    <li>
      <a class="ticket ticket-across card" href={`/s/${sale.id}`}>
        <Picture
          id={sale.id}
          pictures={sale.pictures ?? []}
          alt=""
          sizes="(min-width: 64rem) 15rem, (min-width: 48rem) 9rem, 100vw"
          first={first}
          class="card-picture"
        />
        <div class="ticket-body card-body">
          <span class="card-date figure" aria-hidden="true">
            <span class="card-day">{dateless(sale) ? "–" : date.day}</span>
            {!dateless(sale) && <span class="card-month">{date.month}</span>}
            {!dateless(sale) && date.year && <span class="card-year">{date.year}</span>}
          </span>
          <div class="card-what">
            <h2 class="card-name">{sale.name}</h2>
            {sale.venue_name && <span class="soft">{sale.venue_name}</span>}
            <span class="soft" aria-hidden="true" hidden={dateless(sale)}>
              <Moment
                at={sale.starts_at}
                zone={sale.zone}
                there={`${date.weekday}, ${clock(sale.starts_at, sale.zone, tag)}`}
              />
            </span>
            {sale.status === "moved" && <span class="small soft">{movedWords(sale)}</span>}
            <span class="visually-hidden">{dateWords(bothClocks(sale.starts_at, sale.zone), sale)}</span>
            {sale.distance_m !== null && (
              <span class="small faint">
                {t("kilometres_away", { km: Math.max(1, Math.round(sale.distance_m / 1000)) })}
              </span>
            )}
          </div>
        </div>
        <div class="ticket-stub card-stub">
          <ChangedBadge of={sale} />
          <Standing
            state={state}
            times={sale}
            stock={stockOf(sale.stock, known?.counters ?? null, sale.left)}
          />
          {sale.price_from !== null && (
            <span class="card-price">
              {sale.price_from > 0 && <span class="small soft">{t("from")} </span>}
              <span class="figure">{price(sale.price_from, sale.currency)}</span>
              {sale.concession_from !== null && (
                <span class="small soft card-concession">
                  {sale.concession_from === 0
                    ? t("concessions_free")
                    : t("concessions_from", { price: price(sale.concession_from, sale.currency) })}
                </span>
              )}
            </span>
          )}
        </div>
      </a>
    </li>
  );
}

const RANK: Record<SaleState, number> = { open: 0, paused: 0, lobby: 0, scheduled: 1, closed: 2, ended: 2 };

function rank(sale: SaleCard): number {
  return RANK[told.value[sale.id]?.state ?? sale.state];
}

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function Near({ promos }: { promos: PromoShape[] }) {
  return (
    <section class="stack" aria-labelledby="near">
      <h2 class="title" id="near">
        {t("promos_here")}
      </h2>
      <ul class="near">
        {promos.slice(0, 4).map((promo) => (
          <li key={promo.id}>
            <a class="near-promo" href="/promos">
              <span class="near-name">{promo.product}</span>
              <span class="small">{promo.store.name}</span>
              <span class="near-price figure">{price(promo.price, promo.currency)}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Nothing({ sought, all, onShowAll }: { sought: boolean; all: boolean; onShowAll(): void }) {
  return (
    <div class="stack">
      <p class="lead">{sought ? t("nothing_found") : t("no_events")}</p>
      {(sought || !all) && (
        <span>
          <Button onClick={onShowAll}>{t("show_all")}</Button>
        </span>
      )}
    </div>
  );
}

export default function Home() {
  useTitle(null);
  const [words, setWords] = useState("");
  const [filter, setFilter] = useState<Filter>("all");
  const [locating, setLocating] = useState<"no" | "asking" | "yes" | "refused">("no");
  const [promos, setPromos] = useState<PromoShape[]>([]);
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => list(null), []);
  const sought = plain(words.trim());
  useLiveCards(sales.value.value);
  const fitting = (all: readonly SaleCard[]) =>
    all
      .filter(
        (sale) =>
          IN[filter].includes(told.value[sale.id]?.state ?? sale.state) &&
          plain(`${sale.name} ${sale.venue_name} ${sale.address}`).includes(sought),
      )
      .sort((a, b) => rank(a) - rank(b)); // stable: soonest first within each

  const nearMe = () => {
    setLocating("asking");
    navigator.geolocation?.getCurrentPosition(
      ({ coords }) => {
        setLocating("yes");
        list(`${coords.latitude.toFixed(3)},${coords.longitude.toFixed(3)}`);
        const { latitude, longitude, accuracy: accuracy_m } = coords;
        void live
          .ask("promos", { latitude, longitude, accuracy_m })
          .then((answer) => setPromos(answer.promos))
          .catch(() => setPromos([])); // the promos page says why
      },
      () => setLocating("refused"),
      { maximumAge: 600_000, timeout: 10_000 },
    );
    if (!navigator.geolocation) setLocating("refused");
  };

  const showAll = () => {
    setWords("");
    setFilter("all");
    search.current?.focus();
  };

  return (
    <div class="page stack-wide">
      <h1 class="poster home-title">{t("home_title")}</h1>
      <search class="home-search">
        <input
          ref={search}
          class="input"
          type="search"
          aria-label={t("search_events")}
          placeholder={t("search_events")}
          value={words}
          onInput={(input) => setWords(input.currentTarget.value)}
        />
        <span class="row">
          {(["all", "open", "soon"] as const).map((choice) => (
            <button
              key={choice}
              type="button"
              class="chip"
              aria-pressed={filter === choice}
              onClick={() => setFilter(choice)}
            >
              {t(`filter_${choice}`)}
            </button>
          ))}
          <button type="button" class="chip" aria-pressed={locating === "yes"} onClick={nearMe}>
            {locating === "asking" ? t("locating") : t("near_me")}
          </button>
        </span>
      </search>
      {locating === "refused" && <Notice>{t("no_position")}</Notice>}
      {promos.length > 0 && <Near promos={promos} />}
      <Loaded of={sales} part>
        {(all) => {
          const shown = fitting(all);
          return (
            <>
              <p class="visually-hidden" role="status">
                {t("events_found", { n: shown.length })}
              </p>
              {shown.length > 0 ? (
                <ul class="cards">
                  {shown.map((sale, nth) => (
                    <Card key={sale.id} sale={sale} first={nth === 0} />
                  ))}
                </ul>
              ) : (
                <Nothing sought={sought !== ""} all={filter === "all"} onShowAll={showAll} />
              )}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}
