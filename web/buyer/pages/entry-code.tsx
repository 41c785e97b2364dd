/** The code that a sale asks for: typed once, kept for this tab. */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { t } from "../../shared/i18n";
import { codeOf } from "../../shared/live/errors";
import { Button, Field } from "../../shared/ui/controls";
import type { EntryForm } from "../sale/entry";

export function EntryCode({ sale, failure, enter }: EntryForm) {
  const [code, setCode] = useState(sale.entry.code);
  const problem = codeOf(failure) === "entry_code_needed" ? null : explain(failure);
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        sale.entry.code = code.trim();
        enter();
      }}
    >
      <p class="lead">{t("entry_code_asked")}</p>
      <Field label={t("entry_code")} value={code} onValue={setCode} problem={problem} />
      <span>
        <Button kind="main" type="submit">
          {t("entry_code_send")}
        </Button>
      </span>
    </form>
  );
}
