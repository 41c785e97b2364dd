/** Flash promos of the organizer: who was told, who looked, what was bought; pause, resume, end. */

import { useEffect, useState } from "preact/hooks";
import { explain } from "../app/refusals";
import { money } from "../format/money";
import { locale, t } from "../i18n";
import { Button } from "../ui/controls";
import { Badge, Notice } from "../ui/signs";
import { type PromoReport, type PromoSteering, promoReports, steerPromo } from "./api";
import { together } from "./promo-counts";

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

export function PromoBoard() {
  const [promos, setPromos] = useState<PromoReport[] | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const look = () => promoReports().then(setPromos).catch(setFailure);
  useEffect(() => {
    void look();
    const timer = setInterval(() => document.visibilityState === "visible" && void look(), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  const steered = (error: unknown) => {
    setFailure(error);
    void look();
  };
  if (!promos || promos.length === 0)
    return failure === null ? null : <Notice kind="bad">{explain(failure)}</Notice>;
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
            {promos.map((promo) => (
              <Line key={promo.id} promo={promo} onSteered={steered} />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
