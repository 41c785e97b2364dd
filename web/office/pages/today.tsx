/** What waits for me, what runs now, what comes next. */

import { useEffect, useMemo } from "preact/hooks";
import { me } from "../../shared/account/me";
import { Loading } from "../../shared/app/loading";
import { now_ms } from "../../shared/app/services";
import { money } from "../../shared/format/money";
import { day, moment, ownZone } from "../../shared/format/time";
import { locale } from "../../shared/i18n";
import type { SaleCard } from "../../shared/sale/sales";
import { Loaded } from "../../shared/ui/loaded";
import { reader } from "../../shared/ui/moments";
import { Badge, Until } from "../../shared/ui/signs";
import { ask, organizerSales } from "../api";
import { approvals } from "../approvals";
import { holdsAny } from "../shell/places";
import { Header } from "../ui/header";
import { Empty } from "../ui/table";
import { now, useWatched } from "../watched";
import { permissions } from "../who";
import { t } from "../words";

const RUNNING = new Set(["lobby", "open", "paused"]);
const NEXT_MAX = 5;
const TASKS_MAX = 5;
const TASK_SAYS = {
  refund: "off_refund_failed",
  dispute: "off_task_dispute",
  disagreement: "off_task_disagreement",
} as const;

interface Waiting {
  id: string;
  words: string;
  path: string;
}

/** A part of the page that one may not see, or that is not there, is as empty as one that has nothing. */
const quietly = <T,>(read: Promise<T[]>): Promise<T[]> => read.catch(() => []);

const may = (...needs: string[]) => holdsAny(permissions.peek(), needs);

async function undecided(): Promise<Waiting[]> {
  return (await approvals())
    .filter(({ state, asked_by }) => state === "open" && asked_by !== me.peek()?.account.id)
    .map(({ id, words }) => ({ id, words: t("off_approval", { act: words }), path: "/office/approvals" }));
}

async function failing(): Promise<Waiting[]> {
  if (!may("webhook:manage")) return [];
  const { items } = await ask("GET /api/webhooks");
  return items
    .filter((hook) => hook.failing_since !== null || (hook.paused !== null && hook.paused !== "by_hand"))
    .map((hook) => ({
      id: hook.id,
      words: t("off_webhook_failing", { name: hook.label || hook.url }),
      path: "/office/settings/webhooks",
    }));
}

/** The first of them; all stand on their own page. */
async function tasks(): Promise<Waiting[]> {
  if (!may("order:refund")) return [];
  const { items } = await ask("GET /api/organizer/tasks");
  const first = items
    .slice(0, TASKS_MAX)
    .map(({ kind, id, sale, order, code, amount, currency, due_at_ms }) => ({
      id: `${kind} ${order} ${id}`,
      words: t(TASK_SAYS[kind], {
        sum: amount === null || currency === null ? "" : money(amount, currency, locale.value),
        code: code ?? "",
        day: day(new Date(due_at_ms).toISOString(), ownZone(), locale.value),
      }),
      path: kind === "refund" && sale && order ? `/office/orders/${sale}/${order}` : "/office/tasks",
    }));
  const more = items.length - first.length;
  return more > 0
    ? [...first, { id: "more", words: t("off_tasks_more", { n: more }), path: "/office/tasks" }]
    : first;
}

async function inbox(): Promise<Waiting[]> {
  return (await Promise.all([quietly(undecided()), quietly(tasks()), quietly(failing())])).flat();
}

async function sales(): Promise<SaleCard[]> {
  if (!may("sale:read")) return [];
  return (await organizerSales("", null)).items;
}

function Inbox({ items }: { items: readonly Waiting[] }) {
  if (items.length === 0) return <p class="soft">{t("off_nothing_waits")}</p>;
  return (
    <ul class="panel waits">
      {items.map(({ id, words, path }) => (
        <li key={id}>
          <a href={path}>{words}</a>
        </li>
      ))}
    </ul>
  );
}

function Running({ sale }: { sale: SaleCard }) {
  const { counters, state } = now(sale);
  const figure = (value: number | undefined) =>
    value === undefined ? "–" : new Intl.NumberFormat(locale.value).format(value);
  const part = counters && sale.stock > 0 ? counters.sold / sale.stock : 0;
  return (
    <li class="panel running">
      <div class="spread">
        <h3>
          <a href={`/office/sales/${sale.id}`}>{sale.name || sale.id}</a>
        </h3>
        <Badge {...(state === "open" ? { kind: "open" as const } : {})}>{t(`dash_state_${state}`)}</Badge>
      </div>
      <p class="tile-figure figure">
        {figure(counters?.sold)} <span class="small soft">/ {figure(sale.stock)}</span>
      </p>
      <progress max={1} value={part} aria-label={t("dash_sold")} />
      <dl class="running-figures small">
        {(["shopping", "waiting", "viewers"] as const).map((name) => (
          <div key={name}>
            <dt class="soft">{t(`dash_${name}`)}</dt>
            <dd class="figure">{figure(counters?.[name])}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

function Next({ sale }: { sale: SaleCard }) {
  return (
    <li>
      <a href={`/office/sales/${sale.id}`}>{sale.name || sale.id}</a>
      <span class="soft">
        {t("off_opens", { time: moment(sale.opens_at, sale.zone, reader.value) })} ·{" "}
        <Until at_ms={Date.parse(sale.opens_at)} />
      </span>
    </li>
  );
}

function Sales({ all }: { all: readonly SaleCard[] }) {
  const running = all.filter((sale) => RUNNING.has(now(sale).state));
  const next = all
    .filter((sale) => now(sale).state === "scheduled" && Date.parse(sale.opens_at) > now_ms.value)
    .sort((a, b) => Date.parse(a.opens_at) - Date.parse(b.opens_at))
    .slice(0, NEXT_MAX);
  useWatched([...running, ...next]);
  if (all.length === 0) return <Empty title={t("off_events_empty")} text={t("off_events_empty_text")} />;
  return (
    <>
      <section class="stack-tight" aria-labelledby="running">
        <h2 class="tag" id="running">
          {t("off_running")}
        </h2>
        {running.length === 0 ? (
          <p class="soft">{t("off_nothing_runs")}</p>
        ) : (
          <ul class="runs">
            {running.map((sale) => (
              <Running key={sale.id} sale={sale} />
            ))}
          </ul>
        )}
      </section>
      {next.length > 0 && (
        <section class="stack-tight" aria-labelledby="next">
          <h2 class="tag" id="next">
            {t("off_next")}
          </h2>
          <ul class="panel waits">
            {next.map((sale) => (
              <Next key={sale.id} sale={sale} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

export default function Today() {
  const [waits, all] = useMemo(() => [new Loading(inbox), new Loading(sales)] as const, []);
  useEffect(() => {
    void waits.load();
    void all.load();
  }, []);
  const name = me.value?.account.name.split(" ")[0];
  const sees = holdsAny(permissions.value, ["sale:read"]);
  return (
    <div class="board">
      <Header
        title={name ? t("off_hello", { name }) : t("off_today")}
        subtitle={name ? t("off_today") : ""}
      />
      <section class="stack-tight" aria-labelledby="waits">
        <h2 class="tag" id="waits">
          {t("off_waits")}
        </h2>
        <Loaded of={waits} part>
          {(items) => <Inbox items={items} />}
        </Loaded>
      </section>
      {sees ? (
        <Loaded of={all} part>
          {(found) => <Sales all={found} />}
        </Loaded>
      ) : (
        <Empty title={t("off_today_empty")} text={t("off_today_empty_text")} />
      )}
    </div>
  );
}
