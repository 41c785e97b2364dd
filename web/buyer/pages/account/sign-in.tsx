/** Into one's account. Nobody needs one to buy. */

import { SignIn } from "../../../shared/account/sign-in";
import { t } from "../../../shared/account/words";

export default function Page() {
  return <SignIn base="/account" title={t("acc_sign_in_title")} lead={t("acc_guest")} />;
}
