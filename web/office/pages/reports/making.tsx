/** Making a link, and changing what it is called or where it leads. */

import { explain } from "../../../shared/app/refusals";
import type { SaleCard } from "../../../shared/sale/sales";
import { Button, Field } from "../../../shared/ui/controls";
import { useForm } from "../../../shared/ui/form";
import { Dialog, Notice } from "../../../shared/ui/signs";
import type { CountedLinkShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { Choose } from "../../ui/choose";
import { t } from "./words";

const LABEL_CHARS_MAX = 100;
const NAME_CHARS_MAX = 32;
const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

interface Shown {
  /** null: a new one */
  link: CountedLinkShape | null;
  sales: readonly SaleCard[];
  onClose(): void;
  onDone(said: string): void;
}

export function Making({ link, sales, onClose, onDone }: Shown) {
  const form = useForm(
    { label: link?.label ?? "", name: link?.name ?? "", sale: link?.sale ?? "" },
    {
      label: (label) => (label.trim() ? null : t("rep_label_missing")),
      name: (name) => (NAME.test(name) ? null : t("rep_name_wrong")),
    },
  );
  const submit = form.submit(async ({ label, name, sale }) => {
    const said = { label: label.trim(), sale: sale || null };
    if (link === null) await ask("POST /api/links", { body: { name, ...said } });
    else await ask("PATCH /api/links/{link}", { parts: { link: link.id }, body: said });
    onDone(t(link === null ? "rep_made" : "rep_changed"));
  });
  const sale = form.field("sale");
  const ids = ["", ...new Set([...sales.map(({ id }) => id), ...(link?.sale ? [link.sale] : [])])];
  const title = t(link === null ? "rep_make" : "rep_change");
  return (
    <Dialog title={title} open asks onClose={onClose}>
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
        <Field
          {...form.field("label")}
          label={t("rep_label")}
          hint={t("rep_label_hint")}
          maxLength={LABEL_CHARS_MAX}
        />
        {link === null && (
          <Field
            {...form.field("name")}
            label={t("rep_name")}
            hint={t("rep_name_hint")}
            maxLength={NAME_CHARS_MAX}
          />
        )}
        <Choose
          label={t("rep_sale")}
          value={sale.value}
          options={ids}
          words={(id) => sales.find((each) => each.id === id)?.name || id || t("rep_sale_any")}
          onValue={sale.onValue}
        />
        {sale.problem && <Notice kind="bad">{sale.problem}</Notice>}
        {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
        <span class="row">
          <Button kind="main" type="submit" busy={form.busy}>
            {t(link === null ? "rep_make" : "rep_save")}
          </Button>
          <Button onClick={onClose}>{t("rep_cancel")}</Button>
        </span>
      </form>
    </Dialog>
  );
}
