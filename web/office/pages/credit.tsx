/** Credit and vouchers: what an organizer owes, what became of each, issued and revoked here. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { live } from "../../shared/app/services";
import { money } from "../../shared/format/money";
import { day, ownZone } from "../../shared/format/time";
import { locale } from "../../shared/i18n";
import { Button, Field } from "../../shared/ui/controls";
import { useForm } from "../../shared/ui/form";
import { Loaded } from "../../shared/ui/loaded";
import { Badge } from "../../shared/ui/signs";
import type { CreditShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { Header } from "../ui/header";
import { type Shown, Table } from "../ui/table";
import { History } from "./credit/history";
import { Issue } from "./credit/issuing";
import { kindTold, standing } from "./credit/told";
import { t } from "./credit/words";

const CODE_CHARS_MAX = 64;

const dayTold = (at: string | null) => (at === null ? t("crd_for_ever") : day(at, ownZone(), locale.value));

function columns(open: (credit: CreditShape) => void): Shown<CreditShape>[] {
  return [
    {
      id: "kind",
      name: t("crd_kind"),
      value: kindTold,
      shows: (credit) => (
        <Button kind="plain" onClick={() => open(credit)}>
          {kindTold(credit)}
        </Button>
      ),
    },
    {
      id: "left",
      name: t("crd_left"),
      figure: true,
      value: ({ balance }) => balance,
      shows: ({ balance, currency }) => money(balance, currency, locale.value),
    },
    {
      id: "given",
      name: t("crd_given"),
      figure: true,
      value: ({ given }) => given,
      shows: ({ given, currency }) => money(given, currency, locale.value),
    },
    { id: "until", name: t("crd_until"), value: ({ expires_at }) => dayTold(expires_at) },
    { id: "why", name: t("crd_why"), wide: true, value: ({ why }) => why },
    {
      id: "standing",
      name: t("crd_standing"),
      value: (credit) => t(`crd_standing_${standing(credit, live.clock.now_ms())}`),
      shows: (credit) => {
        const how = standing(credit, live.clock.now_ms());
        return (
          <Badge {...(how === "counts" ? { kind: "open" as const } : {})}>{t(`crd_standing_${how}`)}</Badge>
        );
      },
    },
  ];
}

export default function Credit() {
  const [code, find] = useState("");
  const [issuing, issue] = useState(false);
  const [opened, open] = useState<string | null>(null);
  const read = useMemo(
    () =>
      new Loading(() => (code ? ask("POST /api/credit/find", { body: { code } }) : ask("GET /api/credit"))),
    [code],
  );
  useEffect(() => void read.load(), [read]);
  const button = (
    <Button kind="main" onClick={() => issue(true)}>
      {t("crd_issue")}
    </Button>
  );
  return (
    <div class="board">
      <Header title={t("crd_title")} lead={t("crd_lead")} />
      {issuing && <Issue onClose={() => issue(false)} onDone={() => void read.again()} />}
      <Find onFind={find} />
      {opened !== null && (
        <History key={opened} id={opened} onClose={() => open(null)} onRevoked={() => void read.again()} />
      )}
      <Loaded of={read} part>
        {({ items }) => (
          <Table
            name={t("crd_title")}
            columns={columns(({ id }) => open(id))}
            rows={items}
            id={({ id }) => id}
            empty={{
              title: t("crd_empty"),
              text: t("crd_empty_text"),
              ...(issuing ? {} : { action: button }),
            }}
            tools={!issuing && button}
          />
        )}
      </Loaded>
    </div>
  );
}

function Find({ onFind }: { onFind(code: string): void }) {
  const form = useForm({ code: "" }, {});
  const find = form.submit(async ({ code }) => onFind(code.trim()));
  return (
    <form class="room-control" noValidate ref={form.element} onSubmit={(event) => void find(event)}>
      <Field {...form.field("code")} label={t("crd_find")} maxLength={CODE_CHARS_MAX} />
      <span class="row">
        <Button type="submit">{t("crd_find_do")}</Button>
      </span>
    </form>
  );
}
