/** Settings: webhooks. */

import { Settings } from "./frame";
import { t } from "./words";

export default function Webhooks() {
  return (
    <Settings tab="webhooks">
      <p class="soft">{t("set_soon")}</p>
    </Settings>
  );
}
