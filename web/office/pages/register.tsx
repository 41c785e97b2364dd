/** An account, and an organizer with it; for who was invited, the account alone. */

import { Register } from "../../shared/account/register";
import { t } from "../words";

export default function Page() {
  const invited = new URLSearchParams(location.search).get("next") === "/office/invitation";
  if (invited) return <Register base="/office" title={t("off_make_account")} />;
  return <Register base="/office" title={t("off_register")} lead={t("off_register_lead")} organizer />;
}
