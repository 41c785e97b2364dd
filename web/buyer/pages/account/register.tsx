/** An account for who buys. */

import { Register } from "../../../shared/account/register";
import { t } from "../../../shared/account/words";

export default function Page() {
  return <Register base="/account" title={t("acc_register")} lead={t("acc_guest")} />;
}
