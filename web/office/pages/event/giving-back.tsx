/**
 * All that an event sold is given back: what that would do, to the cent, before it is done; and then how far it is, live enough to watch.
 * Guarantees: what is confirmed is asked for once, however often the button is pressed; the page may be left meanwhile.
 */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../../shared/app/loading";
import { explain } from "../../../shared/app/refusals";
import { money } from "../../../shared/format/money";
import { locale } from "../../../shared/i18n";
import { Button, Check } from "../../../shared/ui/controls";
import { Loaded } from "../../../shared/ui/loaded";
import { Notice } from "../../../shared/ui/signs";
import type { CancellationShape, EventShownShape, ForeseenShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { holdsAny } from "../../shell/places";
import { DryRun } from "../../ui/dry-run";
import { tell } from "../../ui/toasts";
import { permissions } from "../../who";
import { useActing } from "../settings/acting";
import { type Offer, Offering, PLAIN, wireOf } from "./offering";
import { t } from "./words";

const LOOK_MS = 1_000;

export function GivingBack({ shown }: { shown: EventShownShape }) {
  const event = shown.event.id;
  const may = holdsAny(permissions.value, ["order:refund"]);
  const reads = holdsAny(permissions.value, ["order:read"]);
  const read = useMemo(
    () => new Loading(() => ask("GET /api/organizer/events/{event}/refunds", { parts: { event } })),
    [event],
  );
  const [asking, setAsking] = useState<string | null>(null);
  useEffect(() => {
    if (reads) void read.load();
  }, [read, reads]);
  const runs = read.value.value?.items.some(({ state }) => state === "running") ?? false;
  useEffect(() => {
    if (!runs) return;
    const look = setInterval(() => void read.again(), LOOK_MS);
    return () => clearInterval(look);
  }, [runs, read]);
  if (!reads) return null;
  return (
    <section class="panel stack-tight" aria-label={t("evt_back_title")}>
      <h2 class="tag">{t("evt_back_title")}</h2>
      <Loaded of={read} part>
        {({ items }) => (
          <>
            {items.length === 0 && <p class="soft">{t("evt_back_none")}</p>}
            {items.map((each) => (
              <Standing key={each.id} event={event} of={each} may={may} onDone={() => void read.again()} />
            ))}
          </>
        )}
      </Loaded>
      {may && (
        <span>
          <Button kind="bad" onClick={() => setAsking(crypto.randomUUID())}>
            {t("evt_back_begin")}
          </Button>
        </span>
      )}
      <Asking
        shown={shown}
        request={asking}
        onNo={() => setAsking(null)}
        onDone={() => {
          setAsking(null);
          void read.again();
        }}
      />
    </section>
  );
}

interface Stands {
  event: string;
  of: CancellationShape;
  may: boolean;
  onDone(): void;
}

function Standing({ event, of, may, onDone }: Stands) {
  const { busy, act, refused } = useActing();
  const done = of.orders - of.waiting - of.refused - of.asked;
  const steer = (how: "pause" | "resume" | "retry") =>
    void act(async () => {
      const parts = { event, cancellation: of.id };
      await ask(`POST /api/organizer/events/{event}/refunds/{cancellation}/${how}`, { parts });
      onDone();
    });
  return (
    <div class="stack-tight">
      <p role="status">{t(`evt_back_${of.state}`, { done, of: of.orders })}</p>
      <progress max={Math.max(of.orders, 1)} value={done} aria-label={t("evt_back_title")} />
      {of.choices.length > 0 && (
        <p class="small">
          {of.asked > 0 && t("evt_back_asked_still", { n: of.asked })}{" "}
          {t("evt_back_chosen", { ...of.chosen })}
        </p>
      )}
      {of.refused > 0 && <Notice kind="bad">{t("evt_back_refused", { n: of.refused })}</Notice>}
      {of.failed > 0 && <Notice kind="bad">{t("evt_back_failed", { n: of.failed })}</Notice>}
      {refused}
      {may && (
        <span class="row">
          {of.state === "running" && (
            <Button busy={busy} onClick={() => steer("pause")}>
              {t("evt_back_pause")}
            </Button>
          )}
          {of.state === "paused" && (
            <Button busy={busy} onClick={() => steer("resume")}>
              {t("evt_back_resume")}
            </Button>
          )}
          {of.refused > 0 && (
            <Button busy={busy} onClick={() => steer("retry")}>
              {t("evt_back_retry")}
            </Button>
          )}
        </span>
      )}
    </div>
  );
}

interface Confirmed {
  shown: EventShownShape;
  /** id of what is asked for; null: nothing is */
  request: string | null;
  onNo(): void;
  onDone(): void;
}

function Asking({ shown, request, onNo, onDone }: Confirmed) {
  const parts = { event: shown.event.id };
  const [fees, setFees] = useState(true);
  const [offer, setOffer] = useState(PLAIN);
  const said = wireOf(offer);
  const key = JSON.stringify(said);
  const [foreseen, setForeseen] = useState<ForeseenShape | null>(null);
  const [wrong, setWrong] = useState<unknown>(null);
  const { busy, act, refused } = useActing();
  const sells = shown.sales.some(({ state }) => state !== "closed" && state !== "ended");
  useEffect(() => {
    setForeseen(null);
    setWrong(null);
    if (request === null || said === null) return;
    let current = true;
    ask("POST /api/organizer/events/{event}/refunds/preview", { parts, body: { fees, ...said } }).then(
      (found) => current && setForeseen(found),
      (error) => current && setWrong(error),
    );
    return () => {
      current = false;
    };
  }, [request, fees, key]);
  const begin = () =>
    act(async () => {
      const body = { cancellation: request ?? "", fees, ...said };
      await ask("POST /api/organizer/events/{event}/refunds", { parts, body });
      tell(t("evt_back_begun"));
      onDone();
    });
  const nothing = foreseen !== null && foreseen.orders === 0 && offer.who === "all";
  return (
    <DryRun
      title={t("evt_back_asked", { name: shown.event.name })}
      open={request !== null}
      meets={foreseen === null ? (wrong === null && said !== null ? null : []) : effects(foreseen, offer)}
      does={t("evt_back_yes")}
      keeps={t("evt_back_no")}
      busy={busy || wrong !== null || nothing || said === null}
      onYes={() => void begin()}
      onNo={onNo}
    >
      <Offering offer={offer} isCancelled={shown.event.status === "cancelled"} onOffer={setOffer} />
      <Check label={t("evt_back_fees")} required={false} checked={fees} onChange={setFees} />
      {sells && <Notice kind="bad">{t("evt_back_sells")}</Notice>}
      {wrong !== null && (
        <Notice kind="bad" urgent>
          {explain(wrong)}
        </Notice>
      )}
      {refused}
    </DryRun>
  );
}

function effects(foreseen: ForeseenShape, { who }: Offer): string[] {
  const sum = (amount: number) => money(amount, foreseen.currency || "EUR", locale.value);
  if (foreseen.orders === 0) return who === "all" ? [t("evt_back_nothing")] : [];
  return [
    t("evt_back_orders", { n: foreseen.orders, people: foreseen.people, lines: foreseen.lines }),
    ...(foreseen.by_provider > 0 || foreseen.as_credit === 0
      ? [t("evt_back_by_provider", { sum: sum(foreseen.by_provider) })]
      : []),
    ...(foreseen.as_credit > 0 ? [t("evt_back_as_credit", { sum: sum(foreseen.as_credit) })] : []),
    ...(foreseen.bonus > 0 ? [t("evt_back_bonus", { sum: sum(foreseen.bonus) })] : []),
    ...(foreseen.by_hand > 0 ? [t("evt_back_by_hand", { sum: sum(foreseen.by_hand) })] : []),
    ...(foreseen.kept > 0 ? [t("evt_back_kept", { sum: sum(foreseen.kept) })] : []),
    ...(foreseen.refused > 0 ? [t("evt_back_cannot", { n: foreseen.refused })] : []),
  ];
}
