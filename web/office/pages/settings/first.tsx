/** The settings without a tab: on to the first one that is reached. */

import { useEffect } from "preact/hooks";
import { go } from "../../../shared/app/router";
import { reachedTabs } from "../../shell/places";
import { permissions } from "../../who";

export default function First() {
  useEffect(() => {
    const first = reachedTabs(permissions.value)[0];
    if (first) go(`/office/settings/${first}`, "replace");
  }, []);
  return null;
}
