/** Settings: legal identity. Who the organizer is to the law, as its receipts name it from now on. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../../shared/app/loading";
import { explain } from "../../../shared/app/refusals";
import { Button, Field, Paragraph } from "../../../shared/ui/controls";
import { useForm } from "../../../shared/ui/form";
import { Loaded } from "../../../shared/ui/loaded";
import { Notice } from "../../../shared/ui/signs";
import type { IdentityShape } from "../../../shared/wire/contract";
import { asking } from "../../api";
import { isConflict } from "../../ui/differences";
import { tell } from "../../ui/toasts";
import { Settings } from "./frame";
import { t } from "./words";

interface Seen {
  shape: IdentityShape;
  version: string | null;
}

async function readIdentity(): Promise<Seen> {
  const { body, version } = await asking("GET /api/organizer/identity");
  return { shape: body as IdentityShape, version };
}

export default function Identity() {
  const read = useMemo(() => new Loading(readIdentity), []);
  useEffect(() => void read.load(), [read]);
  return (
    <Settings tab="identity">
      <Loaded of={read} part>
        {(seen) => <Written key={seen.version} seen={seen} onDone={() => read.again()} />}
      </Loaded>
    </Settings>
  );
}

const needed = (value: string) => (value.trim() ? null : t("set_id_needed"));
const COUNTRY = /^[A-Za-z]{2}$/;

function Written({ seen: { shape, version }, onDone }: { seen: Seen; onDone(): Promise<void> }) {
  const [changed, setChanged] = useState(false);
  const { name, tax_id, address, postal_code, city, country, note, prefix } = shape;
  const zone = shape.complete ? shape.zone : Intl.DateTimeFormat().resolvedOptions().timeZone;
  const form = useForm(
    { name, tax_id, address, postal_code, city, country, note, prefix, zone },
    {
      name: needed,
      tax_id: needed,
      address: needed,
      city: needed,
      country: (value) => (COUNTRY.test(value.trim()) ? null : t("set_id_country_wrong")),
    },
  );
  const submit = form.submit(async (values) => {
    const body = { ...values, country: values.country.trim().toUpperCase() };
    try {
      await asking("PUT /api/organizer/identity", { body, version });
    } catch (error) {
      if (!isConflict(error)) throw error;
      setChanged(true);
      await onDone();
      return;
    }
    tell(t("set_changed"));
    await onDone();
  });
  return (
    <form class="panel stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
      <h2>{t("off_settings_identity")}</h2>
      <p class="soft">{t("set_id_lead")}</p>
      {!shape.complete && <Notice>{t("set_id_incomplete", { name: shape.name })}</Notice>}
      {changed && <Notice>{t("off_conflict_text")}</Notice>}
      <Field {...form.field("name")} label={t("set_id_name")} maxLength={200} />
      <Field
        {...form.field("country")}
        label={t("set_id_country")}
        hint={t("set_id_country_hint")}
        maxLength={2}
      />
      <Field {...form.field("tax_id")} label={t("set_id_tax_id")} maxLength={30} />
      <Paragraph {...form.field("address")} label={t("set_id_address")} rows={2} maxLength={500} />
      <Field {...form.field("postal_code")} label={t("set_id_postal_code")} optional maxLength={16} />
      <Field {...form.field("city")} label={t("set_id_city")} maxLength={200} />
      <Field
        {...form.field("prefix")}
        label={t("set_id_prefix")}
        hint={t("set_id_prefix_hint")}
        optional
        maxLength={12}
      />
      <Field {...form.field("zone")} label={t("set_id_zone")} hint={t("set_id_zone_hint")} />
      <Paragraph {...form.field("note")} label={t("set_id_note")} optional rows={2} maxLength={500} />
      {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
      <span>
        <Button kind="main" type="submit" busy={form.busy}>
          {t("set_save")}
        </Button>
      </span>
    </form>
  );
}
