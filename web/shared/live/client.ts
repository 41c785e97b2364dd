/**
 * The live client: one socket, kept alive, over which everything on a page is asked and heard.
 * Owns: connecting, hello, resuming watches by (epoch, seq), asking again after a loss, the server's clock.
 * Guarantees: an ask is answered, refused, or fails as Unanswered at its deadline, whatever happens to sockets between;
 * time without a connection does not count, and what is asked meanwhile goes out when there is one.
 * A watch's sink sees a snapshot, then states newer than it. Every ask is safe to repeat, by its own id or by nature.
 */

import { computed, signal } from "@preact/signals";
import type { Codec } from "../wire/codec";
import {
  type Commands,
  type HelloAnswer,
  type Incoming,
  isAnswer,
  type SaleState,
  type Topic,
  type WatchAnswer,
  type WireError,
  type WireEvent,
} from "../wire/messages";
import { askUntil } from "./asking";
import { type Again, afterClose, delayMs } from "./backoff";
import { ServerClock } from "./clock";
import { Refusal, Unanswered } from "./errors";
import { Heartbeat } from "./heartbeat";
import { Patience } from "./patience";
import { browser, type Platform, type Socket } from "./socket";
import { type Sink, saleOf, Watch } from "./watch";

/** connecting: not yet, or again · live · stopped: the server told us not to come back by ourselves */
export type Status = "connecting" | "live" | "stopped";

export interface TokenStore {
  read(): string | null;
  write(token: string): void;
}

export interface LiveOptions {
  url: string;
  codec: Codec;
  token: TokenStore;
  apiKey?: () => string | null; // an organizer's, who may follow sales that are not public yet
  organizer?: () => string | null; // whom somebody who is signed in works for: the same, by the session's cookie
  locale?: string;
  platform?: Platform;
}

interface Pending {
  id: number;
  ask: object;
  sentAt_ms: number;
  resolve(ok: unknown): void;
  reject(error: Error): void;
  forget(): void;
}

export const ASK_MS = 20_000;
/** What people do; everything else a page asks by itself. */
const DONE_BY_PEOPLE = new Set<keyof Commands>(["join", "leave", "hold", "release", "change", "checkout"]);

export class Live {
  readonly status = signal<Status>("connecting");
  readonly buyerId = signal<string | null>(null);
  readonly clock: ServerClock;
  /** How many times in a row a connection failed; pages say "connecting again" only when it is worth saying. */
  readonly failures = signal(0);
  /** The device says that it has no network; believed until a connection proves it wrong. */
  readonly offline = signal(false);
  /** Something that a person did waits for a connection. */
  readonly keeping = computed(() => this.status.value === "connecting" && this.undone.value > 0);

  private readonly platform: Platform;
  private socket: Socket | null = null;
  private ready = false;
  private keyRefused = false;
  private organizerRefused: string | null = null;
  private lastId = 0;
  private readonly pending = new Map<number, Pending>();
  private readonly watches = new Map<string, Watch>();
  private readonly listeners = new Set<(event: WireEvent) => void>();
  private readonly heartbeat: Heartbeat;
  private readonly patience: Patience;
  private readonly undone = signal(0);
  private cancelRetry: (() => void) | null = null;
  private stopWake: (() => void) | null = null;
  private byeDelay_ms: number | null = null;

  constructor(private readonly options: LiveOptions) {
    this.platform = options.platform ?? browser;
    this.patience = new Patience(this.platform);
    this.clock = new ServerClock(() => this.platform.monotonic_ms());
    this.heartbeat = new Heartbeat(this.platform, {
      ping: () => this.sendNow({ do: "ping" }),
      silent: () => this.drop(4002),
    });
  }

  start(): void {
    if (this.socket || this.cancelRetry) return;
    this.offline.value = !this.platform.online();
    this.stopWake ??= this.platform.onWake({
      wake: () => this.wake(),
      online: () => this.online(),
      offline: () => this.lostNetwork(),
    });
    this.connect();
  }

  /** The buyer asked to try again after a stop, or a page came back to life. */
  wake(): void {
    if (this.status.value === "stopped") return;
    if (this.ready) this.heartbeat.check();
    else if (this.cancelRetry) {
      this.cancelRetry();
      this.cancelRetry = null;
      this.connect();
    }
  }

  /** The network is back: at once, and not on a socket begun without it. */
  private online(): void {
    this.offline.value = false;
    this.failures.value = 0;
    if (!this.ready && this.socket) this.drop(4002);
    this.wake();
  }

  /** The browser would leave the socket open until the silence is noticed. */
  private lostNetwork(): void {
    if (this.status.value === "stopped") return;
    this.offline.value = true;
    this.drop(4002);
  }

  again(): void {
    this.status.value = "connecting";
    this.patience.stand();
    this.failures.value = 0;
    if (!this.socket) this.connect();
  }

  stop(): void {
    this.stopWake?.();
    this.stopWake = null;
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.drop(1000);
    this.patience.count();
    this.status.value = "stopped";
  }

  listen(listener: (event: WireEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** One watch per sale: asking for more topics widens it. */
  watch(sale: string, topics: readonly Topic[], sink: Sink): Watch {
    const watch = new Watch(sale, new Set(topics), sink);
    this.watches.set(sale, watch);
    watch.widened = () => this.askWatch(watch, false);
    watch.stopped = () => {
      if (this.watches.get(sale) !== watch) return;
      this.watches.delete(sale);
      if (this.ready) this.sendNow({ do: "unwatch", sale });
    };
    if (this.socket && this.ready) this.askWatch(watch, false);
    return watch;
  }

  /**
   * Ask, and ask again across lost sockets until answered or `within_ms` is over.
   * A refusal that says "busy" or the like is asked again a few times by itself.
   */
  async ask<D extends keyof Commands>(
    name: D,
    fields: Commands[D]["ask"],
    within_ms = ASK_MS,
  ): Promise<Commands[D]["answer"]> {
    const byPerson = DONE_BY_PEOPLE.has(name);
    if (byPerson) this.undone.value = this.undone.peek() + 1;
    try {
      return await askUntil(
        this.patience.now_ms() + within_ms,
        (deadline_ms) => this.askOnce(name, fields, deadline_ms),
        { platform: this.platform, patience: this.patience },
      );
    } finally {
      if (byPerson) this.undone.value = this.undone.peek() - 1;
    }
  }

  private askOnce<D extends keyof Commands>(
    name: D,
    fields: Commands[D]["ask"],
    deadline_ms: number,
  ): Promise<Commands[D]["answer"]> {
    return new Promise((resolve, reject) => {
      const id = ++this.lastId;
      const cancel = this.patience.wait(deadline_ms, () => {
        this.pending.delete(id);
        reject(new Unanswered());
      });
      const entry: Pending = {
        id,
        ask: { id, do: name, ...fields },
        sentAt_ms: this.platform.monotonic_ms(),
        resolve: (ok) => resolve(ok as Commands[D]["answer"]),
        reject,
        forget: cancel,
      };
      this.pending.set(id, entry);
      if (this.ready) this.send(entry);
    });
  }

  private send(entry: Pending): void {
    entry.sentAt_ms = this.platform.monotonic_ms();
    this.socket?.send(this.options.codec.encode(entry.ask));
  }

  /** An ask of the client's own: answered by `then`, forgotten when the socket is lost. */
  private sendNow(fields: object, then?: (ok: unknown) => void, refused?: (error: WireError) => void): void {
    const id = ++this.lastId;
    const entry: Pending = {
      id,
      ask: { id, ...fields },
      sentAt_ms: 0,
      resolve: (ok) => then?.(ok),
      reject: (error) => {
        if (error instanceof Refusal) refused?.(error.detail);
      },
      forget: () => {},
    };
    this.pending.set(id, entry);
    this.owned.add(id);
    this.send(entry);
  }

  private readonly owned = new Set<number>();

  private connect(): void {
    this.cancelRetry = null;
    this.status.value = "connecting";
    const socket = this.platform.open(this.options.url, this.options.codec.subprotocol);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    let closed = false;
    const openedBy = this.platform.later(() => {
      if (!this.ready && !closed && this.socket === socket) this.drop(4002);
    }, ASK_MS);
    socket.onopen = () => this.hello(socket);
    socket.onmessage = ({ data }) => {
      if (this.socket === socket) this.read(data);
    };
    socket.onclose = ({ code }) => {
      closed = true;
      openedBy();
      if (this.socket === socket) this.lost(code);
    };
  }

  /** Say hello again: an organizer's key has been typed, or another organizer is worked for. */
  introduce(): void {
    this.keyRefused = false;
    this.organizerRefused = null;
    if (this.ready && this.socket) this.hello(this.socket);
  }

  private hello(socket: Socket): void {
    if (this.socket !== socket) return;
    const kept = this.options.token.read();
    const apiKey = this.keyRefused ? null : this.options.apiKey?.();
    const named = apiKey ? null : (this.options.organizer?.() ?? null);
    const organizer = named === this.organizerRefused ? null : named;
    const fields = {
      do: "hello",
      ...(kept ? { buyer: kept } : {}),
      ...(apiKey ? { api_key: apiKey } : {}),
      ...(organizer ? { organizer } : {}),
      ...(this.options.locale ? { locale: this.options.locale } : {}),
    };
    const welcome = (ok: unknown) => {
      const answer = ok as HelloAnswer;
      if (!kept && this.options.token.read()) {
        this.hello(socket); // another tab became somebody meanwhile: a browser is one buyer
        return;
      }
      this.options.token.write(answer.buyer);
      this.buyerId.value = answer.buyer_id;
      this.ready = true;
      this.failures.value = 0;
      this.offline.value = false;
      this.patience.count();
      this.heartbeat.start(answer.ping_s);
      for (const watch of this.watches.values()) this.askWatch(watch, true);
      for (const entry of this.pending.values()) if (!this.owned.has(entry.id)) this.send(entry);
      this.status.value = "live";
    };
    this.sendNow(fields, welcome, (error) => {
      // A token that is no longer good (another installation's secret) must not lock the buyer out.
      // Nor must a key that was revoked, or a membership that ended.
      if ((kept || apiKey || organizer) && !error.retryable) {
        if (apiKey) this.keyRefused = true;
        else if (organizer) this.organizerRefused = organizer;
        else this.options.token.write("");
        this.hello(socket);
      } else this.drop(1013);
    });
  }

  private askWatch(watch: Watch, resume: boolean): void {
    if (!this.ready) return;
    const asked = watch.ask(resume);
    this.sendNow(
      asked.fields,
      (ok) => watch.answered(ok as WatchAnswer, asked.version),
      (error) => watch.sink.refused?.(error),
    );
  }

  private read(data: unknown): void {
    this.heartbeat.heard();
    let message: Incoming;
    try {
      message = this.options.codec.decode(data as string | ArrayBuffer);
    } catch {
      this.drop(4002); // a frame we cannot read: a fresh socket brings fresh state
      return;
    }
    if (isAnswer(message)) this.answer(message.re, message.ok, message.error);
    else this.event(message);
  }

  private answer(re: number | null, ok: unknown, error: WireError | undefined): void {
    const entry = re === null ? undefined : this.pending.get(re);
    if (!entry) return;
    this.pending.delete(entry.id);
    this.owned.delete(entry.id);
    entry.forget();
    if (error) {
      entry.reject(new Refusal(error));
      return;
    }
    const now_ms = (ok as { now_ms?: unknown } | null)?.now_ms;
    if (typeof now_ms === "number") this.clock.sample(now_ms, entry.sentAt_ms);
    entry.resolve(ok);
  }

  private event(event: WireEvent): void {
    if (event.on === "bye") {
      this.byeDelay_ms = event.reconnect_ms;
      return;
    }
    const sale = saleOf(event);
    const watch = sale === undefined ? undefined : this.watches.get(sale);
    if (watch && !watch.take(event)) this.askWatch(watch, false);
    for (const listener of this.listeners) listener(event);
  }

  /** Close the socket from this side and go on as if the other side had. */
  private drop(code: number): void {
    const socket = this.socket;
    if (!socket) return;
    this.lost(code);
    socket.close();
  }

  private lost(code: number): void {
    this.socket = null;
    this.ready = false;
    this.heartbeat.stop();
    this.patience.stand();
    for (const id of this.owned) this.pending.delete(id);
    this.owned.clear();
    if (code === 1000 && !this.stopWake) return;
    const again: Again = afterClose(code);
    if (again === "never") {
      this.patience.count();
      this.status.value = "stopped";
      return;
    }
    this.status.value = "connecting";
    const bye_ms = this.byeDelay_ms;
    this.byeDelay_ms = null;
    const wait_ms =
      (bye_ms ?? 0) +
      delayMs(bye_ms === null ? again : "at_once", this.failures.value, this.platform.random());
    this.failures.value += 1;
    this.cancelRetry = this.platform.later(() => this.connect(), wait_ms);
  }
}

export type { SaleState, Sink };
