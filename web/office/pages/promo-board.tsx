/** Flash promos of the organizer: who was told, who looked, what was bought; pause, resume, end. */

import { useEffect, useState } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { explain } from "../../shared/app/refusals";
import { money } from "../../shared/format/money";
import { locale } from "../../shared/i18n";
import { Button } from "../../shared/ui/controls";
import { Loaded } from "../../shared/ui/loaded";
import { Badge, Notice } from "../../shared/ui/signs";
import { type PromoReport, type PromoSteering, promoReports, steerPromo } from "../api";
import { together } from "../promo-counts";
import { t } from "../words";

const LOOK_MS = 5_000;
const STEPS: Record<string, readonly PromoSteering[]> = {
  draft: ["schedule"],
  scheduled: ["pause", "end"],
  active: ["pause", "end"],
  paused: ["resume", "end"],
};

const COUNTS = ["eligible", "notified", "viewed", "in_carts", "bought", "left"] as const;

function figure(value: number): string {
  return new Intl.NumberFormat(locale.value).format(value);
}

function channels(counts: Record<string, number>): string {
  return (["live", "push", "email", "sms"] as const)
    .filter((channel) => (counts[channel] ?? 0) > 0)
    .map((channel) => `${t(`dash_${channel}`)} ${figure(counts[channel] ?? 0)}`)
    .join(" · ");
}

function Line({ promo, onSteered }: { promo: PromoReport; onSteered(error: unknown): void }) {
  const [busy, setBusy] = useState<PromoSteering | null>(null);
  const counts = together(promo);
  const steer = async (how: PromoSteering) => {
    setBusy(how);
    await steerPromo(promo.id, how).then(() => onSteered(null), onSteered);
    setBusy(null);
  };
  return (
    <tr>
      <th scope="row">
        {promo.name}
        <span class="small soft sale-when">
          {promo.product} · {promo.store} · {money(promo.price, promo.currency, locale.value)}
        </span>
      </th>
      <td>
        <Badge {...(promo.state === "active" ? { kind: "open" as const } : {})}>
          {t(`dash_promo_${promo.state}`)}
        </Badge>
      </td>
      {COUNTS.map((name) => (
        <td key={name} class="figure">
          {figure(counts[name] ?? 0)}
          {name === "notified" && <span class="small soft sale-when">{channels(counts)}</span>}
        </td>
      ))}
      <td class="figure">{money(counts.revenue ?? 0, promo.currency, locale.value)}</td>
      <td>
        <span class="row">
          {(STEPS[promo.state] ?? []).map((how) => (
            <Button
              key={how}
              kind={how === "end" ? "bad" : "plain"}
              busy={busy === how}
              onClick={() => void steer(how)}
            >
              {t(`dash_promo_do_${how}`)}
            </Button>
          ))}
        </span>
      </td>
    </tr>
  );
}

const promos = new Loading(promoReports);

export function PromoBoard() {
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    void promos.again();
    const timer = setInterval(() => document.visibilityState === "visible" && void promos.again(), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  const steered = (error: unknown) => {
    setFailure(error);
    void promos.again();
  };
  return (
    <Loaded of={promos} part>
      {(reports) => reports.length > 0 && <Board promos={reports} failure={failure} onSteered={steered} />}
    </Loaded>
  );
}

interface Shown {
  promos: readonly PromoReport[];
  failure: unknown;
  onSteered(error: unknown): void;
}

function Board({ promos: reports, failure, onSteered }: Shown) {
  return (
    <section class="stack" aria-labelledby="promos">
      <h2 class="title" id="promos">
        {t("promos")}
      </h2>
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a table wider than a phone is scrolled by keys as well */}
      <section class="panel table-panel" tabIndex={0} aria-label={t("promos")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("dash_promo")}</th>
              <th scope="col">{t("dash_state")}</th>
              {COUNTS.map((name) => (
                <th key={name} scope="col">
                  {t(`dash_promo_${name}`)}
                </th>
              ))}
              <th scope="col">{t("dash_revenue")}</th>
              <th scope="col">{t("dash_steer")}</th>
            </tr>
          </thead>
          <tbody>
            {reports.map((promo) => (
              <Line key={promo.id} promo={promo} onSteered={onSteered} />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
