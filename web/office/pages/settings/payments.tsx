/** Settings: payments. The accounts that sales are paid into: connected, checked, switched on and off. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../../shared/app/loading";
import { explain } from "../../../shared/app/refusals";
import { price } from "../../../shared/format/price";
import { Button, Field } from "../../../shared/ui/controls";
import { useForm } from "../../../shared/ui/form";
import { Loaded } from "../../../shared/ui/loaded";
import { Badge, Dialog, Notice } from "../../../shared/ui/signs";
import type { PaymentAccountShape } from "../../../shared/wire/contract";
import { ask, asking } from "../../api";
import { servesSaid, servesTyped } from "../../serves";
import { DryRun } from "../../ui/dry-run";
import { type Shown, Table } from "../../ui/table";
import { tell } from "../../ui/toasts";
import { useActing } from "./acting";
import { Settings } from "./frame";
import { OwnRefunds } from "./own-refunds";
import { WritingByHand } from "./paid-by-hand";
import { SERVES_RIGHT, ServesFields } from "./serves-fields";
import { t } from "./words";

type Account = PaymentAccountShape;

const stateOf = ({ active }: Account) => t(active ? "set_pay_on" : "set_pay_off");
const modeOf = ({ live, provider }: Account) =>
  t(provider === "hand" ? "set_pay_hand" : live ? "set_pay_live" : "set_pay_test");

export default function Payments() {
  const accounts = useMemo(() => new Loading(() => ask("GET /api/payment-accounts")), []);
  const [writing, write] = useState<Account | "new" | "by hand" | null>(null);
  const [switching, turn] = useState<Account | null>(null);
  const { busy, act, refused } = useActing();
  useEffect(() => void accounts.load(), [accounts]);
  const check = ({ id }: Account) =>
    act(async () => {
      const { health } = await ask("POST /api/payment-accounts/{account}/check", { parts: { account: id } });
      tell(t(`set_pay_${health}`));
    });
  const change = () =>
    act(async () => {
      if (switching) {
        const does = switching.active ? "switch-off" : "switch-on";
        await ask(`POST /api/payment-accounts/{account}/${does}`, { parts: { account: switching.id } });
      }
      turn(null);
      await accounts.again();
    });
  const written = () => {
    write(null);
    void accounts.again();
  };
  const columns: Shown<Account>[] = [
    {
      id: "name",
      name: t("set_label"),
      value: ({ name }) => name,
      shows: (account) => (
        <span class="breaks">
          {account.name} <Badge>{modeOf(account)}</Badge>
        </span>
      ),
    },
    {
      id: "state",
      name: t("set_state"),
      value: stateOf,
      shows: (account) => <Badge>{stateOf(account)}</Badge>,
    },
    {
      id: "serves",
      name: t("set_pay_serves"),
      value: servesWords,
      shows: (account) => <span class="breaks">{servesWords(account)}</span>,
    },
    {
      id: "address",
      name: t("set_pay_address"),
      value: ({ webhook_address }) => webhook_address,
      plain: true,
      wide: true,
      shows: (account) => (account.by_hand ? account.by_hand.account : <Address of={account} />),
    },
    {
      id: "do",
      name: t("set_actions"),
      value: () => null,
      plain: true,
      shows: (account) => (
        <span class="row">
          <Button onClick={() => turn(account)}>
            {t(account.active ? "set_pay_turn_off" : "set_pay_turn_on")}
          </Button>
          {account.provider === "stripe" && (
            <Button onClick={() => void check(account)}>{t("set_pay_check")}</Button>
          )}
          <Button kind="plain" onClick={() => write(account)}>
            {t("set_pay_keys")}
          </Button>
        </span>
      ),
    },
  ];
  const button = (
    <span class="row">
      <Button kind="main" onClick={() => write("new")}>
        {t("set_pay_connect")}
      </Button>
      <Button onClick={() => write("by hand")}>{t("set_pay_hand_add")}</Button>
    </span>
  );
  const name = switching?.name ?? "";
  return (
    <Settings tab="payments">
      {switching === null && refused}
      <Loaded of={accounts}>
        {({ items }) => (
          <Table
            name={t("off_settings_payments")}
            columns={columns}
            rows={items}
            id={({ id }) => id}
            empty={{ title: t("set_pay_none"), text: t("set_pay_none_text"), action: button }}
            tools={button}
          />
        )}
      </Loaded>
      {writing === "by hand" || (writing !== "new" && writing?.by_hand) ? (
        <WritingByHand
          of={writing === "by hand" ? null : writing}
          onClose={() => write(null)}
          onDone={written}
        />
      ) : (
        writing && (
          <Writing of={writing === "new" ? null : writing} onClose={() => write(null)} onDone={written} />
        )
      )}
      <OwnRefunds />
      <DryRun
        title={t(switching?.active ? "set_pay_off_asked" : "set_pay_on_asked", { name })}
        open={switching !== null}
        does={t(switching?.active ? "set_pay_turn_off" : "set_pay_turn_on")}
        keeps={t("set_cancel")}
        busy={busy}
        onYes={() => void change()}
        onNo={() => turn(null)}
      >
        <p>{t(switching?.active ? "set_pay_off_text" : "set_pay_on_text")}</p>
        {switching !== null && !switching.active && !switching.live && (
          <Notice>{t("set_pay_test_text")}</Notice>
        )}
        {refused}
      </DryRun>
    </Settings>
  );
}

const METHODS = {
  pix: "pay_pix",
  boleto: "pay_boleto",
  sepa_debit: "pay_sepa_debit",
  transfer: "pay_transfer",
  invoice: "pay_invoice",
} as const;
const isKnown = (method: string): method is keyof typeof METHODS => method in METHODS;

/** "EUR · ES, FR · from €100 · Pix"; what it offers beside cards, too. */
function servesWords({ serves, offers }: Account): string {
  const { currencies, countries, amount_from, amount_up_to } = serves;
  const currency = currencies[0] ?? "EUR";
  const said = [
    currencies.join(", "),
    countries.join(", "),
    amount_from === null ? "" : t("set_pay_from", { sum: price(amount_from, currency) }),
    amount_up_to === null ? "" : t("set_pay_up_to", { sum: price(amount_up_to, currency) }),
  ].filter(Boolean);
  const methods = offers.filter(isKnown).map((method) => t(METHODS[method]));
  return [...(said.length > 0 ? said : [t("set_pay_everything")]), ...methods].join(" · ");
}

/** Where the provider is to send what it tells by itself. */
function Address({ of: { webhook_address, webhook_secrets } }: { of: Account }) {
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard?.writeText(webhook_address).then(() => setCopied(true));
  return (
    <span class="stack-tight">
      <code class="breaks small">{webhook_address}</code>
      <span class="row">
        <Button kind="plain" onClick={copy}>
          {t("set_copy")}
        </Button>
        <span role="status">{copied && t("set_copied")}</span>
      </span>
      {webhook_secrets === 0 && <span class="soft small">{t("set_pay_no_secret")}</span>}
    </span>
  );
}

const fits = (form: RegExp, needed: boolean) => (value: string) =>
  form.test(value.trim()) || (!needed && !value.trim()) ? null : t("set_pay_wrong_key");

function Writing({ of, onClose, onDone }: { of: Account | null; onClose(): void; onDone(): void }) {
  const needed = of === null;
  const form = useForm(
    {
      name: of?.name ?? "",
      publishable_key: of?.publishable_key ?? "",
      secret_key: "",
      webhook_secret: "",
      ...servesTyped(of?.serves),
    },
    {
      ...SERVES_RIGHT,
      name: (name) => (name.trim() ? null : t("set_id_needed")),
      publishable_key: fits(/^pk_(test|live)_\w+$/, true),
      secret_key: fits(/^[sr]k_(test|live)_\w+$/, needed),
      webhook_secret: fits(/^whsec_\S+$/, false),
    },
  );
  const submit = form.submit(async (values) => {
    const body = {
      name: values.name.trim(),
      publishable_key: values.publishable_key.trim(),
      secret_key: values.secret_key.trim(),
      webhook_secret: values.webhook_secret.trim(),
      serves: servesSaid(values),
    };
    const seen = { parts: { account: of?.id ?? "" }, version: `"${of?.version}"` };
    if (of) await asking("PUT /api/payment-accounts/{account}", { ...seen, body });
    else await ask("POST /api/payment-accounts", { body });
    onDone();
  });
  const title = of ? t("set_pay_keys_of", { name: of.name }) : t("set_pay_connect");
  const stays = of ? t("set_pay_stays") : undefined;
  return (
    <Dialog title={title} open asks onClose={onClose}>
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
        <p class="soft">{t("set_pay_lead")}</p>
        <Field {...form.field("name")} label={t("set_label")} maxLength={100} />
        <Field {...form.field("publishable_key")} label={t("set_pay_publishable")} maxLength={300} />
        <Field
          {...form.field("secret_key")}
          label={t("set_pay_secret")}
          hint={stays}
          type="password"
          optional={!needed}
          maxLength={300}
        />
        <Field
          {...form.field("webhook_secret")}
          label={t("set_pay_webhook_secret")}
          hint={of ? t("set_pay_second_secret") : t("set_pay_secret_later")}
          type="password"
          optional
          maxLength={300}
        />
        <ServesFields field={form.field} />
        {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
        <span class="row">
          <Button kind="main" type="submit" busy={form.busy}>
            {of ? t("set_save") : t("set_pay_connect")}
          </Button>
          <Button onClick={onClose}>{t("set_cancel")}</Button>
        </span>
      </form>
    </Dialog>
  );
}
