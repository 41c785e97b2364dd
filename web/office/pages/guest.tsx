/** Where a guest link leads: somebody without an account looks at one event, for as long as the link is good. */

import { useEffect, useState } from "preact/hooks";
import { WayIn } from "../../shared/account/frame";
import { takeLink } from "../../shared/account/links";
import { explain } from "../../shared/app/refusals";
import { go } from "../../shared/app/router";
import { live } from "../../shared/app/services";
import { codeOf } from "../../shared/live/errors";
import { Notice } from "../../shared/ui/signs";
import { lookAsGuest } from "../api";
import { t } from "../words";

export default function Guest() {
  const [link] = useState(takeLink);
  const token = link.get("token") ?? "";
  const [failure, setFailure] = useState<unknown>(token === "" ? "none" : null);
  useEffect(() => {
    if (token === "") return;
    lookAsGuest(token, link.get("opens") ?? "sale:read", link.get("sale") ?? "").then((page) => {
      live.introduce();
      go(page, "replace");
    }, setFailure);
  }, [token]);
  const spent = failure === "none" || codeOf(failure) === "unauthorized";
  return (
    <WayIn title={t("off_guest")}>
      {failure === null ? (
        <p role="status">{t("loading")}</p>
      ) : (
        <Notice kind="bad" urgent>
          {spent ? t("off_guest_spent") : explain(failure)}
        </Notice>
      )}
    </WayIn>
  );
}
