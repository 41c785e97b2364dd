/**
 * What is bought, what it comes to and how long it is held, always in sight on a phone: also while the keyboard is open.
 * Owns: where it sticks. A browser that moves what is seen over the page, as for its keyboard, would leave it behind.
 */

import { useEffect, useRef } from "preact/hooks";
import { price } from "../../shared/format/price";
import { Ring } from "../../shared/ui/signs";
import type { Cart } from "../../shared/wire/messages";
import { dueOf } from "../sale/credit";

const RING_PX = 48;

function useInSight() {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const seen = window.visualViewport;
    if (!seen) return;
    const follow = () => {
      const zoomed = seen.scale > 1; // who looks closer wants to see the field, and not the bar
      bar.current?.style.setProperty("--panned", `${zoomed ? 0 : Math.max(0, seen.offsetTop)}px`);
    };
    seen.addEventListener("scroll", follow);
    seen.addEventListener("resize", follow);
    return () => {
      seen.removeEventListener("scroll", follow);
      seen.removeEventListener("resize", follow);
    };
  }, []);
  return bar;
}

export function CheckoutBar({ cart, held, whole_ms, busy }: BarProps) {
  const bar = useInSight();
  return (
    <div class="checkout-bar" ref={bar}>
      <span class="checkout-bar-what">
        {held}
        <strong class="figure">{price(dueOf(cart), cart.currency)}</strong>
      </span>
      {busy ? (
        <span class="small">{busy}</span>
      ) : (
        <Ring until_ms={cart.deadline_at_ms} whole_ms={whole_ms} size={RING_PX} />
      )}
    </div>
  );
}

interface BarProps {
  cart: Cart;
  held: string;
  whole_ms: number;
  /** said in place of the time while a purchase runs: then it stands still */
  busy: string | null;
}
