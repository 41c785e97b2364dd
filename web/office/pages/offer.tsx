/** One coupon: what it does and how it is used, changed and ended; its codes; what it brought. */

import { useMemo, useState } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { Button } from "../../shared/ui/controls";
import { Loaded } from "../../shared/ui/loaded";
import type { CouponShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { ruleOf } from "../offers";
import { inFull } from "../refused";
import { holdsAny } from "../shell/places";
import { Header } from "../ui/header";
import { tell } from "../ui/toasts";
import { permissions } from "../who";
import { Codes } from "./offers/codes";
import { EditOffer } from "./offers/editing";
import { End } from "./offers/ending";
import { codesTold, offTold, Standing, usedTold, whereTold } from "./offers/list";
import { type Around, around, groundFor, once, useLive } from "./offers/reading";
import { Report } from "./offers/report";
import { told } from "./offers/told";
import { Trying } from "./offers/trying";
import { t } from "./offers/words";

interface Shown {
  coupon: CouponShape;
  of: Around;
  again(): void;
}

export default function Offer({ id }: { id: string }) {
  const read = useMemo(() => {
    const readCoupon = () => ask("GET /api/coupons/{coupon}", { parts: { coupon: id } });
    const of = once(async () => around((await readCoupon()).sale));
    return new Loading(async () => ({ coupon: await readCoupon(), of: await of() }));
  }, [id]);
  useLive(read);
  return (
    <Loaded of={read}>
      {({ coupon, of }) => <Board coupon={coupon} of={of} again={() => void read.again()} />}
    </Loaded>
  );
}

function Board({ coupon, of, again }: Shown) {
  const [editing, edit] = useState<CouponShape | null>(null);
  const ground = groundFor(coupon, of);
  const ended = coupon.ended_at !== null;
  const left = () => {
    edit(null);
    again();
  };
  const changed = (now: CouponShape, before: CouponShape | null) => {
    left();
    if (before === null) return;
    const body = { ...ruleOf(before), revision: now.revision };
    const back = () => ask("PUT /api/coupons/{coupon}", { parts: { coupon: coupon.id }, body });
    tell(t("ofr_changed"), () => void back().then(again, (error) => tell(inFull(error))));
  };
  return (
    <div class="board">
      <Header
        title={coupon.name}
        subtitle={t("ofr_offer")}
        back={
          coupon.sale === null
            ? { path: "/office/offers", name: t("off_offers") }
            : { path: `/office/sales/${coupon.sale}/offers`, name: whereTold(coupon, of) }
        }
        lead={<span data-testid="told">{told(ruleOf(coupon), ground)}</span>}
        actions={
          <>
            <Standing coupon={coupon} currency={ground.currency} />
            {!ended && editing === null && <Button onClick={() => edit(coupon)}>{t("ofr_change")}</Button>}
            {!ended && <End coupon={coupon} off={offTold(coupon, ground.currency)} onEnded={again} />}
          </>
        }
      />
      {editing !== null && <EditOffer coupon={editing} of={of} onClose={left} onDone={changed} />}
      <Figures coupon={coupon} of={of} />
      {!coupon.automatic && <Codes coupon={coupon} of={of} />}
      {of.info !== null && !ended && <Trying info={of.info} codes={coupon.codes[0] ?? ""} />}
      {holdsAny(permissions.value, ["report:read"]) && <Report coupon={coupon} />}
    </div>
  );
}

function Figures({ coupon, of }: Pick<Shown, "coupon" | "of">) {
  const rule = ruleOf(coupon);
  const facts = [
    [t("ofr_used"), usedTold(coupon.uses, rule.uses)],
    [t("ofr_tickets"), usedTold(coupon.tickets, rule.tickets)],
    [t("ofr_discount"), offTold(coupon, groundFor(coupon, of).currency)],
    [t("ofr_codes"), codesTold(coupon)],
    [t("ofr_where"), whereTold(coupon, of)],
  ] as const;
  return (
    <dl class="facts panel">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt class="tag">{name}</dt>
          <dd class="figure breaks">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
