/** The words of the wire as pages say them. Their shapes are those of the contract; an envelope is all that is added. */

import type {
  CartItemShape,
  CartShape,
  ChallengeShape,
  ErrorShape,
  EventShape,
  Events,
  IssueShape,
  OrderShape,
  RoomState,
  TicketShape,
  WatchAsk,
} from "./contract";

export type {
  ChallengeAnswer,
  Commands,
  Counters,
  HelloAnswer,
  HoldAnswer,
  JoinAnswer,
  ReleaseAnswer,
  RoomState,
  SeatsMember,
  Takings,
  WatchAnswer,
} from "./contract";

export type Topic = WatchAsk["topics"][number];
export type SaleState = RoomState["state"];
export type StatusWord = EventShape["status"];
export type Challenge = ChallengeShape;
export type Cart = CartShape;
export type CartItem = CartItemShape;
export type Issue = IssueShape;
export type Order = OrderShape;
export type Ticket = TicketShape;

/** Beside what is told: codes that these pages learnt by themselves, or that a newer server has. */
export type WireError = Omit<ErrorShape, "code"> & { code: string };

/** Anything the server says unasked. */
export type WireEvent = Events[keyof Events];

export interface Answer {
  re: number | null;
  ok?: unknown;
  error?: WireError;
}

export type Incoming = Answer | WireEvent;

export function isAnswer(message: Incoming): message is Answer {
  return "re" in message;
}
