/**
 * The words of the wire, as docs/protocol.md writes them.
 * Owns: the shape of every ask's answer and of every event. Guarantees nothing at run time: the server is trusted.
 */

export type Topic = "room" | "seats" | "pools" | "counters" | "takings" | "promos";

export type SaleState = "scheduled" | "lobby" | "open" | "paused" | "closed" | "ended";

export interface RoomState {
  state: SaleState;
  tail: number;
  serving: number;
  lobby: number;
  shopping: number;
  shoppers_max: number;
  left: number;
  free: number;
  rate: number;
  hopeless_from: number;
  commit: string;
  secret: string | null;
  digest: string | null;
}

export interface Counters {
  viewers: number;
  waiting: number;
  shopping: number;
  held: number;
  sold: number;
  orders: number;
}

/** What the sale has taken in, for its organizer alone. */
export interface Takings {
  revenue: number;
}

/** 2 bits per seat, most significant first: base64 in JSON, raw in MessagePack. */
export interface SeatsMember {
  count: number;
  bits: string | Uint8Array;
}

export interface WatchMembers {
  seats?: SeatsMember;
  pools?: Record<string, number>;
  room?: RoomState;
  counters?: Counters;
  takings?: Takings;
  promos?: unknown;
}

export interface WatchAnswer extends WatchMembers {
  epoch: string;
  seq: number;
  state: SaleState;
  now_ms: number;
  resumed?: boolean;
}

export interface HelloAnswer {
  buyer: string;
  buyer_id: string;
  now_ms: number;
  server: string;
  ping_s: number;
}

export interface JoinAnswer {
  number: number;
  place: number | null;
  token: string;
  again: boolean;
  now_ms: number;
}

/** A proof of work of the ALTCHA protocol, as its libraries take it. */
export interface Challenge {
  parameters: Record<string, unknown>;
  signature: string;
}

export interface ChallengeAnswer {
  challenge: Challenge;
  now_ms: number;
}

export interface CartItem {
  item: string;
  seat?: number;
  pool?: string;
  section?: string;
  row?: string;
  label?: string;
  type?: string;
  units?: number;
  types?: Record<string, number>;
  price: number;
}

export interface Issue {
  code: string;
  field: string;
  message: string;
}

export interface Contact {
  name?: string;
  email?: string;
  phone?: string;
}

export type CartEnd = "bought" | "expired" | "left" | "gone" | "closed";

export interface Cart {
  id: string;
  state: "open" | "locked" | "ended";
  end_reason?: CartEnd;
  deadline_at_ms: number;
  now_ms: number;
  items: CartItem[];
  total: number;
  currency: string;
  person_max: number;
  bought: number;
  contact: Contact;
  has_key: boolean;
  order: string | null;
  issues: Issue[];
}

export interface HoldAnswer {
  seats: number[];
  units: Record<string, number>;
  deadline_at_ms: number;
  now_ms: number;
  again: boolean;
  cart: Cart;
}

export interface ReleaseAnswer {
  seats: number[];
  units: Record<string, number>;
  again: boolean;
  cart: Cart;
}

export interface OrderLine {
  item: string;
  seat?: number;
  pool?: string;
  section?: string;
  row?: string;
  label?: string;
  type: string;
  price: number;
}

export interface Ticket {
  id: string;
  item: string;
  payload: string;
}

export interface Order {
  id: string;
  sale: string;
  code: string;
  state: "paying" | "paid" | "failed" | "void" | "refunding" | "refunded";
  total: number;
  currency: string;
  lines: OrderLine[];
  tickets: Ticket[];
  contact: Contact;
  placed_at_ms: number;
  paid_at_ms: number | null;
  card_last4: string;
  failure: string | null;
}

export interface CheckoutAnswer {
  order: Order;
  cart: Cart;
}

export interface WireError {
  code: string;
  message: string;
  retryable: boolean;
  [detail: string]: unknown;
}

/** Anything the server says unasked. */
export interface WireEvent extends WatchMembers {
  on:
    | "seats"
    | "pools"
    | "room"
    | "counters"
    | "takings"
    | "promos"
    | "cart"
    | "order"
    | "snapshot"
    | "state"
    | "notice"
    | "bye";
  sale?: string;
  epoch?: string;
  seq?: number;
  state?: SaleState;
  free?: number[];
  held?: number[];
  sold?: number[];
  off?: number[];
  cart?: Cart;
  reason?: string;
  order?: Order;
  reconnect_ms?: number;
  now_ms?: number;
  [member: string]: unknown;
}

export interface Answer {
  re: number | null;
  ok?: unknown;
  error?: WireError;
}

export type Incoming = Answer | WireEvent;

export function isAnswer(message: Incoming): message is Answer {
  return "re" in message;
}
