/** What people ask of their own account. Every call carries the session's cookie and nothing else. */

import { type AnyAsked, call } from "../app/http";
import { codeOf } from "../live/errors";
import type {
  BuyerLine,
  CorrectOwnBody,
  Ended,
  ErasedShape,
  FactorsShape,
  JoinedShape,
  KnownShape,
  LinkedOutside,
  LookedAtShape,
  MadePasskey,
  Me,
  OutsideShape,
  PersonShape,
  RecoveryShape,
  SessionLine,
  SignedIn,
  StrengthShape,
  TotpSecretShape,
} from "../wire/contract";
import { askWho, me } from "./me";
import { stepped } from "./step-up";

async function answer<T>(route: string, asked: AnyAsked = {}): Promise<T> {
  try {
    return (await call(route, asked)).body as T;
  } catch (error) {
    if (codeOf(error) === "unauthorized" && me.peek()) void askWho(); // signed out meanwhile
    throw error;
  }
}

/** For what is dangerous: asks for a second factor when the server wants a fresh one, then does it. */
function safely<T>(route: string, asked: AnyAsked = {}): Promise<T> {
  return stepped(() => answer<T>(route, asked));
}

const items = async <T>(route: string): Promise<T[]> =>
  (await answer<{ items: T[] }>(route, { anew: true })).items;

// ── ways in ──

export interface Registration {
  email: string;
  password: string;
  name?: string;
  locale: string;
  organizer?: string;
}

export const register = (body: Registration) => answer<object>("POST /api/security/accounts", { body });
/** In another browser than the one that registered, the password that was chosen there is needed too. */
export const verify = (token: string, password?: string) =>
  answer<Me>("POST /api/security/accounts/verify", {
    body: { token, ...(password === undefined ? {} : { password }) },
  });
export const signIn = (email: string, password: string) =>
  answer<SignedIn>("POST /api/security/sessions", { body: { email, password } });
export const signOut = () => answer<void>("POST /api/security/sessions/end");
export const forgot = (email: string) =>
  answer<object>("POST /api/security/password/forgot", { body: { email } });
export const reset = (token: string, password: string) =>
  answer<SignedIn>("POST /api/security/password/reset", { body: { token, password } });
export const strength = (password: string, email?: string) =>
  answer<StrengthShape>("POST /api/security/password/strength", {
    body: { password, ...(email ? { email } : {}) },
  });
export const outside = () => items<OutsideShape>("GET /api/security/outside");

export type Proof = { totp: string } | { recovery: string } | { passkey: unknown };
export const secondFactor = (body: Proof) => answer<SignedIn>("POST /api/security/sessions/factor", { body });
export const secondFactorOptions = () => answer<unknown>("POST /api/security/sessions/factor/options");
export const passkeyOptions = () => answer<unknown>("POST /api/security/sessions/passkey/options");
export const passkeySignIn = (credential: unknown) =>
  answer<SignedIn>("POST /api/security/sessions/passkey", { body: { credential } });

export const lookAtInvitation = (token: string) =>
  answer<LookedAtShape>("POST /api/security/invitations/look", { body: { token } });
export const acceptInvitation = (token: string) =>
  answer<JoinedShape>("POST /api/security/invitations/accept", {
    body: { token },
  });

// ── one's own ──

export const changeMe = (name: string, locale: string) =>
  answer<unknown>("PUT /api/security/me", { body: { name, locale } });
export const askEmail = (email: string) =>
  safely<unknown>("POST /api/security/me/email", { body: { email } });
export const confirmEmail = (token: string) =>
  answer<unknown>("POST /api/security/me/email/confirm", { body: { token } });
export const known = () => safely<KnownShape>("GET /api/security/me/known", { anew: true });
export const correctKnown = (person: string, body: CorrectOwnBody) =>
  safely<PersonShape>("PUT /api/security/me/known/{person}", { parts: { person }, body });
export const eraseMe = () => safely<ErasedShape>("POST /api/security/me/erase");
export const closeAccount = () => safely<unknown>("POST /api/security/me/close");
export const changePassword = (password: string, current: string | null) =>
  safely<unknown>("PUT /api/security/me/password", {
    body: { password, ...(current === null ? {} : { current }) },
  });

export const sessions = () => items<SessionLine>("GET /api/security/sessions");
export const endSession = (session: string) =>
  answer<void>("DELETE /api/security/sessions/{session}", { parts: { session } });
export const endOthers = () => answer<Ended>("POST /api/security/sessions/end-others");

export const factors = () => answer<FactorsShape>("GET /api/security/me/factors", { anew: true });
export const beginTotp = () => safely<TotpSecretShape>("POST /api/security/me/totp");
export const confirmTotp = (code: string) =>
  answer<RecoveryShape>("POST /api/security/me/totp/confirm", { body: { code } });
export const removeTotp = () => safely<void>("POST /api/security/me/totp/remove");
export const newRecovery = () => safely<RecoveryShape>("POST /api/security/me/recovery");
export const beginPasskey = () => safely<unknown>("POST /api/security/me/passkeys/options");
export const addPasskey = (credential: unknown, label: string) =>
  answer<MadePasskey>("POST /api/security/me/passkeys", {
    body: { credential, ...(label ? { label } : {}) },
  });
export const namePasskey = (passkey: string, label: string) =>
  answer<void>("PUT /api/security/me/passkeys/{passkey}", { parts: { passkey }, body: { label } });
export const removePasskey = (passkey: string) =>
  safely<void>("DELETE /api/security/me/passkeys/{passkey}", { parts: { passkey } });

export const linkedBuyers = () => items<BuyerLine>("GET /api/security/me/buyers");
export const linkBuyer = () => answer<unknown>("POST /api/security/me/buyers");
export const unlinkBuyer = (buyer: string) =>
  answer<void>("DELETE /api/security/me/buyers/{buyer}", { parts: { buyer } });

export const linkedOutside = () => items<LinkedOutside>("GET /api/security/me/outside");
export const unlinkOutside = (provider: string) =>
  safely<void>("DELETE /api/security/me/outside/{provider}", { parts: { provider } });
