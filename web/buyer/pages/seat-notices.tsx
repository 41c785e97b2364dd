/** What is told while one chooses: a lost race with the next best, a refusal, a cart that ended, a sale that stands still. */

import { explain } from "../../shared/app/refusals";
import { go } from "../../shared/app/router";
import { t } from "../../shared/i18n";
import { ChangedHere } from "../../shared/sale/changed";
import { Notice } from "../../shared/ui/signs";
import type { Picking } from "../sale/picking";
import type { SaleSession } from "../sale/session";
import { EntryAsked, isAsked } from "./entry-asked";
import { PhaseNotice } from "./phases";
import { seatWords } from "./seat-words";

function Trouble({ picking, onShow }: { picking: Picking; onShow(seats: readonly number[]): void }) {
  const trouble = picking.trouble.value;
  const layout = picking.sale.layout.value;
  if (!trouble) return null;
  const { offer, lost } = trouble;
  const close = () => {
    picking.trouble.value = null;
  };
  if (lost.length > 0 && layout) {
    const what = lost.map((seat) => seatWords(layout, seat)).join("; ");
    return (
      <Notice
        kind="bad"
        urgent
        onClose={close}
        action={
          offer
            ? {
                label: t("take_instead", { n: offer.length, seat: seatWords(layout, offer[0] as number) }),
                run: () => {
                  onShow(offer);
                  void picking.take(offer);
                },
                busy: picking.busy.value,
              }
            : undefined
        }
      >
        {t("lost_race", { what })} {offer ? "" : t("nothing_near")}
      </Notice>
    );
  }
  return (
    <Notice kind="bad" urgent onClose={close}>
      {explain(trouble.error, { n: picking.personMax })}
    </Notice>
  );
}

function Ended({ sale }: { sale: SaleSession }) {
  const cart = sale.cart.value;
  if (cart?.state !== "ended") return null;
  const again = () => {
    sale.cart.value = null;
    if (sale.info.value?.room) {
      sale.forgetPlace();
      go(`/s/${sale.id}/room`);
    }
  };
  if (cart.end_reason === "bought" || cart.end_reason === "reserved") {
    return (
      <Notice action={{ label: t("buy_more"), run: again }}>
        {t(`cart_${cart.end_reason}`)} <a href={`/s/${sale.id}/checkout`}>{t("see_tickets")}</a>
      </Notice>
    );
  }
  const words = cart.end_reason === "expired" ? t("cart_expired") : t("cart_over");
  return (
    <Notice kind="bad" urgent action={{ label: t("start_again"), run: again }}>
      {words}
    </Notice>
  );
}

interface Props {
  sale: SaleSession;
  picking: Picking;
  /** why the buyer has no cart */
  failure: unknown;
  enter(): void;
  onShow(seats: readonly number[]): void;
}

export function SeatNotices({ sale, picking, failure, enter, onShow }: Props) {
  const state = sale.state.value;
  const info = sale.info.value;
  return (
    <>
      {info && <ChangedHere of={info} starts_at={info.starts_at} />}
      {info && state === "open" && <PhaseNotice sale={sale} info={info} />}
      <Ended sale={sale} />
      {sale.entry.checking.value && <Notice>{t("checking_person")}</Notice>}
      {isAsked(failure) && <EntryAsked sale={sale} failure={failure} enter={enter} />}
      {failure !== null && !isAsked(failure) && <Notice kind="bad">{explain(failure)}</Notice>}
      {state === "paused" && <Notice>{t("refused_sale_paused")}</Notice>}
      {(state === "closed" || state === "ended") && <Notice kind="bad">{t("sale_over")}</Notice>}
      <Trouble picking={picking} onShow={onShow} />
    </>
  );
}
