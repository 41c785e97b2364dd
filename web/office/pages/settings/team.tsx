/** Settings: team. */

import { Settings } from "./frame";
import { t } from "./words";

export default function Team() {
  return (
    <Settings tab="team">
      <p class="soft">{t("set_soon")}</p>
    </Settings>
  );
}
