/**
 * What whoever bought may have given back: what they choose once an event was cancelled or changed, and tickets that they give back by
 * themselves; and the vouchers that came of it.
 * Guarantees: what is confirmed is what was shown, once, however often the button is pressed.
 */

import { useEffect, useId, useState } from "preact/hooks";
import { explain } from "../../../shared/app/refusals";
import { price } from "../../../shared/format/price";
import { locale } from "../../../shared/i18n";
import { codeOf } from "../../../shared/live/errors";
import { Button, Check } from "../../../shared/ui/controls";
import { bothClocks } from "../../../shared/ui/moments";
import { Dialog, Notice } from "../../../shared/ui/signs";
import type {
  AboutShape,
  ChoicePlanShape,
  OrderAnswer,
  OrderChoiceShape,
  OwnRefundShape,
  RefundPlanShape,
} from "../../../shared/wire/contract";
import type { Order } from "../../../shared/wire/messages";
import { choose, giveBack, planBack } from "../../sale/orders";
import type { SaleSession } from "../../sale/session";
import { itemWords } from "../items";
import { t } from "./words";

const LOOK_MS = 1_000;
const LOOK_MS_MAX = 30_000;

interface Props {
  order: Order;
  about: AboutShape | null;
  onChanged(answer: OrderAnswer): void;
}

/** Codes that were given for some of an order. */
export function Vouchers({ order }: { order: Order }) {
  const [copied, setCopied] = useState("");
  const vouchers = order.vouchers ?? [];
  if (vouchers.length === 0) return null;
  const copy = async (code: string) => {
    await navigator.clipboard?.writeText(code).then(() => setCopied(code));
  };
  return (
    <section class="stack-tight" aria-label={t("back_vouchers")}>
      {vouchers.map(({ code, amount }) => (
        <p key={code} class="spread">
          <span>
            {t("back_voucher", { sum: price(amount, order.currency) })} <strong class="figure">{code}</strong>
          </span>
          <Button onClick={() => void copy(code)}>{t(copied === code ? "back_copied" : "back_copy")}</Button>
        </p>
      ))}
      <p class="small soft">{t("back_voucher_hint")}</p>
    </section>
  );
}

function planWords({ choice, amount, bonus }: ChoicePlanShape, currency: string): string {
  if (choice === "keep") return t("choice_keep");
  const sum = price(amount + bonus, currency);
  const words = t(`choice_${choice}`, { sum });
  return bonus > 0 ? `${words} ${t("choice_bonus", { sum: price(bonus, currency) })}` : words;
}

/** As a sentence begins. */
const begun = (words: string) => words.charAt(0).toLocaleUpperCase(locale.value) + words.slice(1);

interface ChoosingProps extends Props {
  offered: OrderChoiceShape;
  onLook(): void;
}

/** What becomes of an order whose event was cancelled or changed. What was chosen is looked after until it is done. */
export function Choosing({ order, about, offered, onChanged, onLook }: ChoosingProps) {
  const title = useId();
  const [asked, setAsked] = useState<ChoicePlanShape | null>(null);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<unknown>(null);
  const zone = about?.zone ?? "UTC";
  const waits = offered.chosen !== null && !offered.open && !offered.done;
  useEffect(() => {
    if (!waits) return;
    let pause = LOOK_MS;
    let timer = setTimeout(look, pause);
    function look() {
      onLook();
      pause = Math.min(2 * pause, LOOK_MS_MAX);
      timer = setTimeout(look, pause);
    }
    return () => clearTimeout(timer);
  }, [waits]);
  const chosen = offered.choices.find(({ choice }) => choice === offered.chosen);
  const otherwise = offered.choices.find(({ choice }) => choice === offered.otherwise);
  const send = async (plan: ChoicePlanShape) => {
    setBusy(true);
    setWrong(null);
    try {
      onChanged(await choose(order.code, plan.choice));
      setAsked(null);
    } catch (error) {
      setWrong(error);
    } finally {
      setBusy(false);
    }
  };
  if (!offered.open && !chosen) return null;
  return (
    <section class="stack" aria-labelledby={title}>
      <h2 class="title" id={title}>
        {t("choice_title")}
      </h2>
      {chosen && (
        <p>
          {t("choice_chosen")} <strong>{t(`choice_${chosen.choice}_chosen`)}</strong>{" "}
          {waits && <span role="status">{t("choice_waits")}</span>}
        </p>
      )}
      {offered.open && (
        <>
          <p>
            {t("choice_until", { time: bothClocks(offered.until_ms, zone) })}{" "}
            {otherwise && !chosen && t("choice_otherwise", { what: planWords(otherwise, order.currency) })}
          </p>
          <ul class="stack-tight plain">
            {offered.choices
              .filter(({ choice }) => choice !== offered.chosen)
              .map((plan) => (
                <li key={plan.choice}>
                  <Button wide onClick={() => setAsked(plan)}>
                    {begun(planWords(plan, order.currency))}
                  </Button>
                </li>
              ))}
          </ul>
        </>
      )}
      <Dialog title={t("choice_sure")} open={asked !== null} asks onClose={() => setAsked(null)}>
        <p>{asked && begun(planWords(asked, order.currency))}</p>
        <p>{t(asked?.choice === "keep" ? "choice_may_change" : "choice_final")}</p>
        {asked !== null && asked.returned > 0 && (
          <p class="small soft">{t("back_returned", { sum: price(asked.returned, order.currency) })}</p>
        )}
        {wrong !== null && (
          <Notice kind="bad" urgent>
            {explain(wrong)}
          </Notice>
        )}
        <span class="row">
          <Button kind="main" busy={busy} onClick={() => asked && void send(asked)}>
            {t("choice_yes")}
          </Button>
          <Button onClick={() => setAsked(null)}>{t("choice_no")}</Button>
        </span>
      </Dialog>
    </section>
  );
}

interface OwnProps extends Props {
  sale: SaleSession;
  may: OwnRefundShape;
}

/** Tickets that one gives back by oneself. */
export function GiveBack({ order, about, sale, may, onChanged }: OwnProps) {
  const [request, setRequest] = useState<string | null>(null);
  const [lines, setLines] = useState<readonly number[]>([]);
  const [plan, setPlan] = useState<RefundPlanShape | null>(null);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<unknown>(null);
  const live = order.lines.flatMap((line, at) => (line.live === false ? [] : [at]));
  useEffect(() => {
    setPlan(null);
    setWrong(null);
    if (request === null || lines.length === 0) return;
    let current = true;
    planBack(order.code, lines).then(
      (found) => current && setPlan(found),
      (error) => current && setWrong(error),
    );
    return () => {
      current = false;
    };
  }, [request, lines, order.code]);
  const send = async () => {
    setBusy(true);
    setWrong(null);
    try {
      onChanged(await giveBack(order.code, lines, request ?? ""));
      setRequest(null);
      setLines([]);
    } catch (error) {
      setWrong(error);
      // What was shown is no more: it is worked out anew.
      if (codeOf(error) === "given_back") setLines([]);
    } finally {
      setBusy(false);
    }
  };
  if (live.length === 0) return null;
  const sum = plan && price(plan.amount, order.currency);
  return (
    <section class="stack-tight" aria-label={t("back_title")}>
      <span>
        <Button onClick={() => setRequest(crypto.randomUUID())}>{t("back_begin")}</Button>
      </span>
      <p class="small soft">
        {t("back_until", { time: bothClocks(may.until_ms, about?.zone ?? "UTC") })}{" "}
        {t(`back_as_${may.give_as}`)} {!may.fees && order.fees.length > 0 && t("back_fees_stay")}
      </p>
      <Dialog title={t("back_title")} open={request !== null} asks onClose={() => setRequest(null)}>
        <div class="stack-tight">
          {live.map((at) => {
            const line = order.lines[at];
            return (
              line && (
                <Check
                  key={at}
                  label={itemWords(sale, line)}
                  required={false}
                  checked={lines.includes(at)}
                  onChange={(on) => setLines(on ? [...lines, at] : lines.filter((each) => each !== at))}
                />
              )
            );
          })}
        </div>
        {plan && <p role="status">{t(`back_plan_${plan.way}`, { sum: sum ?? "" })}</p>}
        {plan !== null && plan.returned > 0 && (
          <p class="small soft">{t("back_returned", { sum: price(plan.returned, order.currency) })}</p>
        )}
        <p>{t("back_final")}</p>
        {wrong !== null && (
          <Notice kind="bad" urgent>
            {explain(wrong)}
          </Notice>
        )}
        <span class="row">
          <Button kind="bad" busy={busy || plan === null} onClick={() => void send()}>
            {t("back_yes")}
          </Button>
          <Button onClick={() => setRequest(null)}>{t("back_no")}</Button>
        </span>
      </Dialog>
    </section>
  );
}
