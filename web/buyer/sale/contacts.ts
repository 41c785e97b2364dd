/** Shows the server that an address is the buyer's: a letter goes there, and its code comes back. */

import { send } from "../../shared/app/http";
import { bearer } from "./profile";

interface Address {
  purpose: "entry";
  channel: "email";
  address: string;
}

const entering = (address: string): Address => ({ purpose: "entry", channel: "email", address });

/** Have a letter with a link and a code sent there. */
export async function sendCode(address: string, locale: string): Promise<void> {
  await send("POST", "/api/contacts", { ...entering(address), locale }, bearer());
}

export async function confirmCode(address: string, code: string): Promise<void> {
  await send("POST", "/api/contacts/confirm", { ...entering(address), code }, bearer());
}
