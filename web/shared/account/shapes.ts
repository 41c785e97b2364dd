/** What the security API says of accounts, as these pages read it. */

export type Factor = "totp" | "passkey";
export type Method = Factor | "recovery";

export interface OrganizerOfMe {
  id: string;
  name: string;
  roles: string[];
  permissions: string[];
  /** some events or venues only */
  narrow: boolean;
  /** what its policy still asks of this session */
  owed: "second_factor" | null;
}

export interface Me {
  account: {
    id: string;
    email: string;
    name: string;
    locale: string;
    created_at_ms: number;
    has_password: boolean;
    second_factors: Factor[];
    operator: boolean;
  };
  session: {
    id: string;
    state: "in" | "half";
    stepped_up_until_ms: number | null;
    until_at_ms: number;
  };
  organizers: OrganizerOfMe[];
}

export interface SignedIn {
  state: "in" | "second_factor";
  methods: Method[];
}

export interface Strength {
  score: number;
  breached: boolean;
  hint: string;
}

export interface SessionLine {
  id: string;
  created_at_ms: number;
  seen_at_ms: number;
  until_at_ms: number;
  device: string;
  network: string;
  place: string;
  current: boolean;
}

export interface PasskeyLine {
  id: string;
  label: string;
  created_at_ms: number;
  last_used_at_ms: number | null;
}

export interface Factors {
  totp: { confirmed_at_ms: number } | null;
  recovery_left: number;
  passkeys: PasskeyLine[];
}

export interface LinkedBuyer {
  buyer_id: string;
  linked_at_ms: number;
  how: string;
}

export interface Outside {
  id: string;
  name: string;
}
