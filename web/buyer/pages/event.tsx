/** Event page: everything a buyer wants to know, and the one thing to do next. */

import { useState } from "preact/hooks";
import { go } from "../../shared/app/router";
import { minute_ms, now_ms } from "../../shared/app/services";
import { zoneCity } from "../../shared/format/cities";
import { price } from "../../shared/format/price";
import { clock, dayOf, momentHere } from "../../shared/format/time";
import { language, locale, t } from "../../shared/i18n";
import { ChangedBadge, ChangedNotice, dateless, movedWords } from "../../shared/sale/changed";
import type { SaleInfo } from "../../shared/sale/sales";
import { Button, buttonClass } from "../../shared/ui/controls";
import { page } from "../../shared/ui/loaded";
import { Moment, reader } from "../../shared/ui/moments";
import { Picture } from "../../shared/ui/picture";
import { Until } from "../../shared/ui/signs";
import { useTitle } from "../../shared/ui/title";
import type { SaleState } from "../../shared/wire/messages";
import { daysOf } from "../sale/days";
import { offersOf } from "../sale/offers";
import { type SaleSession, sessionOf } from "../sale/session";
import { markOf, stockOf } from "../sale/stock";
import { saleTimes } from "../sale/times";
import { DuesNote } from "./dues";
import { PhaseNotice, Phases } from "./phases";
import { Standing } from "./standing";
import { UnlockCode, useCodeOfAddress } from "./unlock";
import "./event.css";

/** When it takes place: the day, the event's clock, and the reader's where that shows something else. */
function When({ info }: { info: SaleInfo }) {
  const { starts_at, zone } = info;
  if (dateless(info)) {
    return <p class="event-day">{t(info.status === "cancelled" ? "cancelled" : "postponed")}</p>;
  }
  const here = momentHere(starts_at, zone, reader.value);
  return (
    <div>
      <p class="event-day">{dayOf(starts_at, zone, reader.value)}</p>
      <p class="event-clock figure">{clock(starts_at, zone, locale.value)}</p>
      {info.status === "moved" && <p class="small">{movedWords(info)}</p>}
      {here !== null && (
        <p class="small">
          {t("in_city", { city: zoneCity(zone, language.value) })} · {t("clock_here", { time: here })}
        </p>
      )}
    </div>
  );
}

/** Each of its days, where it has some. */
function Days({ info }: { info: SaleInfo }) {
  if (!info.days?.length) return null;
  return (
    <ul class="event-days small">
      {info.days.map((day) => (
        <li key={day.id}>
          <strong>{day.name}</strong> {!dateless(info) && <Moment at={day.starts_at} zone={info.zone} />}
        </li>
      ))}
    </ul>
  );
}

function SaleTimes({ info, state }: { info: SaleInfo; state: SaleState }) {
  return (
    <>
      {saleTimes(info, state, minute_ms.value).map(({ word, at }) => (
        <div key={word}>
          <dt class="tag">{t(word)}</dt>
          <dd>
            <Moment at={at} zone={info.zone} />
          </dd>
        </div>
      ))}
    </>
  );
}

function Act({ sale, info }: { sale: SaleSession; info: SaleInfo }) {
  const state = sale.state.value ?? info.state;
  const mark = markOf(stockOf(info.stock, sale.counters.value)).is;
  const cart = sale.cart.value;
  const open = cart && cart.state !== "ended" && cart.deadline_at_ms > now_ms.value;
  const link = (to: string, label: string) => (
    <a class={buttonClass("main", "large", true)} href={to}>
      {label}
    </a>
  );
  if (open)
    return link(`/s/${info.id}/${sale.heldCount.value > 0 ? "checkout" : "seats"}`, t("back_to_cart"));
  switch (state) {
    case "scheduled":
      return (
        <p class="act-count">
          <span class="tag">{t("opens_in")}</span>
          <span class="act-clock">
            <Until at_ms={Date.parse(info.opens_at)} />
          </span>
        </p>
      );
    case "lobby":
      return link(`/s/${info.id}/room`, t("join_room"));
    case "paused":
    case "open":
      if (sale.met().between && sale.whole?.phases?.length) return <PhaseNotice sale={sale} info={info} />;
      if (mark === "sold_out") return <p class="lead">{t("sold_out_explained")}</p>;
      if (mark === "all_taken") {
        return (
          <>
            <p class="lead">{t("all_taken_explained")}</p>
            {link(`/s/${info.id}/${info.room ? "room" : "seats"}`, t("wait_returns"))}
          </>
        );
      }
      if (info.room) return link(`/s/${info.id}/room`, t("get_tickets"));
      return link(`/s/${info.id}/seats`, info.seats > 0 ? t("choose_seats") : t("get_tickets"));
    case "closed":
    case "ended":
      return <p class="lead">{t("sale_over")}</p>;
  }
}

function Prices({ info, sale }: { info: SaleInfo; sale: SaleSession }) {
  const rows = [...info.sections, ...(info.zones ?? []), ...info.pools].filter((row) => info.prices[row.id]);
  const groups = grouped(
    rows.map((row) => ({ ...row, prices: info.prices[row.id] ?? {}, days: daysOf(info, row.id) })),
  );
  return (
    <section class="stack" aria-labelledby="prices">
      <h2 class="title" id="prices">
        {t("prices")}
      </h2>
      <ul class="prices">
        {groups.map((group) => (
          <li key={group.ids.join()} class="spread">
            <span class="prices-name">
              {group.names.join(", ")}
              {group.days && group.days !== group.names[0] && <span class="soft"> · {group.days}</span>}
              {group.ids.some((id) => sale.pools.value[id] === 0) && (
                <span class="soft"> · {t("all_taken")}</span>
              )}
            </span>
            <span class="prices-amounts">
              {offersOf(info, group.ids[0] ?? "", sale.pools.value).map((offer, _, offers) => (
                <span key={offer.type}>
                  {offers.length > 1 && <span class="small soft">{offer.name} </span>}
                  <strong class="figure">
                    {offer.may_pay_more
                      ? t("from_price", { price: price(offer.price, info.currency) })
                      : price(offer.price, info.currency)}
                  </strong>
                  {offer.left === 0 && <span class="small soft"> · {t("all_taken")}</span>}
                </span>
              ))}
            </span>
          </li>
        ))}
      </ul>
      <DuesNote info={info} />
    </section>
  );
}

interface Priced {
  id: string;
  name: string;
  prices: Record<string, number>;
  days: string;
}

interface Group extends Pick<Priced, "prices" | "days"> {
  ids: string[];
  names: string[];
}

/** Sections that cost the same, and admit on the same days, share a line: an arena of 80 blocks has a handful of prices. */
function grouped(rows: Priced[]): Group[] {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const key = JSON.stringify([row.prices, row.days]);
    const group = groups.get(key) ?? { ids: [], names: [], prices: row.prices, days: row.days };
    group.ids.push(row.id);
    group.names.push(row.name);
    groups.set(key, group);
  }
  return [...groups.values()].map((group) => ({ ...group, names: shortened(group.names) }));
}

/** "Lower ring 1", "Lower ring 2", … → "Lower ring 1–24" */
function shortened(names: string[]): string[] {
  const runs = new Map<string, number[]>();
  const others: string[] = [];
  for (const name of names) {
    const match = /^(.*\S)\s+(\d+)$/.exec(name);
    if (match?.[1]) runs.set(match[1], [...(runs.get(match[1]) ?? []), Number(match[2])]);
    else others.push(name);
  }
  const joined = [...runs].map(([stem, numbers]) =>
    numbers.length > 1 ? `${stem} ${Math.min(...numbers)}–${Math.max(...numbers)}` : `${stem} ${numbers[0]}`,
  );
  return [...others, ...joined];
}

function Share({ info }: { info: SaleInfo }) {
  const [copied, setCopied] = useState(false);
  const share = async () => {
    const url = `${location.origin}/s/${info.id}`;
    try {
      if (navigator.share) await navigator.share({ title: info.name, url });
      else {
        await navigator.clipboard.writeText(url);
        setCopied(true);
      }
    } catch {
      setCopied(false); // the visitor closed the share sheet
    }
  };
  return (
    <Button kind="plain" onClick={() => void share()}>
      {copied ? t("link_copied") : t("share")}
    </Button>
  );
}

function Event({ of: sale, data: info }: { of: SaleSession; data: SaleInfo }) {
  useTitle(info.name);
  useCodeOfAddress(sale);
  const state = sale.state.value ?? info.state;
  return (
    <article class="page stack-wide">
      <header class="stack">
        <span class="row">
          <ChangedBadge of={info} />
          <Standing state={state} stock={stockOf(info.stock, sale.counters.value)} />
          {sale.counters.value && sale.counters.value.viewers > 1 && (
            <span class="small soft">{t("watching_now", { n: sale.counters.value.viewers })}</span>
          )}
        </span>
        <h1 class="poster">{info.name}</h1>
        {info.performers.length > 0 && <p class="lead">{info.performers.join(" · ")}</p>}
        <ChangedNotice of={info} />
      </header>
      <div class="columns event-columns">
        <Picture
          id={info.id}
          pictures={info.pictures}
          alt={t("picture_of", { name: info.name })}
          sizes="(min-width: 80rem) 46rem, (min-width: 60rem) 60vw, 100vw"
          first
          class="event-picture"
        />
        <div class="stack-wide">
          {info.description && <p class="lead event-text">{info.description}</p>}
          <Prices info={info} sale={sale} />
          {!info.room && state === "open" && <UnlockCode sale={sale} />}
          {(info.products?.length ?? 0) > 0 && (
            <section class="stack" aria-labelledby="products">
              <h2 class="title" id="products">
                {t("products")}
              </h2>
              <ul class="prices">
                {info.products.map((product) => (
                  <li key={product.id} class="spread">
                    <span class="prices-name">
                      {product.name}
                      {sale.pools.value[product.id] === 0 && <span class="soft"> · {t("all_taken")}</span>}
                    </span>
                    <strong class="figure">{price(product.price, info.currency)}</strong>
                  </li>
                ))}
              </ul>
            </section>
          )}
          <Phases info={info} sale={sale} />
          <section class="stack" aria-labelledby="sale-times">
            <h2 class="title" id="sale-times">
              {t("sale_times")}
            </h2>
            <dl class="facts">
              <SaleTimes info={info} state={state} />
              <div>
                <dt class="tag">{t("per_person")}</dt>
                <dd>{t("at_most", { n: info.person_max })}</dd>
              </div>
            </dl>
          </section>
        </div>
        <aside class="ticket ticket-stock event-ticket">
          <div class="ticket-body stack">
            <When info={info} />
            <Days info={info} />
            <div>
              <p class="event-venue">{info.venue}</p>
              <p class="small">{info.address}</p>
            </div>
            <span class="row event-links">
              {!dateless(info) && (
                <a href={`/s/${info.id}/event.ics`} download>
                  {t("add_to_calendar")}
                </a>
              )}
            </span>
          </div>
          <div class="ticket-stub stack event-act">
            <Act sale={sale} info={info} />
          </div>
        </aside>
      </div>
      <span class="row event-ways">
        <Share info={info} />
        {info.series !== null && (
          <a class={buttonClass("plain")} href={`/series/${info.series.id}`}>
            {t("other_dates")}
          </a>
        )}
        <Button kind="plain" onClick={() => go("/")}>
          {t("all_events")}
        </Button>
      </span>
    </article>
  );
}

export default page({
  of: sessionOf,
  loads: (sale) => sale.read,
  begins: (sale) => {
    sale.follow(["counters", "pools", "room"]);
    void sale.readCart().catch(() => undefined); // no cart is the usual answer
    return () => sale.unfollow();
  },
  shows: Event,
});
