/** The keys of the office, and the switch for those who speak to their computer or press keys by accident. */

import { effect, signal } from "@preact/signals";
import { local } from "../../shared/app/storage";
import { Check } from "../../shared/ui/controls";
import { Dialog } from "../../shared/ui/signs";
import { permissions } from "../who";
import { t } from "../words";
import { reached } from "./places";

export const helpOpen = signal(false);
/** keys without Ctrl or ⌘ count */
export const singleKeys = signal(local.read("office_keys") !== "off");

effect(() => local.write("office_keys", singleKeys.value ? null : "off"));

function Row({ keys, does }: { keys: readonly string[]; does: string }) {
  return (
    <div>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{does}</dd>
    </div>
  );
}

export function Help() {
  return (
    <Dialog title={t("off_keys")} open={helpOpen.value} onClose={() => (helpOpen.value = false)}>
      <dl class="keys">
        <Row keys={["Ctrl", "K"]} does={t("off_search")} />
        <Row keys={["/"]} does={t("off_key_find")} />
        <Row keys={["?"]} does={t("off_keys")} />
        <Row keys={["Esc"]} does={t("close")} />
        {reached(permissions.value).map(({ id, letter }) => (
          <Row key={id} keys={["g", letter]} does={t(`off_${id}`)} />
        ))}
      </dl>
      <Check
        label={t("off_single_keys")}
        checked={singleKeys.value}
        onChange={(on) => {
          singleKeys.value = on;
        }}
      />
    </Dialog>
  );
}
