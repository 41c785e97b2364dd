/** Coupons in a list: what each does, how it is used by now, and whether it counts. */

import { useState } from "preact/hooks";
import { live, minute_ms } from "../../../shared/app/services";
import { minorDigits, money } from "../../../shared/format/money";
import { locale } from "../../../shared/i18n";
import { Button, Check } from "../../../shared/ui/controls";
import { Badge } from "../../../shared/ui/signs";
import type { CouponShape } from "../../../shared/wire/contract";
import { ruleOf, standing } from "../../offers";
import { type Shown, Table } from "../../ui/table";
import { tell } from "../../ui/toasts";
import { EditOffer } from "./editing";
import { type Around, groundFor } from "./reading";
import { told } from "./told";
import { t } from "./words";

export const number = (value: number) => new Intl.NumberFormat(locale.value).format(value);

export function Standing({ coupon, currency }: { coupon: CouponShape; currency: string }) {
  const now_ms = Math.max(minute_ms.value, live.clock.now_ms());
  const how = standing(coupon, minorDigits(currency), now_ms);
  return <Badge {...(how === "counts" ? { kind: "open" as const } : {})}>{t(`ofr_standing_${how}`)}</Badge>;
}

/** "37 of 100", or "37". */
export const usedTold = (used: number, max: number | undefined) =>
  max === undefined ? number(used) : t("ofr_used_of", { n: used, max });

/** "–" where its orders may be of several currencies: the report says each. */
export const offTold = ({ discount }: CouponShape, currency: string) =>
  currency ? money(discount, currency, locale.value) : discount === 0 ? "0" : "–";

export function codesTold(coupon: CouponShape): string {
  if (coupon.automatic) return t("ofr_automatic");
  const drawn = coupon.drawn > 0 ? [t("ofr_codes_drawn", { n: coupon.drawn })] : [];
  return [...coupon.codes, ...drawn].join(", ");
}

export function whereTold(coupon: CouponShape, { info, sales }: Around): string {
  if (coupon.sale !== null) {
    return info?.id === coupon.sale
      ? info.name
      : (sales.find(({ id }) => id === coupon.sale)?.name ?? coupon.sale);
  }
  return coupon.sales.length > 0 ? t("ofr_where_some", { n: coupon.sales.length }) : t("ofr_where_all");
}

function columns(of: Around): Shown<CouponShape>[] {
  return [
    {
      id: "name",
      name: t("ofr_offer"),
      value: ({ name }) => name,
      shows: (coupon) => (
        <>
          <a class="breaks" href={`/office/offers/${coupon.id}`}>
            {coupon.name}
          </a>
          <span class="small soft sale-when">{whereTold(coupon, of)}</span>
        </>
      ),
    },
    {
      id: "does",
      name: t("ofr_effect"),
      wide: true,
      value: (coupon) => told(ruleOf(coupon), groundFor(coupon, of)),
    },
    {
      id: "codes",
      name: t("ofr_codes"),
      value: codesTold,
      shows: (coupon) => <span class="breaks">{codesTold(coupon)}</span>,
    },
    {
      id: "used",
      name: t("ofr_used"),
      figure: true,
      value: ({ uses }) => uses,
      shows: (coupon) => usedTold(coupon.uses, ruleOf(coupon).uses),
    },
    {
      id: "tickets",
      name: t("ofr_tickets"),
      figure: true,
      value: ({ tickets }) => tickets,
      shows: (coupon) => usedTold(coupon.tickets, ruleOf(coupon).tickets),
    },
    {
      id: "off",
      name: t("ofr_discount"),
      figure: true,
      value: ({ discount }) => discount,
      shows: (coupon) => offTold(coupon, groundFor(coupon, of).currency),
    },
    {
      id: "state",
      name: t("ofr_standing"),
      value: (coupon) => (coupon.ended_at === null ? "" : t("ofr_standing_ended")),
      shows: (coupon) => <Standing coupon={coupon} currency={groundFor(coupon, of).currency} />,
    },
  ];
}

interface Listed {
  coupons: readonly CouponShape[];
  of: Around;
  onMade(): void;
}

export function Coupons({ coupons, of, onMade }: Listed) {
  const [making, make] = useState(false);
  const [all, showAll] = useState(false);
  const button = (
    <Button kind="main" onClick={() => make(true)}>
      {t("ofr_make")}
    </Button>
  );
  return (
    <>
      {making && (
        <EditOffer
          coupon={null}
          of={of}
          onClose={() => make(false)}
          onDone={() => {
            make(false);
            tell(t("ofr_made"));
            onMade();
          }}
        />
      )}
      {coupons.some(({ ended_at }) => ended_at !== null) && (
        <Check label={t("ofr_show_ended")} checked={all} required={false} onChange={showAll} />
      )}
      <Table
        name={t("off_offers")}
        columns={columns(of)}
        rows={all ? coupons : coupons.filter(({ ended_at }) => ended_at === null)}
        id={({ id }) => id}
        empty={{
          title: t("ofr_empty"),
          text: t("ofr_empty_text"),
          ...(making ? {} : { action: button }),
        }}
        tools={!making && button}
      />
    </>
  );
}
