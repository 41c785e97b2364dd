/** Settings: keys. */

import { Settings } from "./frame";
import { t } from "./words";

export default function Keys() {
  return (
    <Settings tab="keys">
      <p class="soft">{t("set_soon")}</p>
    </Settings>
  );
}
