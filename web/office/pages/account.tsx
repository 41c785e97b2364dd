/** One's own account, in the office. */

import { Account } from "../../shared/account/account";
import { Header } from "../ui/header";
import { t } from "../words";

export default function Page() {
  return (
    <div class="board">
      <Header title={t("off_account")} />
      <Account base="/office" />
    </div>
  );
}
