/**
 * Who is signed in here.
 * Owns: what the server says of this session. Guarantees: nothing of it is kept in the browser; the cookie is out of reach of scripts.
 */

import { signal } from "@preact/signals";
import { call } from "../app/http";
import { live } from "../app/services";
import { codeOf } from "../live/errors";
import type { Me } from "../wire/contract";

/** undefined: not asked yet; null: nobody is */
export const me = signal<Me | null | undefined>(undefined);
/** why it could not be asked */
export const unknown = signal<unknown>(null);

let running: Promise<void> | null = null;

/** Ask who is; those who ask at once share the answer. */
export function askWho(): Promise<void> {
  running ??= call("GET /api/security/me", { anew: true })
    .then(
      ({ body }) => {
        me.value = body as Me;
        unknown.value = null;
      },
      (error: unknown) => {
        const nobody = ["unauthorized", "not_found"].includes(codeOf(error));
        if (nobody) me.value = null;
        unknown.value = nobody ? null : error;
      },
    )
    .finally(() => {
      running = null;
    });
  return running;
}

/** From now on: ask again whenever the server says that it changed, or may have said so while there was no connection. */
export function followAccess(applies: () => boolean): () => void {
  const again = () => {
    if (me.peek() && applies()) void askWho();
  };
  const stop = live.listen((event) => {
    if ((event.on as string) === "access") again();
  });
  let connected = false;
  let lost = false;
  const leave = live.status.subscribe((status) => {
    if (status === "stopped" || (status === "live" && lost)) again();
    connected ||= status === "live";
    lost = status === "connecting" && connected;
  });
  return () => {
    stop();
    leave();
  };
}
