import { beforeEach, describe, expect, test } from "vitest";
import { DELAY_MS_MAX, delayMs, JITTER_MS_MAX } from "../shared/live/backoff";
import { ASK_MS, Live } from "../shared/live/client";
import { ServerClock } from "../shared/live/clock";
import { json } from "../shared/wire/codec";
import { FakePlatform } from "./fake";

let platform: FakePlatform;
let kept: string | null;
let organizer: string | null;
let live: Live;

const watched = (more: object = {}) => ({ epoch: "e1", seq: 10, state: "open", now_ms: 1_000_000, ...more });

function sink() {
  const seen: string[] = [];
  return {
    seen,
    snapshot: (members: { seq: number }) => seen.push(`snapshot ${members.seq}`),
    event: (event: { on: string; seq?: number }) => seen.push(`${event.on} ${event.seq ?? "-"}`),
  };
}

beforeEach(() => {
  platform = new FakePlatform();
  kept = null;
  organizer = null;
  live = new Live({
    url: "ws://x/ws",
    codec: json,
    platform,
    organizer: () => organizer,
    token: {
      read: () => kept,
      write: (token) => {
        kept = token;
      },
    },
  });
  live.start();
});

describe("hello", () => {
  test("the token is kept and shown again", async () => {
    platform.socket.welcome();
    expect(kept).toBe("token-1");
    expect(live.status.value).toBe("live");
    platform.socket.end(4001);
    await platform.pass(JITTER_MS_MAX);
    platform.socket.onopen?.();
    expect(platform.socket.last("hello").buyer).toBe("token-1");
  });

  test("two tabs that open at once are one buyer: who comes second is who the first became", () => {
    platform.socket.onopen?.();
    expect(platform.socket.last("hello").buyer).toBeUndefined();
    kept = "of-the-other-tab";
    platform.socket.answer("hello", { buyer: "token-2", buyer_id: "b2", now_ms: 1, server: "", ping_s: 25 });
    expect(kept).toBe("of-the-other-tab");
    expect(platform.socket.last("hello").buyer).toBe("of-the-other-tab");
  });

  test("a token that is no longer good is dropped, not held against the buyer", () => {
    kept = "from another installation";
    platform.socket.onopen?.();
    platform.socket.refuse("hello", "unauthorized");
    expect(platform.socket.last("hello").buyer).toBeUndefined();
    platform.socket.answer("hello", { buyer: "fresh", buyer_id: "b2", now_ms: 1, server: "", ping_s: 25 });
    expect(kept).toBe("fresh");
  });

  test("the organizer that is worked for is named; one that refuses costs neither the token nor the connection", () => {
    kept = "token-1";
    organizer = "org_1";
    platform.socket.onopen?.();
    expect(platform.socket.last("hello").organizer).toBe("org_1");
    platform.socket.refuse("hello", "forbidden");
    expect(platform.socket.last("hello")).toMatchObject({ buyer: "token-1" });
    expect(platform.socket.last("hello").organizer).toBeUndefined();
    platform.socket.answer("hello", { buyer: "token-1", buyer_id: "b1", now_ms: 1, server: "", ping_s: 25 });
    organizer = "org_2";
    live.introduce();
    expect(platform.socket.last("hello").organizer).toBe("org_2");
  });
});

describe("ask", () => {
  test("answers may come out of order", async () => {
    platform.socket.welcome();
    const first = live.ask("cart", { sale: "a" });
    const second = live.ask("cart", { sale: "b" });
    const [one, two] = platform.socket.sent.filter((ask) => ask.do === "cart");
    platform.socket.say({ re: two?.id, ok: { total: 2 } });
    platform.socket.say({ re: one?.id, ok: { total: 1 } });
    expect((await first).total).toBe(1);
    expect((await second).total).toBe(2);
  });

  test("an ask without an answer is asked again on the next socket with the same ids", async () => {
    platform.socket.welcome();
    const held = live.ask("hold", { sale: "s", hold: "mine", seats: [3] });
    const before = platform.socket.last("hold");
    platform.socket.end(1006);
    await platform.pass(1_000);
    platform.socket.welcome();
    expect(platform.socket.last("hold")).toEqual(before);
    platform.socket.answer("hold", { again: true });
    expect((await held).again).toBe(true);
  });

  test("asked before the socket is open, sent after hello", async () => {
    const answer = live.ask("join", { sale: "s" });
    expect(platform.socket.sent).toEqual([]);
    platform.socket.welcome();
    platform.socket.answer("join", { number: 1 });
    expect(await answer).toEqual({ number: 1 });
  });

  test("a refusal comes with its code and details", async () => {
    platform.socket.welcome();
    const held = live.ask("hold", { sale: "s", hold: "h", seats: [3] });
    const { id } = platform.socket.last("hold");
    platform.socket.say({ re: id, error: { code: "seat_taken", message: "", retryable: false, seats: [3] } });
    await expect(held).rejects.toMatchObject({ code: "seat_taken", detail: { seats: [3] } });
  });

  test("busy is asked again by itself, other refusals are not", async () => {
    platform.socket.welcome();
    const held = live.ask("hold", { sale: "s", hold: "h", seats: [3] });
    platform.socket.refuse("hold", "busy", true);
    await platform.pass(2_000);
    expect(platform.socket.sent.filter((ask) => ask.do === "hold").length).toBe(2);
    platform.socket.answer("hold", { again: false });
    expect(await held).toEqual({ again: false });
  });

  test("no answer in time is its own failure: the outcome is unknown", async () => {
    platform.socket.welcome();
    const held = live.ask("hold", { sale: "s", hold: "h", seats: [3] }, 5_000);
    const failed = expect(held).rejects.toMatchObject({ code: "unanswered" });
    await platform.pass(5_001);
    await failed;
  });
});

describe("without a network", () => {
  const hold = () => live.ask("hold", { sale: "s", hold: "mine", seats: [3] });

  test("the device is believed at once, and the socket is not waited for", () => {
    platform.socket.welcome();
    platform.network(false);
    expect(live.offline.value).toBe(true);
    expect(live.status.value).toBe("connecting");
    expect(platform.socket.closed).toBe(true);
  });

  test("a page that begins without one says so", () => {
    const begun = new FakePlatform();
    begun.network(false);
    const token = { read: () => null, write: () => undefined };
    const late = new Live({ url: "ws://x/ws", codec: json, platform: begun, token });
    late.start();
    expect(late.offline.value).toBe(true);
    begun.socket.welcome();
    expect(late.offline.value, "a connection proves the device wrong").toBe(false);
  });

  test("what a person does is kept however long it takes, and goes out at once when it is back", async () => {
    platform.socket.welcome();
    platform.network(false);
    const held = hold();
    expect(live.keeping.value).toBe(true);
    await platform.pass(10 * ASK_MS);
    platform.network(true);
    expect(live.offline.value).toBe(false);
    platform.socket.welcome();
    expect(live.keeping.value).toBe(false);
    expect(platform.socket.last("hold")).toMatchObject({ hold: "mine", seats: [3] });
    platform.socket.answer("hold", { again: false });
    expect((await held).again).toBe(false);
  });

  test("what makes no sense any more is refused as ever", async () => {
    platform.socket.welcome();
    platform.network(false);
    const refused = expect(hold()).rejects.toMatchObject({ code: "cart_ended" });
    await platform.pass(10 * ASK_MS);
    platform.network(true);
    platform.socket.welcome();
    platform.socket.refuse("hold", "cart_ended");
    await refused;
  });

  test("the time before the loss counts, and that after it", async () => {
    platform.socket.welcome();
    let failed = false;
    const late = hold().catch(() => {
      failed = true;
    });
    await platform.pass(ASK_MS - 5_000);
    platform.network(false);
    await platform.pass(10 * ASK_MS);
    platform.network(true);
    platform.socket.welcome();
    await platform.pass(4_999);
    expect(failed).toBe(false);
    await platform.pass(1);
    await late;
    expect(failed).toBe(true);
  });

  test("a socket begun without it is not waited for", async () => {
    platform.socket.welcome();
    platform.network(false);
    await platform.pass(JITTER_MS_MAX);
    const begun = platform.socket;
    platform.network(true);
    expect(begun.closed).toBe(true);
    expect(platform.socket).not.toBe(begun);
    platform.socket.welcome();
    expect(live.status.value).toBe("live");
  });

  test("what a page asks by itself is nothing that is kept for anybody", () => {
    platform.network(false);
    void live.ask("cart", { sale: "s" }).catch(() => undefined);
    expect(live.keeping.value).toBe(false);
  });

  test("a connection that the server ended for good keeps nobody waiting", async () => {
    platform.socket.welcome();
    const failed = expect(hold()).rejects.toMatchObject({ code: "unanswered" });
    platform.socket.end(4003);
    expect(live.status.value).toBe("stopped");
    expect(live.keeping.value).toBe(false);
    await platform.pass(ASK_MS);
    await failed;
  });
});

describe("watch", () => {
  test("snapshot first, then what is newer; older is left out", () => {
    const seen = sink();
    live.watch("s", ["seats"], seen);
    platform.socket.welcome();
    platform.socket.answer("watch", watched());
    platform.socket.say({ on: "seats", sale: "s", epoch: "e1", seq: 12, free: [1] });
    platform.socket.say({ on: "pools", sale: "s", epoch: "e1", seq: 12, pools: {} });
    platform.socket.say({ on: "seats", sale: "s", epoch: "e1", seq: 9, free: [1] });
    expect(seen.seen).toEqual(["snapshot 10", "seats 12", "pools 12"]);
  });

  test("resumes from the last seq it saw", async () => {
    const seen = sink();
    live.watch("s", ["seats", "pools"], seen);
    platform.socket.welcome();
    platform.socket.answer("watch", watched());
    platform.socket.say({ on: "seats", sale: "s", epoch: "e1", seq: 12 });
    platform.socket.say({ on: "seats", sale: "s", epoch: "e1", seq: 17 });
    platform.socket.end(1006);
    await platform.pass(1_000);
    platform.socket.welcome();
    expect(platform.socket.last("watch")).toMatchObject({ epoch: "e1", seq: 17 });
    platform.socket.answer("watch", watched({ seq: 17, resumed: true }));
    platform.socket.say({ on: "pools", sale: "s", epoch: "e1", seq: 17 });
    expect(seen.seen.slice(-1)).toEqual(["pools 17"]);
  });

  test("asks afresh when topics it added were never answered", async () => {
    const watch = live.watch("s", ["room"], sink());
    platform.socket.welcome();
    platform.socket.answer("watch", watched());
    watch.also(["seats"]);
    platform.socket.end(1006);
    await platform.pass(1_000);
    platform.socket.welcome();
    expect(platform.socket.last("watch")).toMatchObject({ topics: ["room", "seats"] });
    expect(platform.socket.last("watch").epoch).toBeUndefined();
  });

  test("another epoch is asked for afresh", () => {
    const seen = sink();
    live.watch("s", ["seats"], seen);
    platform.socket.welcome();
    platform.socket.answer("watch", watched());
    platform.socket.say({ on: "seats", sale: "s", epoch: "e2", seq: 1, free: [1] });
    expect(platform.socket.last("watch").epoch).toBeUndefined();
    platform.socket.answer("watch", watched({ epoch: "e2", seq: 4 }));
    expect(seen.seen).toEqual(["snapshot 10", "snapshot 4"]);
  });

  test("a server's own snapshot replaces everything", () => {
    const seen = sink();
    live.watch("s", ["seats"], seen);
    platform.socket.welcome();
    platform.socket.answer("watch", watched());
    platform.socket.say({ on: "snapshot", sale: "s", epoch: "e2", seq: 3, state: "open" });
    platform.socket.say({ on: "seats", sale: "s", epoch: "e2", seq: 5, sold: [1] });
    expect(seen.seen).toEqual(["snapshot 10", "snapshot 3", "seats 5"]);
  });

  test("more topics widen the same watch", () => {
    const watch = live.watch("s", ["room"], sink());
    platform.socket.welcome();
    platform.socket.answer("watch", watched());
    watch.also(["seats"]);
    expect(platform.socket.last("watch").topics).toEqual(["room", "seats"]);
  });
});

describe("closing", () => {
  test.each([1009, 4003, 4007, 4008])(
    "%i: does not come back by itself, but when the buyer asks",
    async (code) => {
      platform.socket.welcome();
      platform.socket.end(code);
      await platform.pass(120_000);
      expect(platform.sockets.length).toBe(1);
      expect(live.status.value).toBe("stopped");
      live.again();
      expect(platform.sockets.length).toBe(2);
    },
  );

  test("a server that says bye is left alone for as long as it asks", async () => {
    platform.socket.welcome();
    platform.socket.say({ on: "bye", reconnect_ms: 3_000 });
    platform.socket.end(4001);
    await platform.pass(2_900);
    expect(platform.sockets.length).toBe(1);
    await platform.pass(JITTER_MS_MAX + 200);
    expect(platform.sockets.length).toBe(2);
  });

  test("silence: asks, and gives the socket up when nothing comes", async () => {
    platform.socket.welcome();
    await platform.pass(25_000);
    platform.socket.answer("ping", { now_ms: 1 });
    await platform.pass(24_000);
    expect(platform.sockets.length).toBe(1);
    await platform.pass(14_000);
    expect(platform.sockets.length).toBe(2);
  });

  test("waking up tries at once instead of waiting out the delay", async () => {
    for (let n = 0; n < 6; n++) {
      platform.socket.end(1006);
      await platform.pass(DELAY_MS_MAX);
    }
    const before = platform.sockets.length;
    platform.socket.end(1006);
    platform.wake();
    expect(platform.sockets.length).toBe(before + 1);
  });
});

test("delays grow, stay bounded and spread out", () => {
  expect(delayMs("at_once", 0, 0.999)).toBeLessThan(JITTER_MS_MAX);
  let last = 0;
  for (let failures = 0; failures < 40; failures++) {
    const delay = delayMs("later", failures, 0.5);
    expect(delay).toBeGreaterThanOrEqual(last);
    expect(delay).toBeLessThanOrEqual(DELAY_MS_MAX);
    expect(delayMs("later", failures, 0)).toBeLessThan(delayMs("later", failures, 1));
    last = delay;
  }
});

describe("the server's clock", () => {
  test("does not depend on the device's", () => {
    let monotonic_ms = 500;
    const clock = new ServerClock(() => monotonic_ms);
    monotonic_ms = 700;
    clock.sample(1_000_000, 500); // said in the middle of the round trip
    expect(clock.now_ms()).toBe(1_000_100);
    monotonic_ms = 1_700;
    expect(clock.now_ms()).toBe(1_001_100);
  });

  test("a slow answer does not spoil a good estimate; a sleep does replace it", () => {
    let monotonic_ms = 0;
    const clock = new ServerClock(() => monotonic_ms);
    monotonic_ms = 10;
    clock.sample(5_000, 0);
    monotonic_ms = 2_010;
    clock.sample(6_500, 1_010); // half a second off, but its round trip was a second
    expect(clock.now_ms()).toBe(5_000 - 5 + 2_010);
    clock.sample(99_000, 2_005);
    expect(clock.now_ms()).toBeCloseTo(99_002.5);
  });
});
