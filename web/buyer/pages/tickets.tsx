/** My tickets: what this browser bought and still has in its carts; opening what was bought elsewhere; forgetting. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { explain } from "../../shared/app/refusals";
import { go } from "../../shared/app/router";
import { keepCookie, live } from "../../shared/app/services";
import { cardDate, day } from "../../shared/format/time";
import { locale, t } from "../../shared/i18n";
import { aboutChanged, dateWords } from "../../shared/sale/changed";
import { Button, buttonClass } from "../../shared/ui/controls";
import { AllEvents, Loaded } from "../../shared/ui/loaded";
import { keptMoment, reader } from "../../shared/ui/moments";
import { Badge, Notice, Ring } from "../../shared/ui/signs";
import { useTitle } from "../../shared/ui/title";
import type { OwnOrderShape } from "../../shared/wire/contract";
import { admissionLines } from "../sale/days";
import { wasForgotten } from "../sale/forgetting";
import { type OpenCart, openCarts, ticketsIn } from "../sale/open-carts";
import { readOwn, type When } from "../sale/orders";
import { Forget } from "./forget";
import { OpenOrder } from "./open-order";
import { payByWords } from "./pay-with";
import "./tickets.css";

/** One list, page by page. */
class Own {
  readonly read: Loading<OwnOrderShape[]>;
  /** whether it was read for nobody: the server has not said yet which buyer this is */
  unknown = false;
  private next: string | null = null;

  constructor(private readonly when: When) {
    this.read = new Loading(() => this.page(null, []));
  }

  get hasMore(): boolean {
    return this.next !== null;
  }

  async more(): Promise<void> {
    this.read.value.value = await this.page(this.next, this.read.value.peek() ?? []);
  }

  private async page(after: string | null, before: OwnOrderShape[]): Promise<OwnOrderShape[]> {
    const page = await readOwn(this.when, after);
    this.unknown = page === null;
    const { items, next } = page ?? { items: [], next: null };
    this.next = next;
    return [...before, ...items];
  }
}

function whenWords({ about, placed_at_ms, admits }: OwnOrderShape): string {
  const days = admissionLines(admits, about, true);
  if (days.length > 0) return days.join(" · ");
  const { starts_at_ms: starts, offered_until_ms: until, zone } = about;
  if (starts !== null) return dateWords(keptMoment(starts, zone), aboutChanged(about));
  if (until !== null) return t("bought_on", { day: day(placed_at_ms, zone, locale.value) });
  return "";
}

function State({ order }: { order: OwnOrderShape }) {
  if (order.state === "paying") return <Badge kind="few">{t("confirming")}</Badge>;
  if (order.state === "awaiting") {
    const { pay_by_ms: by_ms, about } = order;
    const words = by_ms == null ? t("debit_under_way") : t("pay_by", { time: payByWords(by_ms, about.zone) });
    return <Badge kind="few">{words}</Badge>;
  }
  if (order.state !== "paid") return <Badge kind="gone">{t("refunded")}</Badge>;
  return <strong class="figure">{t("n_tickets", { n: order.tickets })}</strong>;
}

function OrderCard({ order, past }: { order: OwnOrderShape; past: boolean }) {
  const { about } = order;
  const date = cardDate(
    order.admits?.[0]?.starts_at_ms ?? about.starts_at_ms ?? order.placed_at_ms,
    about.zone,
    reader.value,
  );
  const yours = order.state === "paid" && !past;
  return (
    <li>
      <a
        class={yours ? "ticket ticket-across ticket-stock own" : "ticket ticket-across own"}
        href={`/o/${order.code}`}
      >
        <span class="ticket-body own-body">
          <span class="own-date figure" aria-hidden="true">
            <span class="own-day">{date.day}</span>
            <span class="own-month">{date.month}</span>
          </span>
          <span class="stack-tight">
            <span class="own-name">{about.name}</span>
            <span class="small">{[whenWords(order), about.place].filter(Boolean).join(" · ")}</span>
          </span>
        </span>
        <span class="ticket-stub own-stub">
          <State order={order} />
          <span class="small figure">{order.code}</span>
        </span>
      </a>
    </li>
  );
}

function Orders({ own, when, title }: { own: Own; when: When; title: string }) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const more = async () => {
    setBusy(true);
    await own.more().then(
      () => setFailure(null),
      (error: unknown) => setFailure(error),
    );
    setBusy(false);
  };
  const orders = own.read.value.value ?? [];
  if (orders.length === 0) return null;
  return (
    <section class="stack" aria-labelledby={`own-${when}`}>
      <h2 class="title" id={`own-${when}`}>
        {title}
      </h2>
      <ul class="own-list">
        {orders.map((order) => (
          <OrderCard key={order.code} order={order} past={when === "past"} />
        ))}
      </ul>
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
      {own.hasMore && (
        <span>
          <Button busy={busy} onClick={() => void more()}>
            {t("show_more")}
          </Button>
        </span>
      )}
    </section>
  );
}

function CartCard({ cart: { sale, cart } }: { cart: OpenCart }) {
  useEffect(() => {
    void sale.read.load();
  }, [sale]);
  const info = sale.info.value;
  return (
    <li class="ticket ticket-across">
      <div class="ticket-body stack-tight">
        <span class="own-name">{info?.name ?? ""}</span>
        <span class="small soft">{t("n_tickets", { n: ticketsIn(cart) })}</span>
      </div>
      <div class="ticket-stub row own-cart">
        {cart.state === "locked" && <span class="small">{t("paying")}</span>}
        {cart.state === "open" && info && <Ring until_ms={cart.deadline_at_ms} whole_ms={info.cart_ms} />}
        <a class={buttonClass("main")} href={`/s/${sale.id}/checkout`}>
          {t("checkout")}
        </a>
      </div>
    </li>
  );
}

/** Several of them; the bar that shows the only one, or the first to end, leads to no other. */
function Carts() {
  const carts = openCarts.value;
  if (carts.length < 2) return null;
  return (
    <section class="stack" aria-labelledby="own-carts">
      <h2 class="title" id="own-carts">
        {t("in_your_cart")}
      </h2>
      <ul class="own-list">
        {carts.map((each) => (
          <CartCard key={each.sale.id} cart={each} />
        ))}
      </ul>
    </section>
  );
}

function Nothing() {
  return (
    <div class="stack">
      <p class="lead">{t("no_own_orders")}</p>
      <AllEvents />
    </div>
  );
}

interface KnownProps {
  lists: Record<When, Own>;
  none: boolean;
  failed: Loading<OwnOrderShape[]> | undefined;
}

/** All of it at once, so that nothing moves while it comes. */
function Known({ lists, none, failed }: KnownProps) {
  return (
    <>
      {failed && (
        <Loaded of={failed} part>
          {() => null}
        </Loaded>
      )}
      <Orders own={lists.upcoming} when="upcoming" title={t("tickets_upcoming")} />
      <Orders own={lists.past} when="past" title={t("tickets_past")} />
      {none && openCarts.value.length === 0 && <Nothing />}
      <section class="stack" aria-labelledby="elsewhere">
        <h2 class="title" id="elsewhere">
          {t("elsewhere_title")}
        </h2>
        <p class="soft">{t("open_explained")}</p>
        <OpenOrder code={null} aside={!none} onOpened={({ order }) => go(`/o/${order.code}`)} />
      </section>
      <Forget orders={[lists.upcoming, lists.past].flatMap(({ read }) => read.value.value ?? [])} />
    </>
  );
}

export default function Tickets() {
  useTitle(t("my_tickets"));
  const [forgotten] = useState(wasForgotten);
  const lists = useMemo(() => {
    const both = { upcoming: new Own("upcoming"), past: new Own("past") };
    for (const { read } of Object.values(both)) void read.load(); // before the first drawing, when it came with the page
    return both;
  }, []);
  const buyer = live.buyerId.value;
  useEffect(() => {
    void keepCookie();
  }, []);
  useEffect(() => {
    // Who was nobody when the page began may be somebody by the cookie alone.
    if (!buyer || !lists.upcoming.unknown) return;
    void lists.upcoming.read.again();
    void lists.past.read.again();
  }, [buyer]);
  const both = [lists.upcoming.read, lists.past.read];
  const pending = both.find(({ failure, value }) => failure.value === null && value.value === null);
  const none = both.every(({ value }) => value.value?.length === 0);
  const failed = both.find(({ failure, value }) => failure.value !== null && value.value === null);
  return (
    <div class="page page-narrow stack-wide">
      <h1 class="poster">{t("my_tickets")}</h1>
      {forgotten && <Notice>{t("forgotten")}</Notice>}
      <Carts />
      {pending ? (
        <Loaded of={pending} part>
          {() => null}
        </Loaded>
      ) : (
        <Known lists={lists} none={none} failed={failed} />
      )}
    </div>
  );
}
