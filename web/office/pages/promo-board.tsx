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
import { holdsAny } from "../shell/places";
import { DryRun } from "../ui/dry-run";
import { permissions } from "../who";
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
  const [ending, setEnding] = useState(false);
  const counts = together(promo);
  const steers = holdsAny(permissions.value, ["promo:edit"]);
  const steer = async (how: PromoSteering) => {
    setBusy(how);
    await steerPromo(promo.id, how).then(() => onSteered(null), onSteered);
    setBusy(null);
    setEnding(false);
  };
  return (
    <tr>
      <th scope="row">
        {promo.name}
        <span class="small soft sale-when">
          {promo.product} · {promo.store} · {money(promo.price, promo.currency, locale.value)}
        </span>
      </th>
      <td data-name={t("dash_state")}>
        <Badge {...(promo.state === "active" ? { kind: "open" as const } : {})}>
          {t(`dash_promo_${promo.state}`)}
        </Badge>
      </td>
      {COUNTS.map((name) => (
        <td key={name} class="figure" data-name={t(`dash_promo_${name}`)}>
          {figure(counts[name] ?? 0)}
          {name === "notified" && <span class="small soft sale-when">{channels(counts)}</span>}
        </td>
      ))}
      <td class="figure" data-name={t("dash_revenue")}>
        {money(counts.revenue ?? 0, promo.currency, locale.value)}
      </td>
      <td class="cell-wide">
        <span class="row">
          {(steers ? (STEPS[promo.state] ?? []) : []).map((how) => (
            <Button
              key={how}
              kind={how === "end" ? "bad" : "plain"}
              busy={busy === how}
              aria-label={`${t(`dash_promo_do_${how}`)}: ${promo.name}`}
              onClick={() => (how === "end" ? setEnding(true) : void steer(how))}
            >
              {t(`dash_promo_do_${how}`)}
            </Button>
          ))}
        </span>
        <DryRun
          title={t("dash_promo_end_asked", { name: promo.name })}
          open={ending}
          does={t("dash_promo_do_end")}
          keeps={t("dash_promo_end_not")}
          busy={busy === "end"}
          onYes={() => void steer("end")}
          onNo={() => setEnding(false)}
        >
          <p>{t("dash_promo_end_explained")}</p>
          <ul class="stack-tight">
            <li>
              {counts.in_carts
                ? t("dash_promo_end_carts", { n: counts.in_carts })
                : t("dash_promo_end_no_carts")}
            </li>
            <li>{t("dash_promo_end_left", { n: counts.left ?? 0 })}</li>
          </ul>
          <p>
            <strong>{t("dash_for_good")}</strong>
          </p>
        </DryRun>
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
      <div class="panel table-panel">
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
      </div>
    </section>
  );
}
