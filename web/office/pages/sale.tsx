/** One sale, live: counters, steering, charts, house, and whether its invariants hold. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { live } from "../../shared/app/services";
import { minorDigits, money } from "../../shared/format/money";
import { locale } from "../../shared/i18n";
import { FollowedSale, kept } from "../../shared/sale/followed";
import type { SaleInfo } from "../../shared/sale/sales";
import { page } from "../../shared/ui/loaded";
import { Badge } from "../../shared/ui/signs";
import { askOwnSale, pastOrders, readMetrics } from "../api";
import { History } from "../history";
import { type BatchFigures, batchFigures, type Sample, violations } from "../metrics";
import { holdsAny } from "../shell/places";
import { Header } from "../ui/header";
import { permissions } from "../who";
import { t } from "../words";
import { Chart } from "./chart";
import { House } from "./house";
import { Prices } from "./prices";
import { Questions } from "./questions";
import { ReceiptSetting } from "./receipt-setting";
import { Sell } from "./sell";
import { Steer } from "./steering";
import { Takings } from "./takings";
import { Withheld } from "./withheld";

const SPAN_MINUTES = 60;
const METRICS_MS = 10_000;
const CHART_MS = 2_000;

function figure(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale.value, { maximumFractionDigits: digits }).format(value);
}

function Tile({ label, value, more }: { label: string; value: string; more?: string }) {
  return (
    <div class="tile">
      <dt class="tag">{label}</dt>
      <dd class="tile-figure figure">{value}</dd>
      {more && <dd class="small soft">{more}</dd>}
    </div>
  );
}

function Tiles({ sale }: { sale: FollowedSale }) {
  const counters = sale.counters.value;
  const takings = sale.takings.value;
  const info = sale.info.value;
  const room = sale.room.value;
  if (!counters || !takings || !info) return null;
  const stock = info.stock;
  const part = stock > 0 ? counters.sold / stock : 0;
  const percent = new Intl.NumberFormat(locale.value, {
    style: "percent",
    maximumFractionDigits: 1,
  }).format(part);
  return (
    <dl class="tiles" data-testid="tiles">
      <Tile
        label={t("dash_sold")}
        value={figure(counters.sold)}
        more={[
          t("dash_of_stock", { stock, percent }),
          counters.reserved ? t("dash_reserved", { n: figure(counters.reserved) }) : "",
        ]
          .filter(Boolean)
          .join(" · ")}
      />
      <Tile label={t("dash_revenue")} value={money(takings.revenue, info.currency, locale.value)} />
      <Tile label={t("dash_orders")} value={figure(counters.orders)} />
      <Tile label={t("dash_held")} value={figure(counters.held)} />
      <Tile
        label={t("dash_shopping")}
        value={figure(counters.shopping)}
        {...(room && room.shoppers_max > 0 ? { more: t("dash_of_max", { max: room.shoppers_max }) } : {})}
      />
      <Tile
        label={t("dash_waiting")}
        value={figure(counters.waiting)}
        {...(room ? { more: t("dash_inflow", { rate: figure(room.rate, 1) }) } : {})}
      />
      <Tile label={t("dash_viewers")} value={figure(counters.viewers)} />
    </dl>
  );
}

function useMetrics(sale: string): { found: number | null; figures: BatchFigures | null } {
  const [shown, setShown] = useState<{ found: number | null; figures: BatchFigures | null }>({
    found: null,
    figures: null,
  });
  useEffect(() => {
    let before: { samples: Sample[]; at: number } | null = null;
    const look = async () => {
      const samples = await readMetrics(sale).catch(() => []);
      const now = { samples, at: performance.now() };
      const figures = before ? batchFigures(before.samples, samples, (now.at - before.at) / 1000) : null;
      setShown({ found: violations(samples, sale), figures });
      before = now;
    };
    void look();
    const timer = setInterval(() => void look(), METRICS_MS);
    return () => clearInterval(timer);
  }, [sale]);
  return shown;
}

function Light({ found }: { found: number | null }) {
  const [kind, words] =
    found === null
      ? ["unknown", t("dash_unchecked")]
      : found === 0
        ? ["good", t("dash_right")]
        : ["bad", t("dash_wrong", { n: found })];
  return (
    <p class={`light light-${kind}`} role="status" data-testid="invariants">
      <span class="dot" aria-hidden="true" />
      {words}
    </p>
  );
}

function Charts({ sale }: { sale: FollowedSale }) {
  const history = useMemo(() => new History(), [sale]);
  const [now, setNow] = useState(0);
  useEffect(() => {
    const tick = () => {
      const counters = sale.counters.value;
      const takings = sale.takings.value;
      if (counters && takings) history.add({ ...counters, ...takings }, live.clock.now_ms());
      if (document.visibilityState === "visible") setNow(live.clock.now_ms());
    };
    void pastOrders(sale.id)
      .then((orders) =>
        history.recall(
          orders.map((order) => ({
            at_ms: order.paid_at_ms ?? order.placed_at_ms,
            units: order.lines.length,
            total: order.total,
          })),
        ),
      )
      .catch(() => undefined)
      .then(tick);
    const timer = setInterval(tick, CHART_MS);
    return () => clearInterval(timer);
  }, [sale]);
  const info = sale.info.value;
  if (!info || now === 0) return null;
  const columns = history.columns(SPAN_MINUTES, now);
  const unit = 10 ** minorDigits(info.currency);
  const written = (amount: number) => money(Math.round(amount * unit), info.currency, locale.value);
  return (
    <div class="charts">
      <Chart
        title={t("dash_sales_per_minute")}
        at_s={columns.at_s}
        lines={[{ label: t("dash_sold"), values: columns.sold, token: "live", bars: true }]}
      />
      <Chart
        title={t("dash_revenue")}
        at_s={columns.at_s}
        lines={[
          {
            label: t("dash_revenue"),
            values: columns.revenue.map((minor) => minor / unit),
            token: "stock",
            written,
          },
        ]}
      />
      <Chart
        title={t("dash_people")}
        at_s={columns.at_s}
        lines={[
          { label: t("dash_waiting"), values: columns.waiting, token: "ink" },
          { label: t("dash_shopping"), values: columns.shopping, token: "live" },
        ]}
      />
    </div>
  );
}

function SaleBoard({ of: sale, data: info }: { of: FollowedSale; data: SaleInfo }) {
  const { found, figures } = useMetrics(sale.id);
  const counted = [...info.pools, ...(info.products ?? [])];
  return (
    <div class="board">
      <Header
        title={info.name}
        back={{ path: "/office/events", name: t("off_events") }}
        actions={
          <>
            <Light found={found} />
            {!info.promo && <a href={`/office/sales/${sale.id}/seats`}>{t("dash_seats")}</a>}
            {!info.promo && <a href={`/office/sales/${sale.id}/phases`}>{t("dash_phases")}</a>}
            {!info.promo && holdsAny(permissions.value, ["coupon:edit"]) && (
              <a href={`/office/sales/${sale.id}/offers`}>{t("off_offers")}</a>
            )}
            {info.event_id !== null && holdsAny(permissions.value, ["event:read"]) && (
              <a href={`/office/events/${info.event_id}`}>{t("dash_its_event")}</a>
            )}
            <Badge {...(sale.state.value === "open" ? { kind: "open" as const } : {})}>
              {t(`dash_state_${sale.state.value ?? info.state}`)}
            </Badge>
          </>
        }
      />
      <Tiles sale={sale} />
      {holdsAny(permissions.value, ["sale:steer"]) && <Steer sale={sale} />}
      {!info.promo && holdsAny(permissions.value, ["order:issue"]) && <Sell sale={sale} info={info} />}
      <Prices sale={sale} info={info} />
      <Charts sale={sale} />
      <div class="board-halves">
        <House sale={sale} />
        <div class="stack">
          <Takings sale={sale} info={info} />
          {!info.promo && holdsAny(permissions.value, ["event:edit"]) && <Questions sale={sale} />}
          {!info.promo && holdsAny(permissions.value, ["event:edit"]) && <ReceiptSetting sale={sale} />}
          {!info.promo && <Withheld sale={sale} mayEdit={holdsAny(permissions.value, ["event:edit"])} />}
          {counted.length > 0 && (
            <section class="panel stack" aria-label={t("dash_pools")}>
              <h2 class="tag">{t("dash_pools")}</h2>
              <ul class="items">
                {counted.map((pool) => (
                  <li key={pool.id} class="spread">
                    <span>{pool.name}</span>
                    <span class="figure">
                      {t("dash_free_of", { free: sale.pools.value[pool.id] ?? 0, capacity: pool.capacity })}
                    </span>
                  </li>
                ))}
              </ul>
            </section>
          )}
          <section class="panel stack" aria-label={t("dash_engine")}>
            <h2 class="tag">{t("dash_engine")}</h2>
            {figures ? (
              <dl class="facts">
                <div>
                  <dt class="tag">{t("dash_calls")}</dt>
                  <dd class="figure">{figure(figures.calls_per_s, 1)}</dd>
                </div>
                <div>
                  <dt class="tag">{t("dash_items")}</dt>
                  <dd class="figure">{figure(figures.items_per_call, 1)}</dd>
                </div>
                <div>
                  <dt class="tag">{t("dash_p99")}</dt>
                  <dd class="figure">
                    {figures.p99_ms === null ? "> 10 s" : `≤ ${figure(figures.p99_ms, 1)} ms`}
                  </dd>
                </div>
              </dl>
            ) : (
              <p class="soft">{t("dash_quiet")}</p>
            )}
          </section>
        </div>
      </div>
    </div>
  );
}

export default page({
  of: kept((id) => new FollowedSale(id, askOwnSale)),
  loads: (sale) => sale.read,
  begins: (sale) => {
    sale.follow(["counters", "takings", "room", "pools", "seats"]);
    return () => sale.unfollow();
  },
  shows: SaleBoard,
});
