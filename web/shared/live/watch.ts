/**
 * What a page watches of one sale, and how far it got.
 * Owns: the position (epoch, seq) per watch. Guarantees: the sink sees a snapshot first; an event of another epoch, or one
 * that came before its snapshot, is not passed on (`take` answers false when the watch must be asked again).
 * Resuming asks from the last seq it saw: the server promises that everything up to there has arrived.
 */

import type { Events } from "../wire/contract";
import type { Topic, WatchAnswer, WireError, WireEvent } from "../wire/messages";

/** What is known of a sale at once, however it was told. */
export type Members = Pick<WatchAnswer, "epoch" | "seq" | "state" | Topic>;

/** The sale an event is about, if it is about one. */
export function saleOf(event: WireEvent): string | undefined {
  return "sale" in event ? event.sale : undefined;
}

/** The members of an event that changed, without what says where it stands. */
export function changed<E extends Events["room" | "counters" | "takings"]>(
  event: E,
): Omit<E, "on" | "sale" | "epoch" | "seq"> {
  const { on: _on, sale: _sale, epoch: _epoch, seq: _seq, ...members } = event;
  return members;
}

export interface Sink {
  snapshot(members: Members): void;
  event(event: WireEvent): void;
  refused?(error: WireError): void;
}

export class Watch {
  widened: () => void = () => {};
  stopped: () => void = () => {};

  private epoch: string | null = null;
  private seq = 0;
  private version = 0;
  private asking = false;

  constructor(
    readonly sale: string,
    private readonly topics: Set<Topic>,
    readonly sink: Sink,
  ) {}

  also(topics: readonly Topic[]): void {
    const before = this.topics.size;
    for (const topic of topics) this.topics.add(topic);
    if (this.topics.size > before) this.widened();
  }

  stop(): void {
    this.stopped();
  }

  get position(): { epoch: string | null; seq: number } {
    return { epoch: this.epoch, seq: this.seq };
  }

  ask(resume: boolean): { fields: object; version: number } {
    const known = resume && !this.asking; // an ask without its answer may have been for more topics
    this.version += 1;
    this.asking = true;
    const from = known && this.epoch !== null ? { epoch: this.epoch, seq: this.seq } : {};
    return {
      fields: { do: "watch", sale: this.sale, topics: [...this.topics], ...from },
      version: this.version,
    };
  }

  answered(answer: WatchAnswer, version: number): void {
    if (version !== this.version) return; // a later ask is on its way and will bring more
    this.asking = false;
    if (answer.resumed) {
      const { epoch, seq, state } = answer;
      this.sink.event({ on: "state", sale: this.sale, epoch, seq, state });
      return;
    }
    this.at(answer.epoch, answer.seq);
    this.sink.snapshot(answer);
  }

  /** False when this event cannot be explained from what is known: the watch must be asked again. */
  take(event: WireEvent): boolean {
    if (event.on === "snapshot") {
      this.at(event.epoch, event.seq);
      this.sink.snapshot(event);
      return true;
    }
    if (!("seq" in event)) {
      this.sink.event(event);
      return true;
    }
    if (event.epoch !== this.epoch) return this.asking;
    if (event.seq < this.seq) return true; // older than what is shown: states, not steps
    this.seq = event.seq;
    this.sink.event(event);
    return true;
  }

  private at(epoch: string, seq: number): void {
    this.epoch = epoch;
    this.seq = seq;
  }
}
