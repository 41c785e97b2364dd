/** Settings: audit. */

import { Settings } from "./frame";
import { t } from "./words";

export default function Audit() {
  return (
    <Settings tab="audit">
      <p class="soft">{t("set_soon")}</p>
    </Settings>
  );
}
