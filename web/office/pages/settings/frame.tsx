/** What every page of the settings stands in: the title, and a tab for each that one's permissions reach. */

import type { ComponentChildren } from "preact";
import { reachedTabs, type SettingsTab } from "../../shell/places";
import { Header } from "../../ui/header";
import { permissions } from "../../who";
import { t } from "./words";

export function Settings({ tab, children }: { tab: SettingsTab; children: ComponentChildren }) {
  return (
    <div class="board">
      <Header
        title={t("off_settings")}
        subtitle={t(`off_settings_${tab}`)}
        tabs={reachedTabs(permissions.value).map((id) => ({
          path: `/office/settings/${id}`,
          name: t(`off_settings_${id}`),
          current: id === tab,
        }))}
      />
      {children}
    </div>
  );
}
