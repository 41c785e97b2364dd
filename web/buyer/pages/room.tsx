/**
 * Waiting room: one's place, what is ahead, and what is left.
 * Joins by itself; enters by itself when it is one's turn, so that a turn is not missed by looking elsewhere.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { go } from "../../shared/app/router";
import { live } from "../../shared/app/services";
import { locale, t } from "../../shared/i18n";
import { codeOf } from "../../shared/live/errors";
import { ChangedHere } from "../../shared/sale/changed";
import type { SaleInfo } from "../../shared/sale/sales";
import { Button } from "../../shared/ui/controls";
import { AllEvents, page } from "../../shared/ui/loaded";
import { bothClocks } from "../../shared/ui/moments";
import { Dialog, Notice, Until } from "../../shared/ui/signs";
import { useTitle } from "../../shared/ui/title";
import type { RoomState, SaleState } from "../../shared/wire/messages";
import { alertBuyer, askForAlerts, stopAlerts, wanted } from "../sale/alert";
import { type Outlook, outlook, progress } from "../sale/outlook";
import { type SaleSession, sessionOf } from "../sale/session";
import { DrawCheck } from "./draw-check";
import { EntryAsked, isAsked } from "./entry-asked";
import { PhaseLine, PhaseNotice } from "./phases";
import "./room.css";

/** Asks that only mean "not yet" are asked again when the room moves on, and at least this often. */
const ENTER_AGAIN_MS = 5_000;
const NOT_YET = new Set([
  "between_phases",
  "not_your_turn",
  "turn_missed",
  "sale_not_open",
  "sale_paused",
  "busy",
  "unavailable",
  "unanswered",
]);

function useJoin(sale: SaleSession, ready: boolean): [unknown, () => void] {
  const [failure, setFailure] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (!ready || sale.joined.value) return;
    let stopped = false;
    sale
      .join()
      .then(() => setFailure(null))
      .catch((error: unknown) => {
        if (stopped) return;
        if (codeOf(error) === "bad_place") {
          sale.forgetPlace(); // signed for another buyer token: start afresh
          void sale.join().catch((second: unknown) => setFailure(second));
        } else setFailure(error);
      });
    return () => {
      stopped = true;
    };
  }, [ready, tries, sale.asks]);
  return [failure, () => setTries(tries + 1)];
}

/** Enters when it is one's turn; answers why not, when the reason is worth showing, and how to try at once. */
function useEnter(sale: SaleSession, turn: boolean): [unknown, () => void] {
  const [failure, setFailure] = useState<unknown>(null);
  const asking = useRef(false);
  const enter = async () => {
    if (asking.current) return;
    asking.current = true;
    try {
      const cart = await sale.enter();
      if (cart.state !== "ended") {
        alertBuyer(t("your_turn"), sale.info.value?.name ?? "");
        go(`/s/${sale.id}/seats`, "replace");
      }
    } catch (error) {
      setFailure(error);
    } finally {
      asking.current = false;
    }
  };
  useEffect(() => setFailure(null), [sale.asks]);
  // Whoever waits since another phase is asked for what this one asks: that is for them to bring.
  const asked = isAsked(failure);
  useEffect(() => {
    if (!turn || asked) return;
    void enter();
    const timer = setInterval(() => void enter(), ENTER_AGAIN_MS);
    return () => clearInterval(timer);
  }, [turn, asked, sale.room.value?.serving]);
  return [turn ? failure : null, () => void enter()];
}

function waitWords({ wait_s, waitsFor }: Outlook): string {
  if (waitsFor !== null) return t(`wait_for_${waitsFor}`);
  if (wait_s === null) return t("wait_unknown");
  if (wait_s < 60) return t("wait_under_minute");
  const minutes = Math.ceil(wait_s / 60);
  if (minutes < 90) return t("wait_minutes", { n: minutes });
  return t("wait_hours", { n: Math.round(minutes / 60) });
}

function Waiting({ room, place, start }: { room: RoomState; place: number; start: number }) {
  const view = outlook(room, place);
  const part = progress(room, place, start);
  return (
    <>
      <div class="room-figures">
        <p>
          <span class="tag">{t("people_ahead")}</span>
          <span class="big-figure">
            {view.ahead === 0
              ? t("you_are_next")
              : new Intl.NumberFormat(locale.value).format(view.ahead ?? 0)}
          </span>
        </p>
        <dl class="room-facts">
          <div>
            <dt class="tag">{t("expected_wait")}</dt>
            <dd>{waitWords(view)}</dd>
          </div>
          <div>
            <dt class="tag">{t("your_place")}</dt>
            <dd class="figure">{new Intl.NumberFormat(locale.value).format(place + 1)}</dd>
          </div>
          <div>
            <dt class="tag">{t("stock_left")}</dt>
            <dd class="figure">{new Intl.NumberFormat(locale.value).format(room.left)}</dd>
          </div>
        </dl>
      </div>
      <div
        class="bar"
        role="progressbar"
        aria-label={t("queue_progress")}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(part * 100)}
      >
        <span style={{ transform: `scaleX(${part})` }} />
      </div>
      {view.chance === "thin" && <Notice>{t("chance_thin")}</Notice>}
      {view.chance === "none" && <Notice kind="bad">{t("chance_none")}</Notice>}
    </>
  );
}

function Lobby({ sale, opens_at, joining }: { sale: SaleSession; opens_at: string; joining: boolean }) {
  const room = sale.room.value;
  return (
    <>
      <p class="stack-tight">
        <span class="tag">{t("opens_in")}</span>
        <span class="big-figure room-clock">
          <Until at_ms={Date.parse(opens_at)} />
        </span>
      </p>
      <p class="lead" data-coming={sale.joined.value ? undefined : ""}>
        {t("lobby_explained")}
      </p>
      <p class="soft room-company">
        {sale.joined.value
          ? room && room.tail > 1 && t("joined_so_far", { n: room.tail })
          : joining && t("finding_place")}
      </p>
    </>
  );
}

/** Spoken rarely: when the figure halves or a minute passed, not at every step. */
function useCalmStatus(text: string): string {
  const [said, setSaid] = useState(text);
  const latest = useRef(text);
  latest.current = text;
  useEffect(() => {
    const timer = setInterval(() => setSaid(latest.current), 60_000);
    return () => clearInterval(timer);
  }, []);
  return said;
}

interface Shown {
  sale: SaleSession;
  info: SaleInfo;
  turn: boolean;
  /** the turn passed, and the next free slot is waited for */
  missed: boolean;
  refused: unknown;
  joining: boolean;
  start: number;
}

function RoomBody({ sale, info, turn, missed, refused, joining, start }: Shown) {
  const room = sale.room.value;
  const state = sale.state.value;
  const place = sale.place.value;
  if (isOver(state)) {
    return (
      <>
        <p class="poster">{t("state_ended")}</p>
        <p class="lead">{t("sale_over")}</p>
      </>
    );
  }
  if (state === "scheduled") {
    return (
      <>
        <p class="stack-tight">
          <span class="tag">{info.lobby_at ? t("room_opens") : t("opens_in")}</span>
          <span class="big-figure room-clock">
            <Until at_ms={Date.parse(info.lobby_at ?? info.opens_at)} />
          </span>
        </p>
        <p class="lead">{t("room_not_open", { time: bothClocks(info.opens_at, info.zone) })}</p>
      </>
    );
  }
  if (state === "lobby") return <Lobby sale={sale} opens_at={info.opens_at} joining={joining} />;
  return (
    <>
      {room && place !== null && !turn && <Waiting room={room} place={place} start={start} />}
      {turn && refused === null && (
        <>
          <p class="poster">{missed ? t("turn_missed_title") : t("your_turn")}</p>
          {state === "open" && <p class="lead">{missed ? t("refused_turn_missed") : t("opening_cart")}</p>}
        </>
      )}
      {state === "open" && place === null && joining && <p class="lead">{t("finding_place")}</p>}
      {state === "paused" && <Notice>{t("refused_sale_paused")}</Notice>}
    </>
  );
}

function isOver(state: SaleState | null): boolean {
  return state === "closed" || state === "ended";
}

/** What one may do while waiting: be called, or leave. */
function Ways({ sale }: { sale: SaleSession }) {
  const [leaving, setLeaving] = useState(false);
  const leave = () =>
    void sale
      .leave()
      .catch(() => undefined)
      .then(() => go(`/s/${sale.id}`));
  return (
    <>
      <div class="row room-ways">
        <Button onClick={() => (wanted.value ? stopAlerts() : void askForAlerts())}>
          {wanted.value ? t("alerts_on") : t("alerts_ask")}
        </Button>
        {sale.joined.value && (
          <Button kind="plain" onClick={() => setLeaving(true)}>
            {t("leave_queue")}
          </Button>
        )}
      </div>
      <Dialog title={t("leave_queue")} open={leaving} onClose={() => setLeaving(false)}>
        <p>{t("leave_explained")}</p>
        <div class="row">
          <Button kind="main" onClick={leave}>
            {t("leave_now")}
          </Button>
          <Button onClick={() => setLeaving(false)}>{t("stay")}</Button>
        </div>
      </Dialog>
    </>
  );
}

/** The stub of one's place: it is safe, and the draw behind it can be checked. */
function Stub({ sale }: { sale: SaleSession }) {
  const [checking, setChecking] = useState(false);
  const room = sale.room.value;
  const words = room?.secret ? t("check_draw") : sale.state.value === "lobby" ? t("how_draw_works") : null;
  return (
    <div class="ticket-stub room-stub" data-coming={sale.joined.value ? undefined : ""}>
      <p class="small">{t("place_is_safe")}</p>
      {words && (
        <Button kind="plain" onClick={() => setChecking(true)}>
          {words}
        </Button>
      )}
      <Dialog title={t("check_draw")} open={checking} onClose={() => setChecking(false)}>
        <DrawCheck room={room} joined={sale.joined.value} />
      </Dialog>
    </div>
  );
}

function Room({ of: sale, data: info }: { of: SaleSession; data: SaleInfo }) {
  const start = useRef<number | null>(null);
  const room = sale.room.value;
  const state = sale.state.value;
  const joined = sale.joined.value;
  const place = sale.place.value;
  const over = isOver(state);
  const joinable = state === "lobby" || state === "open" || state === "paused";
  const [joinFailure, joinAgain] = useJoin(sale, info.room && joinable && live.status.value === "live");

  // The draw was held: the server tells the place; ours from the revealed seed is only a check of it.
  useEffect(() => {
    if (joined && joined.place === null && state === "open") void sale.join().catch(() => undefined);
  }, [state, joined?.place]);

  useEffect(() => {
    if (!info.room) go(`/s/${sale.id}/seats`, "replace");
  }, [info]);

  if (room && place !== null) start.current ??= room.serving;
  const view = room ? outlook(room, place) : null;
  const turn = view?.turn === true && (state === "open" || state === "paused");
  const [enterFailure, enterAgain] = useEnter(sale, turn);
  const ahead = view?.ahead ?? null;
  useTitle(
    ahead !== null && ahead > 0
      ? `${new Intl.NumberFormat(locale.value).format(ahead)} ${t("ahead_short")}`
      : info.name,
    turn ? t("your_turn") : null,
  );
  const status = useCalmStatus(
    ahead === null || turn ? "" : ahead === 0 ? t("you_are_next") : t("status_ahead", { n: ahead }),
  );

  const refused = enterFailure && !NOT_YET.has(codeOf(enterFailure)) ? enterFailure : null;
  const missed = enterFailure !== null && codeOf(enterFailure) === "turn_missed";

  const askedToEnter = !over && isAsked(enterFailure);
  const asked = askedToEnter || (!over && isAsked(joinFailure));

  const again = () => {
    sale.forgetPlace();
    void sale.join().catch(() => undefined);
  };
  return (
    <div class="page page-narrow stack-wide room">
      <header class="stack-tight">
        <p class="tag">{t("waiting_room")}</p>
        <h1 class="title">
          <a href={`/s/${sale.id}`}>{info.name}</a>
        </h1>
      </header>
      <p class="visually-hidden" role="status">
        {status}
      </p>
      <ChangedHere of={info} starts_at={info.starts_at} />
      {!over && <PhaseLine sale={sale} info={info} />}
      {!over && <PhaseNotice sale={sale} info={info} />}
      <section class="ticket" aria-label={t("waiting_room")}>
        <div class="ticket-body stack room-body">
          {asked ? (
            <EntryAsked
              sale={sale}
              failure={askedToEnter ? enterFailure : joinFailure}
              enter={askedToEnter ? enterAgain : joinAgain}
            />
          ) : (
            <RoomBody
              sale={sale}
              info={info}
              turn={turn}
              missed={missed}
              refused={refused}
              joining={joinFailure === null}
              start={start.current ?? room?.serving ?? 0}
            />
          )}
        </div>
        {!over && !asked && state !== "scheduled" && <Stub sale={sale} />}
      </section>
      {joinFailure !== null && !asked && <Notice kind="bad">{explain(joinFailure)}</Notice>}
      {refused !== null && !askedToEnter && (
        <Notice kind="bad" action={{ label: t("join_again"), run: again }}>
          {explain(refused)}
        </Notice>
      )}
      {!over && !asked && state !== null && state !== "scheduled" && <Ways sale={sale} />}
      {sale.entry.checking.value && <Notice>{t("checking_person")}</Notice>}
      {over && <AllEvents />}
    </div>
  );
}

export default page({
  of: sessionOf,
  loads: (sale) => sale.read,
  begins: (sale) => {
    sale.follow(["room"]);
    return () => sale.unfollow();
  },
  shows: Room,
});
