/** A payment card as somebody types it: grouped, checked before it is sent. Pure; nothing of it is ever kept. */

export interface TypedCard {
  number: string;
  expires: string;
  cvc: string;
}

export type CardProblem =
  | "card_number_missing"
  | "card_number"
  | "card_expires_missing"
  | "card_expires"
  | "card_expired"
  | "card_cvc_missing"
  | "card_cvc";

export const digits = (text: string): string => text.replace(/\D/g, "");

export function groupNumber(text: string): string {
  return digits(text)
    .slice(0, 19)
    .replace(/(.{4})(?=.)/g, "$1 ");
}

/** "1227" → "12/27", "5" → "05/", "5/27" → "05/27"; browsers that fill it in write "12/2027" */
export function groupExpires(text: string, before: string): string {
  const typed = digits(text.replace(/^\s*(\d)\s*\//, "0$1/"));
  const only = typed.length === 6 ? `${typed.slice(0, 2)}${typed.slice(4)}` : typed.slice(0, 4);
  const deleting = text.length < before.length;
  if (deleting) return only.length > 2 ? `${only.slice(0, 2)}/${only.slice(2)}` : only;
  if (only.length === 1 && Number(only) > 1) return `0${only}/`;
  return only.length >= 2 ? `${only.slice(0, 2)}/${only.slice(2)}` : only;
}

export function luhn(number: string): boolean {
  let sum = 0;
  [...number].reverse().forEach((digit, place) => {
    const worth = Number(digit) * (place % 2 === 1 ? 2 : 1);
    sum += worth > 9 ? worth - 9 : worth;
  });
  return sum % 10 === 0;
}

export function problemsOf(card: TypedCard, now: Date): Partial<Record<keyof TypedCard, CardProblem>> {
  const found: Partial<Record<keyof TypedCard, CardProblem>> = {};
  const number = digits(card.number);
  if (!number) found.number = "card_number_missing";
  else if (number.length < 12 || !luhn(number)) found.number = "card_number";
  const match = /^(0[1-9]|1[0-2])\/(\d{2})$/.exec(card.expires);
  if (!card.expires) found.expires = "card_expires_missing";
  else if (!match) found.expires = "card_expires";
  else if (new Date(2000 + Number(match[2]), Number(match[1]), 1) <= now) found.expires = "card_expired";
  if (!card.cvc) found.cvc = "card_cvc_missing";
  else if (!/^\d{3,4}$/.test(card.cvc)) found.cvc = "card_cvc";
  return found;
}
