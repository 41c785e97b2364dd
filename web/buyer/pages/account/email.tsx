/** Another address for the account. */

import { ConfirmEmail } from "../../../shared/account/letters";

export default function Page() {
  return <ConfirmEmail base="/account" />;
}
