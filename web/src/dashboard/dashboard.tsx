/** Entry of the organizer's dashboard: key, list of sales, one sale live. */

import { effect, signal } from "@preact/signals";
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { SaleCard } from "../api/sales";
import { explain } from "../app/refusals";
import { live } from "../app/services";
import { dayAndClock } from "../format/time";
import { chosenLanguage, locale, speak, t } from "../i18n";
import { Button, Field } from "../ui/controls";
import { Choices } from "../ui/frame";
import { Badge, Notice } from "../ui/signs";
import { useTitle } from "../ui/title";
import type { Counters } from "../wire/messages";
import { forgetKey, key, logIn, organizerSales } from "./api";
import { PromoBoard } from "./promos";
import { SaleBoard } from "./sale";
import "../ui/base.css";
import "../ui/controls.css";
import "../ui/signs.css";
import "../ui/shell.css";
import "../pages/seat-map.css";
import "./dashboard.css";

const path = signal(location.pathname);
const WATCHED_MAX = 30;

function openPath(to: string): void {
  history.pushState(null, "", to);
  path.value = to;
}

function LogIn() {
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  useTitle(t("dash_title"));
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await logIn(typed.trim());
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="page page-narrow stack-wide">
      <h1 class="poster">{t("dash_title")}</h1>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <Field
          label={t("dash_key")}
          hint={t("dash_key_hint")}
          type="password"
          name="api-key"
          autocomplete="current-password"
          value={typed}
          onValue={setTyped}
          maxLength={200}
          problem={failure === null ? null : explain(failure)}
        />
        <span>
          <Button kind="main" size="large" type="submit" busy={busy}>
            {t("dash_log_in")}
          </Button>
        </span>
      </form>
    </div>
  );
}

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
            event.on === "counters" && now.counters
              ? { ...now.counters, ...((event.counters ?? event) as Partial<Counters>) }
              : now.counters,
          state: event.on === "state" && event.state ? event.state : now.state,
        })),
    });
    return () => watch.stop();
  }, [sale.id]);
  const number = (value: number | undefined) =>
    value === undefined ? "–" : new Intl.NumberFormat(locale.value).format(value);
  return (
    <tr>
      <th scope="row">
        <a
          href={`/dashboard/${sale.id}`}
          onClick={(click) => {
            click.preventDefault();
            openPath(`/dashboard/${sale.id}`);
          }}
        >
          {sale.name || sale.id}
        </a>
        <span class="small soft sale-when">
          {[sale.venue, dayAndClock(sale.starts_at || sale.opens_at, sale.zone, locale.value)]
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

function Sales() {
  const [sales, setSales] = useState<SaleCard[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  useTitle(t("dash_title"));
  const more = (after: string | null) =>
    organizerSales(after)
      .then((page) => {
        setSales((now) => [...(after ? (now ?? []) : []), ...page.items]);
        setNext(page.next);
      })
      .catch(setFailure);
  useEffect(() => {
    void more(null);
  }, []);
  return (
    <div class="board">
      <h1 class="title">{t("dash_sales")}</h1>
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
      {sales && (
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
              {sales.slice(0, WATCHED_MAX).map((sale) => (
                <SaleLine key={sale.id} sale={sale} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next && (
        <span>
          <Button onClick={() => void more(next)}>{t("dash_more")}</Button>
        </span>
      )}
      <PromoBoard />
    </div>
  );
}

function Dashboard() {
  const id = /^\/dashboard\/([^/]+)/.exec(path.value)?.[1];
  return (
    <>
      <header class="masthead board-head">
        <a
          class="brand"
          href="/dashboard"
          aria-label={t("dash_title")}
          onClick={(click) => {
            click.preventDefault();
            openPath("/dashboard");
          }}
        >
          <span>AFORO</span>
        </a>
        <nav aria-label={t("main_menu")}>
          {live.status.value !== "live" && <Badge>{t("dash_connecting")}</Badge>}
          <Choices />
          {key.value && (
            <Button kind="plain" onClick={forgetKey}>
              {t("dash_log_out")}
            </Button>
          )}
        </nav>
      </header>
      <main id="main">
        {!key.value ? <LogIn /> : id ? <SaleBoard key={id} id={decodeURIComponent(id)} /> : <Sales />}
      </main>
    </>
  );
}

async function start(): Promise<void> {
  addEventListener("popstate", () => {
    path.value = location.pathname;
  });
  await speak(chosenLanguage(), "dashboard");
  live.start();
  effect(() => {
    if (key.value) live.introduce();
  });
  const root = document.getElementById("app");
  if (root) render(<Dashboard />, root);
}

void start();
