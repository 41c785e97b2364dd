/** An account, and an organizer with it; for who was invited, the account alone. */

import { Register } from "../../shared/account/register";
import { session } from "../../shared/app/storage";
import { t } from "../words";

export default function Page() {
  const invited = session.read("invitation") !== null;
  if (invited) return <Register base="/office" title={t("off_make_account")} />;
  return <Register base="/office" title={t("off_register")} lead={t("off_register_lead")} organizer />;
}
