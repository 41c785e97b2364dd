/**
 * When a refused ask is asked again by itself: pure policy but for the pauses.
 * Guarantees: what will not change is told at once; a crowded network is waited for as long as the server says.
 */

import { Refusal } from "./errors";
import type { Patience } from "./patience";
import type { Platform } from "./socket";

const RETRY_CODES = new Set(["busy", "unavailable", "internal", "too_many_asks"]);
const RETRIES_MAX = 6;

/** Ask by `once`, which is given its deadline, until it is answered or refused for good. */
export async function askUntil<T>(
  until_ms: number,
  once: (deadline_ms: number) => Promise<T>,
  { platform, patience }: { platform: Platform; patience: Patience },
): Promise<T> {
  const pause = (ms: number) => new Promise<void>((resolve) => platform.later(resolve, ms));
  let deadline_ms = until_ms;
  for (let tries = 0; ; tries++) {
    try {
      return await once(deadline_ms);
    } catch (error) {
      if (error instanceof Refusal && error.code === "network_busy") {
        // Many come from the same network: the server says when to ask again, however often that is.
        const wait_ms = Number(error.detail.retry_after_ms) * (1 + platform.random() / 10);
        deadline_ms += wait_ms;
        await pause(wait_ms);
        continue;
      }
      const again = error instanceof Refusal && RETRY_CODES.has(error.code) && tries < RETRIES_MAX;
      const pause_ms = 200 * 2 ** tries * (0.5 + platform.random());
      if (!again || patience.now_ms() + pause_ms >= deadline_ms) throw error;
      await pause(pause_ms);
    }
  }
}
