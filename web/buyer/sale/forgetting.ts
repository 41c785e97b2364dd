/**
 * Forgetting this browser: it is no buyer any more, and whoever uses it next finds nothing of who did before.
 * Guarantees: carts are given back and notices stop where that can be had; nothing here is forgotten unless the server
 * took the cookies back. What was bought stays valid, and opens with code and key.
 */

import { send } from "../../shared/app/http";
import { live } from "../../shared/app/services";
import { local, session } from "../../shared/app/storage";
import { salesWithCarts } from "./kept-carts";
import { codesOpened } from "./orders";

/** What says nothing of whoever was here. */
const CHOICES = ["lang", "theme", "seats_by", "wire"];
const LEAVE_MS = 5_000;

export async function forgetBrowser(): Promise<void> {
  await send("POST /api/buyers/forget", { body: { opened: codesOpened() } });
  const sales = salesWithCarts.peek();
  forgetAll(); // at once, should this tab be closed meanwhile
  const leaving = sales.map((sale) => live.ask("leave", { sale }, LEAVE_MS));
  await Promise.allSettled([...leaving, stopPush()]);
  live.stop();
  forgetAll(); // a hello may have brought a new buyer
  session.write("forgotten", "yes");
  location.replace("/o");
}

function forgetAll(): void {
  local.forget(CHOICES);
  session.forget([]);
}

async function stopPush(): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration();
  const subscription = await worker?.pushManager.getSubscription();
  await subscription?.unsubscribe();
}

/** Whether it was just done; asked once. */
export function wasForgotten(): boolean {
  const done = session.read("forgotten") !== null;
  session.write("forgotten", null);
  return done;
}
