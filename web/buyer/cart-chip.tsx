/**
 * The open carts, on every page: a chip in the masthead, a bar within reach of the thumb on a phone.
 * Where a page shows its own cart the chip is silent about that one. A cart that is lost is told politely, wherever one is.
 */

import { useEffect, useState } from "preact/hooks";
import { path } from "../shared/app/router";
import { now_ms } from "../shared/app/services";
import { countdown } from "../shared/format/time";
import { t } from "../shared/i18n";
import { Button } from "../shared/ui/controls";
import { lostCart } from "./sale/kept-carts";
import { type OpenCart, openCarts, ticketsIn } from "./sale/open-carts";
import { saleSession } from "./sale/session";
import "./cart-chip.css";

const LAST_MS = 60_000;
/** Pages with a cart and a bar of their own: there another cart takes a quiet line at the top. */
const OWN_BAR = /^\/s\/[^/]+\/(seats|checkout)$/;

/** Whether the page that is open shows this sale's cart with its time by itself; my tickets does when there are several. */
function shownByPage(sale: string): boolean {
  return (path.value === "/o" && openCarts.value.length > 1) || endToldByPage(sale, false);
}

/** Whether it also tells of the cart's end. */
function endToldByPage(sale: string, promo: boolean): boolean {
  const here = path.value;
  return here === `/s/${sale}/seats` || here === `/s/${sale}/checkout` || (promo && here === "/promos");
}

const isPromo = (sale: string): boolean => saleSession(sale).info.value?.promo ?? false;

/** Says once that a cart has a minute left, to who saw it with more. */
function LastMinute({ cart: { cart } }: { cart: OpenCart }) {
  const left_ms = cart.deadline_at_ms - now_ms.value;
  const [hadMore, setHadMore] = useState(false);
  useEffect(() => {
    if (left_ms > LAST_MS) setHadMore(true);
  }, [left_ms > LAST_MS]);
  const tell = hadMore && cart.state === "open" && left_ms <= LAST_MS;
  return (
    <span class="visually-hidden" role="status">
      {tell ? t("cart_last_minute") : ""}
    </span>
  );
}

function Chip({ carts: [first, ...others] }: { carts: readonly OpenCart[] }) {
  if (!first) return null;
  const { sale, cart } = first;
  const beside = OWN_BAR.test(path.value);
  const word = t(beside ? "other_cart" : "cart");
  return (
    <>
      <a class={beside ? "cart-chip cart-chip-line" : "cart-chip"} href={`/s/${sale.id}/checkout`}>
        <span>
          {others.length > 0
            ? t("n_carts", { n: others.length + 1 })
            : `${word} · ${t("n_tickets", { n: ticketsIn(cart) })}`}
        </span>
        <span class="figure">
          {cart.state === "locked" ? t("paying") : t("time_left_short", { time: left(cart.deadline_at_ms) })}
        </span>
      </a>
      <LastMinute key={cart.id} cart={first} />
    </>
  );
}

const left = (until_ms: number): string => countdown(Math.max(0, until_ms - now_ms.value));

function Lost() {
  const lost = lostCart.value;
  const told = lost !== null && endToldByPage(lost.sale, isPromo(lost.sale));
  useEffect(() => {
    if (told) lostCart.value = null;
    else if (lost) void saleSession(lost.sale).read.load();
  }, [lost, told]);
  const forget = () => {
    lostCart.value = null;
  };
  const info = lost && !told ? saleSession(lost.sale).info.value : null;
  return (
    <div class="cart-lost" role="status">
      {lost && info && (
        <div class="notice">
          <p>
            {t(lost.ranOut ? "cart_ran_out" : "cart_ended_elsewhere", { name: info.name })}{" "}
            <a href={info.promo ? "/promos" : `/s/${lost.sale}`} onClick={forget}>
              {t("start_again")}
            </a>
          </p>
          <Button kind="plain" onClick={forget}>
            {t("dismiss")}
          </Button>
        </div>
      )}
    </div>
  );
}

export function Carts() {
  const elsewhere = openCarts.value.filter(({ sale }) => !shownByPage(sale.id));
  return (
    <>
      <Chip carts={elsewhere} />
      <Lost />
    </>
  );
}
