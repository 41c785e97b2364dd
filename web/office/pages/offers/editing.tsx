/**
 * The form of a coupon: made, or its rule written anew. Guarantees: what it will do is read back as one types; whoever saves
 * second sees what the other one changed, and chooses.
 */

import { useState } from "preact/hooks";
import { minorDigits } from "../../../shared/format/money";
import { ownZone } from "../../../shared/format/time";
import { locale } from "../../../shared/i18n";
import { Button } from "../../../shared/ui/controls";
import { useForm } from "../../../shared/ui/form";
import { Notice } from "../../../shared/ui/signs";
import type { CouponShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import {
  anywhere,
  type Draft,
  draftOf,
  type Effect,
  fresh,
  type Ground,
  groundOf,
  listed,
  mistakesIn,
  PERSONS,
  type Person,
  ruleOf,
  ruleTyped,
} from "../../offers";
import { inFull } from "../../refused";
import { differences, isConflict } from "../../ui/differences";
import { Conflict, useUnsaved } from "../../ui/editing";
import { Conditions, Does, HowOften, Named } from "./fields";
import { type Around, onlyCurrency } from "./reading";
import { told } from "./told";
import { t } from "./words";
import "./offers.css";

/** What is typed is of the sale that the coupon belongs to, or of none. */
function groundOfForm(coupon: CouponShape | null, { info }: Around): Ground {
  const own = info !== null && (coupon === null || coupon.sale === info.id);
  return own ? groundOf(info) : anywhere(ownZone(), coupon?.currency ?? "");
}

/** What the fields are called where two versions stand side by side. */
function names(): Partial<Record<keyof Draft, string>> {
  return {
    name: t("ofr_name"),
    effect: t("ofr_effect"),
    percent: t("ofr_percent"),
    cap: t("ofr_cap"),
    fixed: t("ofr_fixed"),
    per: t("ofr_per"),
    price: t("ofr_price"),
    for: t("ofr_for"),
    places: t("ofr_places"),
    items: t("ofr_items"),
    alone: t("ofr_alone"),
    from: t("ofr_from"),
    until: t("ofr_until"),
    minimum: t("ofr_minimum"),
    minimum_tickets: t("ofr_minimum_tickets"),
    segment: t("ofr_segment"),
    account: t("ofr_account"),
    orders: t("ofr_orders"),
    uses: t("ofr_uses_max"),
    per_person: t("ofr_per_person"),
    person: t("ofr_person"),
    tickets: t("ofr_tickets_max"),
    money: t("ofr_money"),
    unlocks: t("ofr_unlocks"),
  };
}

function readable(draft: Draft): Draft {
  const ticked = (on: string) => t(on ? "ofr_yes" : "ofr_no");
  return {
    ...draft,
    effect: t(`ofr_effect_${draft.effect as Effect}`),
    per: t(draft.per === "ticket" ? "ofr_per_ticket" : "ofr_per_order"),
    person: t(
      `ofr_person_${PERSONS.includes(draft.person as Person) ? (draft.person as Person) : "contact"}`,
    ),
    alone: ticked(draft.alone),
    account: ticked(draft.account),
    from: draft.from.replace("T", " "),
    until: draft.until.replace("T", " "),
  };
}

interface Edited {
  /** as it was when the form was opened; null: a new one */
  coupon: CouponShape | null;
  of: Around;
  onClose(): void;
  /** `before`: what was written over */
  onDone(coupon: CouponShape, before: CouponShape | null): void;
}

export function EditOffer({ coupon, of, onClose, onDone }: Edited) {
  const bare = groundOfForm(coupon, of);
  const written = (shown: CouponShape) =>
    draftOf(shown, bare.zone, minorDigits(bare.currency), locale.peek());
  const [first] = useState(() =>
    coupon === null ? { ...fresh(), currency: onlyCurrency(of.sales) } : written(coupon),
  );
  const [theirs, setTheirs] = useState<CouponShape | null>(null);
  const inCurrency = (draft: Draft): Ground => ({
    ...bare,
    currency: bare.currency || draft.currency.trim().toUpperCase(),
  });
  const wrong = (name: keyof Draft) => (_: string, draft: Draft) => {
    const ground = inCurrency(draft);
    const mistake = mistakesIn(draft, ground, minorDigits(ground.currency), coupon).get(name);
    return mistake === undefined ? null : t(`ofr_mistake_${mistake}`);
  };
  const form = useForm<Draft>(
    first,
    Object.fromEntries((Object.keys(first) as (keyof Draft)[]).map((name) => [name, wrong(name)])),
  );
  useUnsaved(form.dirty);
  const ground = inCurrency(form.values);
  const digits = minorDigits(ground.currency);
  const typed = (draft: Draft) => ruleTyped(draft, ground, digits, coupon ? ruleOf(coupon) : {});

  const make = async (draft: Draft) =>
    onDone(
      await ask("POST /api/coupons", {
        body: {
          ...typed(draft),
          key: draft.key.trim(),
          codes: draft.automatic ? [] : listed(draft.codes),
          automatic: draft.automatic !== "",
          ...(ground.sale === null
            ? { sales: listed(draft.sales), currency: draft.currency.trim().toUpperCase() || null }
            : { sale: ground.sale }),
        },
      }),
      null,
    );
  const change = async (draft: Draft, before: CouponShape) => {
    const parts = { coupon: before.id };
    const body = { ...typed(draft), revision: before.revision };
    try {
      onDone(await ask("PUT /api/coupons/{coupon}", { parts, body }), before);
    } catch (error) {
      if (!isConflict(error)) throw error;
      setTheirs(await ask("GET /api/coupons/{coupon}", { parts }));
    }
  };
  const save = form.submit((draft) => (coupon === null ? make(draft) : change(draft, coupon)));
  const over = form.submit(async (draft) => {
    if (theirs === null) return;
    setTheirs(null);
    await change(draft, theirs);
  });

  const shared = { form, ground, of, coupon };
  return (
    <section class="panel stack" aria-labelledby="offer-title">
      <h2 class="title" id="offer-title">
        {t(coupon === null ? "ofr_make" : "ofr_change")}
      </h2>
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void save(event)}>
        {coupon === null && <Named {...shared} />}
        <Does {...shared} />
        <Conditions {...shared} />
        <HowOften {...shared} />
        {form.failure !== null && (
          <Notice kind="bad" urgent>
            {inFull(form.failure)}
          </Notice>
        )}
        <div class="offer-told stack-tight">
          <p data-testid="typed">
            <strong>{told(typed(form.values), ground)}</strong>
          </p>
          <span class="row">
            <Button kind="main" type="submit" busy={form.busy}>
              {t(coupon === null ? "ofr_make" : "ofr_save")}
            </Button>
            <Button kind="plain" onClick={onClose}>
              {t("ofr_discard")}
            </Button>
          </span>
        </div>
      </form>
      <Conflict
        differences={theirs && differences(readable(form.values), readable(written(theirs)), names())}
        onMine={() => void over()}
        onTheirs={() => theirs && onClose()}
      />
    </section>
  );
}
