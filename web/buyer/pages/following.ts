/**
 * An order that is not decided yet is looked at again by itself: as soon as its server says something of it, and else less
 * and less often. Owns: when. Nobody looks while the page is hidden, and at once when it is shown again.
 */

import { useEffect } from "preact/hooks";
import { live } from "../../shared/app/services";
import type { Order } from "../../shared/wire/messages";
import type { SaleSession } from "../sale/session";

const LOOK_MS = 3_000;
const LOOK_MS_MAX = 60_000;
const SLOWER = 1.5;
const UNDECIDED = new Set<Order["state"]>(["awaiting", "paying"]);

export const isUndecided = (order: Order): boolean => UNDECIDED.has(order.state);

export function useFollowing(order: Order, sale: SaleSession, look: () => Promise<void>): void {
  const undecided = isUndecided(order);
  useEffect(() => {
    if (!undecided) return;
    let wait_ms = LOOK_MS;
    let timer: ReturnType<typeof setTimeout>;
    const later = () => {
      timer = setTimeout(() => void again(), wait_ms);
      wait_ms = Math.min(wait_ms * SLOWER, LOOK_MS_MAX);
    };
    const again = async () => {
      clearTimeout(timer);
      if (document.visibilityState === "visible") await look();
      later();
    };
    const shown = () => {
      wait_ms = LOOK_MS;
      void again();
    };
    later();
    document.addEventListener("visibilitychange", shown);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", shown);
    };
  }, [undecided, order.code]);
  const ready = live.status.value === "live";
  useEffect(() => {
    if (undecided && ready) sale.hearOfCart(1); // from then on this connection is told of its buyer's orders
  }, [undecided, ready]);
  const told = sale.order.value;
  useEffect(() => {
    if (undecided && told?.code === order.code) void look();
  }, [told]);
}
