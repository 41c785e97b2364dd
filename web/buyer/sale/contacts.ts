/**
 * Who buys: whether a contact as typed can be one, what is kept of it in this tab, and showing the server that an address is one's own.
 * Guarantees: what is kept outlives a cart, ends with a purchase or the tab, and holds neither card nor key.
 */

import { send } from "../../shared/app/http";
import { session } from "../../shared/app/storage";
import { bearer } from "./profile";

export interface Contact {
  name: string;
  email: string;
  phone: string;
}

export type ContactProblem =
  | "issue_contact_missing_contact_name"
  | "issue_contact_missing_contact_email"
  | "issue_contact_invalid_contact_email"
  | "issue_contact_invalid_contact_phone";

// As the server has them: what passes here and not there comes back as an issue of the cart.
const EMAIL = /^[^\s@<>,;:"()[\]\\]{1,64}@[^\s@<>,;:"()[\]\\.]+(\.[^\s@<>,;:"()[\]\\.]+)+$/u;
const PHONE = /^\+?[0-9][0-9 ().-]{4,30}$/;

export function contactProblems(typed: Contact): Partial<Record<keyof Contact, ContactProblem>> {
  const found: Partial<Record<keyof Contact, ContactProblem>> = {};
  const [email, phone] = [typed.email.trim(), typed.phone.trim()];
  if (!typed.name.trim()) found.name = "issue_contact_missing_contact_name";
  if (!email) found.email = "issue_contact_missing_contact_email";
  else if (!EMAIL.test(email)) found.email = "issue_contact_invalid_contact_email";
  if (phone && !PHONE.test(phone)) found.phone = "issue_contact_invalid_contact_phone";
  return found;
}

/** Of the key that opens an order. */
export const KEY_CHARS_MIN = 8;
export const KEY_CHARS_MAX = 100;

// ── what this tab keeps ──

const KEPT = "contact";
const NOBODY: Contact = { name: "", email: "", phone: "" };

export function keepContact({ name, email, phone }: Contact): void {
  session.write(KEPT, name || email || phone ? JSON.stringify({ name, email, phone }) : null);
}

export function keptContact(): Contact {
  try {
    const kept: unknown = JSON.parse(session.read(KEPT) ?? "{}");
    return { ...NOBODY, ...(kept as Partial<Contact>) };
  } catch {
    return NOBODY; // written by hand, or by another program
  }
}

export function forgetContact(): void {
  session.write(KEPT, null);
}

// ── an address that is one's own ──

const entering = (address: string) => ({ purpose: "entry", channel: "email", address }) as const;

/** Have a letter with a link and a code sent there. */
export async function sendCode(address: string, locale: string): Promise<void> {
  await send("POST /api/contacts", { body: { ...entering(address), locale }, headers: bearer() });
}

export async function confirmCode(address: string, code: string): Promise<void> {
  await send("POST /api/contacts/confirm", { body: { ...entering(address), code }, headers: bearer() });
}
