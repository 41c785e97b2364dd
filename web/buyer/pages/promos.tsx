/** Flash promos near the visitor: a unit is set aside for a minute, shown as a ring that empties. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { explain } from "../../shared/app/refusals";
import { live, now_ms } from "../../shared/app/services";
import { money } from "../../shared/format/money";
import { price } from "../../shared/format/price";
import { locale, t } from "../../shared/i18n";
import { Button, buttonClass } from "../../shared/ui/controls";
import { Loaded } from "../../shared/ui/loaded";
import { bothClocks } from "../../shared/ui/moments";
import { Badge, Notice, Ring } from "../../shared/ui/signs";
import { useTitle } from "../../shared/ui/title";
import type { PromoShape } from "../../shared/wire/contract";
import { consent, readConsent, setConsent } from "../sale/notices";
import { Picking } from "../sale/picking";
import { type Position, putProfile } from "../sale/profile";
import { saleSession } from "../sale/session";
import "./promos.css";

function Offered({ promo, left, over }: { promo: PromoShape; left: number; over: boolean }) {
  if (over) return <Badge kind="gone">{t("refused_window_over")}</Badge>;
  if (promo.state === "paused") return <Badge>{t("state_paused")}</Badge>;
  if (left === 0) return <Badge kind="gone">{t("all_taken")}</Badge>;
  return <Badge kind="few">{t("n_left", { n: left })}</Badge>;
}

function PromoCard({ promo }: { promo: PromoShape }) {
  const sale = saleSession(promo.sale);
  const picking = useMemo(() => new Picking(sale), [sale]);
  useEffect(() => {
    void sale.read.load();
    sale.follow(["pools"]);
    void sale.readCart().catch(() => undefined);
    return () => sale.unfollow();
  }, [promo.sale]);
  const tag = locale.value;
  const left = sale.pools.value[promo.pool] ?? promo.left;
  const cart = sale.cart.value;
  const held =
    cart && cart.state === "open" && sale.heldCount.value > 0 && cart.deadline_at_ms > now_ms.value;
  const over = promo.ends_at_ms <= now_ms.value;
  const trouble = picking.trouble.value;
  return (
    <li class="ticket promo">
      <div class="ticket-body stack-tight">
        <span class="row">
          <Offered promo={promo} left={left} over={over} />
          <span class="small soft">
            {t("promo_until", { time: bothClocks(promo.ends_at_ms, promo.store.zone) })}
          </span>
        </span>
        <h2 class="promo-name">{promo.product}</h2>
        <p class="soft">
          {promo.store.name} · {t("metres_away", { m: Math.round(promo.distance_m / 10) * 10 })}
        </p>
        {promo.description && <p>{promo.description}</p>}
      </div>
      <div class="ticket-stub promo-stub">
        <p class="promo-prices">
          <strong class="figure">{price(promo.price, promo.currency)}</strong>
          {promo.regular_price > promo.price && (
            <s class="soft figure">
              <span class="visually-hidden">{t("instead_of")} </span>
              {money(promo.regular_price, promo.currency, tag)}
            </s>
          )}
        </p>
        {held && cart ? (
          <span class="row">
            <Ring until_ms={cart.deadline_at_ms} whole_ms={sale.info.value?.cart_ms ?? 60_000} size={56} />
            <a class={buttonClass("main")} href={`/s/${promo.sale}/checkout`}>
              {t("checkout")}
            </a>
          </span>
        ) : (
          <Button
            kind="main"
            disabled={left === 0 || over || promo.state === "paused"}
            busy={picking.busy.value}
            onClick={() => void picking.units(promo.pool, 0, 1)}
          >
            {t("promo_take")}
          </Button>
        )}
      </div>
      {trouble && (
        <Notice kind="bad" urgent>
          {explain(trouble.error, { n: picking.personMax })}
        </Notice>
      )}
      {cart?.state === "ended" && cart.end_reason === "expired" && <Notice>{t("promo_expired")}</Notice>}
    </li>
  );
}

function Consent() {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const ready = live.status.value === "live";
  useEffect(() => {
    if (ready && consent.value === null) void readConsent();
  }, [ready]);
  if (consent.value === null) return null;
  const change = async () => {
    setBusy(true);
    try {
      await setConsent(consent.value !== true);
      setFailure(null);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="stack-tight" aria-label={t("notices")}>
      <p class="soft">{consent.value ? t("notices_yes") : t("notices_no")}</p>
      <span>
        <Button busy={busy} onClick={() => void change()}>
          {consent.value ? t("notices_stop") : t("notices_start")}
        </Button>
      </span>
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
    </section>
  );
}

/** What is on offer here, read again whenever the server says that it changed. */
function Near({ position }: { position: Position }) {
  const near = useMemo(() => {
    // Said once, before the first look: a promo may be claimed from the last known position only. What is refused now
    // is explained when a claim is.
    let reported: Promise<unknown> | null = null;
    return new Loading(async () => {
      reported ??= putProfile({ position, locale: locale.value }).catch(() => undefined);
      await reported;
      return (await live.ask("promos", position)).promos;
    });
  }, [position]);
  const ready = live.status.value === "live";
  useEffect(() => {
    if (ready) void near.again();
  }, [near, ready]);
  useEffect(() => live.listen((event) => event.on === "promos" && void near.again()), [near]);
  return (
    <Loaded of={near} part>
      {(promos) => (
        <>
          <Consent />
          {promos.length === 0 ? (
            <p class="lead">{t("no_promos")}</p>
          ) : (
            <ul class="cards">
              {promos.map((promo) => (
                <PromoCard key={promo.id} promo={promo} />
              ))}
            </ul>
          )}
        </>
      )}
    </Loaded>
  );
}

export default function Promos() {
  useTitle(t("promos"));
  const [position, setPosition] = useState<Position | null>(null);
  const [asked, setAsked] = useState<"no" | "asking" | "refused">("no");

  const locate = () => {
    setAsked("asking");
    navigator.geolocation?.getCurrentPosition(
      ({ coords }) => {
        setPosition({ latitude: coords.latitude, longitude: coords.longitude, accuracy_m: coords.accuracy });
        setAsked("no");
      },
      () => setAsked("refused"),
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
    );
    if (!navigator.geolocation) setAsked("refused");
  };

  useEffect(() => {
    // Asked before and allowed: no need for another click.
    void navigator.permissions?.query({ name: "geolocation" }).then((permission) => {
      if (permission.state === "granted") locate();
    });
  }, []);

  return (
    <div class="page page-narrow stack-wide">
      <h1 class="poster">{t("promos")}</h1>
      <p class="lead">{t("promos_explained")}</p>
      {position ? (
        <Near position={position} />
      ) : (
        <div class="stack">
          <span>
            <Button kind="main" size="large" busy={asked === "asking"} onClick={locate}>
              {asked === "asking" ? t("locating") : t("promos_near_me")}
            </Button>
          </span>
          <p class="small soft">{t("position_use")}</p>
          {asked === "refused" && <Notice>{t("no_position")}</Notice>}
        </div>
      )}
    </div>
  );
}
