/** Shows the server that an address is the buyer's: a letter goes there, and its code comes back. */

import { send } from "../../shared/app/http";
import { bearer } from "./profile";

const entering = (address: string) => ({ purpose: "entry", channel: "email", address }) as const;

/** Have a letter with a link and a code sent there. */
export async function sendCode(address: string, locale: string): Promise<void> {
  await send("POST /api/contacts", { body: { ...entering(address), locale }, headers: bearer() });
}

export async function confirmCode(address: string, code: string): Promise<void> {
  await send("POST /api/contacts/confirm", { body: { ...entering(address), code }, headers: bearer() });
}
