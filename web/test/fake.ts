/** A fake platform: time that a test moves, and sockets whose other end is the test. */

import type { Platform, Socket, Wakes } from "../shared/live/socket";

export class FakeSocket implements Socket {
  binaryType = "";
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((closed: { code: number }) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  closed = false;

  send(frame: string | Uint8Array<ArrayBuffer>): void {
    this.sent.push(JSON.parse(frame as string));
  }

  close(): void {
    this.closed = true;
  }

  // what the server does
  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  end(code: number): void {
    this.closed = true;
    this.onclose?.({ code });
  }

  last(name: string): Record<string, unknown> {
    const found = this.sent.findLast((ask) => ask.do === name);
    if (!found) throw new Error(`nothing asked "${name}"; asked: ${this.sent.map((ask) => ask.do)}`);
    return found;
  }

  answer(name: string, ok: object): void {
    this.say({ re: this.last(name).id, ok });
  }

  refuse(name: string, code: string, retryable = false): void {
    this.say({ re: this.last(name).id, error: { code, message: code, retryable } });
  }

  welcome(now_ms = 1_000_000): void {
    this.onopen?.();
    this.answer("hello", { buyer: "token-1", buyer_id: "b1", now_ms, server: "0.1.0", ping_s: 25 });
  }
}

export class FakePlatform implements Platform {
  readonly sockets: FakeSocket[] = [];
  now_ms = 0;
  private timers: { at_ms: number; run: () => void }[] = [];
  private wakes: Wakes[] = [];
  private hasNetwork = true;
  chance = 0.5;

  open(): FakeSocket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  }

  get socket(): FakeSocket {
    return this.sockets[this.sockets.length - 1] as FakeSocket;
  }

  monotonic_ms(): number {
    return this.now_ms;
  }

  random(): number {
    return this.chance;
  }

  later(run: () => void, delay_ms: number): () => void {
    const timer = { at_ms: this.now_ms + delay_ms, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  onWake(calls: Wakes): () => void {
    this.wakes.push(calls);
    return () => {};
  }

  online(): boolean {
    return this.hasNetwork;
  }

  wake(): void {
    for (const each of this.wakes) each.wake();
  }

  network(there: boolean): void {
    this.hasNetwork = there;
    for (const each of this.wakes) there ? each.online() : each.offline();
  }

  /** Let time pass; timers run in order, and promises between them. */
  async pass(ms: number): Promise<void> {
    const until_ms = this.now_ms + ms;
    for (;;) {
      await Promise.resolve();
      const next = this.timers
        .filter((timer) => timer.at_ms <= until_ms)
        .sort((a, b) => a.at_ms - b.at_ms)[0];
      if (!next) break;
      this.timers = this.timers.filter((other) => other !== next);
      this.now_ms = Math.max(this.now_ms, next.at_ms);
      next.run();
    }
    this.now_ms = until_ms;
    for (let n = 0; n < 20; n++) await Promise.resolve();
  }
}
