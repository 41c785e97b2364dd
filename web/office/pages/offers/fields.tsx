/** The fields of a coupon, in the order in which one thinks of them: what it is called, what it does, for whom, how often. */

import { Check, Field, type FieldProps } from "../../../shared/ui/controls";
import type { useForm } from "../../../shared/ui/form";
import type { CouponShape } from "../../../shared/wire/contract";
import {
  type Draft,
  EFFECTS,
  type Effect,
  type Ground,
  listed,
  PERSONS,
  type Person,
  toggled,
} from "../../offers";
import { Choose } from "../../ui/choose";
import type { Around } from "./reading";
import { t } from "./words";

interface Shared {
  form: ReturnType<typeof useForm<Draft>>;
  ground: Ground;
  of: Around;
  coupon: CouponShape | null;
}

type Name = keyof Draft;
const KEY_CHARS_MAX = 40;
const NAME_CHARS_MAX = 200;
const LIST_CHARS_MAX = 4000;
const SUM_CHARS_MAX = 16;
const NUMBER_CHARS_MAX = 8;

interface Typed extends Partial<FieldProps> {
  form: Shared["form"];
  name: Name;
  label: string;
}

const Typed = ({ form, name, ...rest }: Typed) => <Field {...form.field(name)} {...rest} />;

const Sum = ({ ground, ...rest }: Typed & { ground: Ground }) => (
  <Typed
    inputMode="text"
    maxLength={SUM_CHARS_MAX}
    {...(ground.currency ? { hint: t("ofr_sum_hint", { currency: ground.currency }) } : {})}
    {...rest}
  />
);

const Whole = (props: Typed) => <Typed inputMode="numeric" maxLength={NUMBER_CHARS_MAX} {...props} />;

function Ticked({ form, name, label }: Typed) {
  return (
    <Check
      label={label}
      checked={form.values[name] !== ""}
      required={false}
      problem={form.field(name).problem}
      onChange={(on) => form.change({ [name]: on ? "yes" : "" })}
    />
  );
}

/** Some of a list; nothing ticked means all. */
function Some({ form, name, label, hint, all }: Typed & { all: readonly (readonly [string, string])[] }) {
  const { value, problem, onValue } = form.field(name);
  const chosen = listed(value);
  return (
    <fieldset class="stack-tight">
      <legend>{label}</legend>
      {hint && <span class="small soft">{hint}</span>}
      <div class="room-control">
        {all.map(([id, called]) => (
          <Check
            key={id}
            label={called}
            checked={chosen.includes(id)}
            required={false}
            onChange={(on) => onValue(toggled(value, id, on))}
          />
        ))}
      </div>
      {problem && (
        <span class="problem" role="alert">
          {problem}
        </span>
      )}
    </fieldset>
  );
}

export function Named({ form, ground, of }: Shared) {
  const automatic = form.values.automatic !== "";
  return (
    <>
      <div class="room-control">
        <Typed
          form={form}
          name="key"
          label={t("ofr_key")}
          maxLength={KEY_CHARS_MAX}
          required
          {...(automatic ? {} : { hint: t("ofr_key_hint") })}
        />
        {!automatic && (
          <Typed
            form={form}
            name="codes"
            label={t("ofr_codes")}
            hint={t("ofr_codes_hint")}
            maxLength={LIST_CHARS_MAX}
            optional
          />
        )}
        <Ticked form={form} name="automatic" label={t("ofr_automatic")} />
        {ground.sale === null && (
          <Typed
            form={form}
            name="currency"
            label={t("ofr_currency")}
            hint={t("ofr_currency_hint")}
            maxLength={3}
            optional
          />
        )}
      </div>
      {ground.sale === null && of.sales.length > 0 && (
        <Some
          form={form}
          name="sales"
          label={t("ofr_sales")}
          hint={t("ofr_sales_hint")}
          all={of.sales.map(({ id, name }) => [id, name || id])}
        />
      )}
    </>
  );
}

export function Does({ form, ground }: Shared) {
  const { effect } = form.values;
  return (
    <>
      <div class="room-control">
        <Typed
          form={form}
          name="name"
          label={t("ofr_name")}
          hint={t("ofr_name_hint")}
          maxLength={NAME_CHARS_MAX}
          optional
        />
        <Choose<Effect>
          label={t("ofr_effect")}
          value={effect as Effect}
          options={EFFECTS}
          words={(each) => t(`ofr_effect_${each}`)}
          onValue={(chosen) => form.change({ effect: chosen })}
        />
        {effect === "percent" && (
          <Typed form={form} name="percent" label={t("ofr_percent")} maxLength={NUMBER_CHARS_MAX} required />
        )}
        {effect === "percent" && <Sum form={form} ground={ground} name="cap" label={t("ofr_cap")} optional />}
        {effect === "fixed" && (
          <>
            <Sum form={form} ground={ground} name="fixed" label={t("ofr_fixed")} required />
            <Choose<"order" | "ticket">
              label={t("ofr_per")}
              value={form.values.per as "order" | "ticket"}
              options={["order", "ticket"]}
              words={(per) => t(`ofr_per_${per}`)}
              onValue={(per) => form.change({ per })}
            />
          </>
        )}
        {effect === "price" && (
          <Sum form={form} ground={ground} name="price" label={t("ofr_price")} required />
        )}
        <Whole form={form} name="items" label={t("ofr_items")} hint={t("ofr_items_hint")} optional />
        <Typed
          form={form}
          name="unlocks"
          label={t("ofr_unlocks")}
          hint={t("ofr_unlocks_hint")}
          maxLength={LIST_CHARS_MAX}
          optional={effect !== "none"}
        />
      </div>
      <OfWhat form={form} name="for" label={t("ofr_for")} typed={t("ofr_for_typed")} all={ground.types} />
      <OfWhat
        form={form}
        name="places"
        label={t("ofr_places")}
        typed={t("ofr_places_typed")}
        all={ground.places}
      />
    </>
  );
}

/** By their names of one sale; typed where it is of many. */
function OfWhat(props: Typed & { typed: string; all: Readonly<Record<string, string>> }) {
  const { form, name, label, typed, all } = props;
  const known = Object.entries(all);
  const hint = t("ofr_for_hint");
  if (known.length === 0) {
    return <Typed form={form} name={name} label={typed} hint={hint} maxLength={LIST_CHARS_MAX} optional />;
  }
  return <Some form={form} name={name} label={label} hint={hint} all={known} />;
}

export function Conditions({ form, ground, of }: Shared) {
  const { segment } = form.values;
  const clocks = t("ofr_zone", { zone: ground.zone });
  return (
    <fieldset class="stack-tight">
      <legend class="tag">{t("ofr_when")}</legend>
      <div class="room-control">
        <Typed form={form} name="from" label={t("ofr_from")} hint={clocks} type="datetime-local" />
        <Typed form={form} name="until" label={t("ofr_until")} hint={clocks} type="datetime-local" />
        <Sum form={form} ground={ground} name="minimum" label={t("ofr_minimum")} />
        <Whole form={form} name="minimum_tickets" label={t("ofr_minimum_tickets")} />
        <Whole form={form} name="orders" label={t("ofr_orders")} />
        {of.segments === null ? (
          <Typed form={form} name="segment" label={t("ofr_segment")} maxLength={NAME_CHARS_MAX} />
        ) : (
          <Choose
            label={t("ofr_segment")}
            value={segment}
            options={[...new Set(["", ...of.segments, segment])]}
            words={(name) => name || t("ofr_segment_any")}
            onValue={(name) => form.change({ segment: name })}
          />
        )}
        <Ticked form={form} name="account" label={t("ofr_account")} />
        <Ticked form={form} name="alone" label={t("ofr_alone")} />
      </div>
      {of.segments !== null && form.field("segment").problem && (
        <span class="problem" role="alert">
          {form.field("segment").problem}
        </span>
      )}
    </fieldset>
  );
}

export function HowOften({ form, ground }: Shared) {
  return (
    <fieldset class="stack-tight">
      <legend class="tag">{t("ofr_how_often")}</legend>
      <div class="room-control">
        <Whole form={form} name="uses" label={t("ofr_uses_max")} />
        <Whole form={form} name="tickets" label={t("ofr_tickets_max")} />
        <Sum form={form} ground={ground} name="money" label={t("ofr_money")} />
        <Whole form={form} name="per_person" label={t("ofr_per_person")} />
        {form.values.per_person.trim() !== "" && (
          <Choose<Person>
            label={t("ofr_person")}
            value={form.values.person as Person}
            options={PERSONS}
            words={(person) => t(`ofr_person_${person}`)}
            onValue={(person) => form.change({ person })}
          />
        )}
      </div>
    </fieldset>
  );
}
