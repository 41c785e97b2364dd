/** Opening, pausing, resuming and ending a sale: what can't be taken back is asked about first, with live figures. */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import type { FollowedSale } from "../../shared/sale/followed";
import { Button } from "../../shared/ui/controls";
import { bothClocks } from "../../shared/ui/moments";
import { Notice } from "../../shared/ui/signs";
import type { SaleState } from "../../shared/wire/messages";
import { type Steering, steer } from "../api";
import { holdsAny } from "../shell/places";
import { DryRun } from "../ui/dry-run";
import { tell } from "../ui/toasts";
import { permissions } from "../who";
import { t } from "../words";
import { RoomControl } from "./room-control";

const STEPS: Record<SaleState, readonly Steering[]> = {
  scheduled: ["open", "close"],
  lobby: ["open", "close"],
  open: ["pause", "close"],
  paused: ["resume", "close"],
  closed: ["reopen"],
  ended: ["reopen"],
};
const KINDS = { open: "main", resume: "main", reopen: "main", pause: undefined, close: "bad" } as const;
const ASKED: ReadonlySet<Steering> = new Set(["open", "close", "reopen"]);

function hasBegun(state: SaleState | null): boolean {
  return state === "open" || state === "paused";
}

/** One way to steer at a time: what runs, what is asked about, what went wrong. */
function useSteering(sale: FollowedSale) {
  const [busy, setBusy] = useState<Steering | null>(null);
  const [asked, ask] = useState<Steering | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const run = async (how: Steering) => {
    setBusy(how);
    try {
      await steer(sale.id, how);
      setFailure(null);
      if (how === "pause") tell(t("off_paused"), () => void run("resume"));
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(null);
      ask(null);
    }
  };
  return { busy, asked, failure, ask, run };
}

export function Steer({ sale }: { sale: FollowedSale }) {
  const { busy, asked, failure, ask, run } = useSteering(sale);
  const state = sale.state.value;
  if (!state) return null;
  const ends = hasBegun(state) ? "dash_close" : "dash_close_before";
  return (
    <section class="panel stack" aria-label={t("dash_steer")}>
      <h2 class="tag">{t("dash_steer")}</h2>
      {state === "paused" && <p>{t("dash_paused_explained")}</p>}
      <div class="row">
        {STEPS[state].map((how) => (
          <Button
            key={how}
            {...(KINDS[how] ? { kind: KINDS[how] } : {})}
            busy={busy === how}
            onClick={() => (ASKED.has(how) ? ask(how) : void run(how))}
          >
            {t(how === "close" ? ends : `dash_${how}`)}
          </Button>
        ))}
        {(state === "closed" || state === "ended") && <p class="soft">{t("sale_over")}</p>}
      </div>
      {holdsAny(permissions.value, ["event:edit"]) && state !== "closed" && state !== "ended" && (
        <RoomControl sale={sale} />
      )}
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
      <DryRun
        title={t(`${ends}_asked`)}
        open={asked === "close"}
        meets={met(sale)}
        does={t(ends)}
        keeps={t(hasBegun(state) ? "dash_close_not" : "dash_open_not")}
        busy={busy === "close"}
        onYes={() => void run("close")}
        onNo={() => ask(null)}
      >
        <p>
          <strong>{t("dash_close_reopens")}</strong> {hasBegun(state) && t("dash_pause_instead")}
        </p>
      </DryRun>
      <DryRun
        title={t("dash_reopen_asked")}
        open={asked === "reopen"}
        kind="main"
        does={t("dash_reopen")}
        keeps={t("dash_open_not")}
        busy={busy === "reopen"}
        onYes={() => void run("reopen")}
        onNo={() => ask(null)}
      >
        <p>{t("dash_reopen_explained")}</p>
      </DryRun>
      <DryRun
        title={t("dash_open_asked")}
        open={asked === "open"}
        kind="main"
        does={t("dash_open")}
        keeps={t("dash_open_not")}
        busy={busy === "open"}
        onYes={() => void run("open")}
        onNo={() => ask(null)}
      >
        <OpeningEarly sale={sale} />
      </DryRun>
    </section>
  );
}

/** Whom ending the sale meets, as it stands at this moment; null while that is not known. */
function met(sale: FollowedSale): string[] | null {
  const counters = sale.counters.value;
  const info = sale.info.value;
  if (!counters || !info) return null;
  const { shopping, waiting, sold, held } = counters;
  const carts = shopping > 0 ? t("dash_close_carts", { n: shopping }) : t("dash_close_no_carts");
  return [
    ...(hasBegun(sale.state.value) ? [carts] : []),
    waiting > 0 ? t("dash_close_waiting", { n: waiting }) : t("dash_close_nobody_waiting"),
    t("dash_close_unsold", { n: Math.max(0, info.stock - sold - held) }),
  ];
}

function OpeningEarly({ sale }: { sale: FollowedSale }) {
  const info = sale.info.value;
  const waiting = sale.counters.value?.waiting ?? 0;
  if (!info) return null;
  return (
    <>
      <p>{t("dash_open_planned", { time: bothClocks(info.opens_at, info.zone) })}</p>
      {waiting > 0 && <p>{t("dash_open_lobby", { n: waiting })}</p>}
      <p>{t("dash_open_explained")}</p>
    </>
  );
}
