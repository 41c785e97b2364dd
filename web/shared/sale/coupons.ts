/** Why a code takes off nothing, as buyers read it at checkout and organizers where they try it. */

import { money } from "../format/money";
import { moment } from "../format/time";
import { locale, t } from "../i18n";
import { reader } from "../ui/moments";
import type { CartCouponShape } from "../wire/contract";
import type { SaleInfo } from "./sales";

/** As far as a buyer can do something about it. */
export function whyWords(coupon: CartCouponShape, info: SaleInfo, currency: string): string {
  const code = coupon.code ?? coupon.name;
  const sum = (minor: number) => money(minor, currency, locale.value);
  switch (coupon.why) {
    case "unknown":
      return t("issue_coupon_unknown", { code });
    case "not_yet":
      return t("issue_coupon_not_yet", { code, when: moment(coupon.from_ms ?? 0, info.zone, reader.value) });
    case "nothing": {
      const what = [
        ...(coupon.types ?? []).map(typeName(info)),
        ...(coupon.places ?? []).map(placeName(info)),
      ];
      return what.length > 0
        ? t("issue_coupon_nothing_but", { code, what: what.join(", ") })
        : t("issue_coupon_nothing", { code });
    }
    case "too_little":
      if (coupon.sum_min) return t("issue_coupon_too_little_sum", { code, sum: sum(coupon.sum_min) });
      return t("issue_coupon_too_little_tickets", { code, n: coupon.tickets_min ?? 1 });
    case null:
      return "";
    default:
      return t(`issue_coupon_${coupon.why}`, { code });
  }
}

const typeName = (info: SaleInfo) => (id: string) =>
  info.types[id] ?? info.products?.find((each) => each.id === id)?.name ?? id;

const placeName = (info: SaleInfo) => (id: string) =>
  [...info.pools, ...(info.sections ?? [])].find((each) => each.id === id)?.name ?? id;
