/** Settings: security. */

import { Settings } from "./frame";
import { t } from "./words";

export default function Security() {
  return (
    <Settings tab="security">
      <p class="soft">{t("set_soon")}</p>
    </Settings>
  );
}
