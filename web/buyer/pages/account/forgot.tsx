/** A link for a new password. */

import { Forgot } from "../../../shared/account/letters";

export default function Page() {
  return <Forgot base="/account" />;
}
