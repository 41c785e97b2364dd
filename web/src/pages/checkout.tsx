/**
 * Checkout: what is bought, for whom, with what; every problem beside its field.
 * Back and forward do no harm: leaving and coming back shows the same cart, and a purchase has one id until it is known to have failed.
 */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { explain } from "../app/refusals";
import { go } from "../app/router";
import { keepCookie, live } from "../app/services";
import { money } from "../format/money";
import { hasWord, locale, t } from "../i18n";
import { codeOf, Refusal } from "../live/errors";
import { lastPaid, rememberOrder } from "../sale/orders";
import { Purchase } from "../sale/purchase";
import { type CartChange, type SaleSession, saleSession } from "../sale/session";
import { Button, buttonClass, Field } from "../ui/controls";
import { Notice, Ring } from "../ui/signs";
import { useTitle } from "../ui/title";
import type { Cart, Issue } from "../wire/messages";
import { digits, groupExpires, groupNumber, problemsOf, type TypedCard } from "./card";
import { Items } from "./items";
import { Loading } from "./loading";
import "./checkout.css";

interface Typed {
  name: string;
  email: string;
  phone: string;
  key: string;
  coupon: string;
}

function issueWords(issue: Issue): string {
  const word = `issue_${issue.code}_${issue.field.replace(".", "_")}`;
  if (hasWord(word)) return t(word);
  const short = `issue_${issue.code}`;
  return hasWord(short) ? t(short) : issue.message;
}

function declineWords(error: unknown): string {
  if (codeOf(error) !== "payment_declined" || !(error instanceof Refusal)) return explain(error);
  const why = error.detail.decline ?? error.detail.reason ?? error.detail.failure;
  const word = `decline_${String(why)}`;
  return `${hasWord(word) ? t(word) : t("refused_payment_declined")} ${t("nothing_charged")}`;
}

function useCartHere(sale: SaleSession): boolean {
  const [read, setRead] = useState(false);
  const ready = live.status.value === "live";
  useEffect(() => {
    if (!ready) return;
    void keepCookie();
    sale
      .readCart()
      .catch((error: unknown) => {
        if (codeOf(error) === "no_cart") sale.cart.value = null;
      })
      .finally(() => setRead(true));
  }, [ready]);
  return read;
}

function Total({ cart }: { cart: Cart }) {
  return (
    <p class="spread checkout-total">
      <span>{t("total")}</span>
      <strong class="figure">{money(cart.total, cart.currency, locale.value)}</strong>
    </p>
  );
}

/** `change` asks go out one after the other; the last one typed wins. */
function useChanges(sale: SaleSession) {
  const last = useRef<Promise<unknown>>(Promise.resolve());
  const [failure, setFailure] = useState<unknown>(null);
  const change = (wanted: CartChange): Promise<unknown> => {
    last.current = last.current.then(() =>
      sale
        .change(wanted)
        .then(() => setFailure(null))
        .catch((error: unknown) => setFailure(error)),
    );
    return last.current;
  };
  return { change, failure };
}

function Empty({ sale }: { sale: SaleSession }) {
  const cart = sale.cart.value;
  const ended = cart?.state === "ended";
  const bought = ended && cart.end_reason === "bought";
  useEffect(() => {
    if (!bought) return;
    void lastPaid(sale.id)
      .then((order) => {
        if (!order) return;
        rememberOrder(order);
        go(`/o/${order.code}`, "replace");
      })
      .catch(() => undefined);
  }, [bought]);
  return (
    <div class="page page-narrow stack">
      <h1 class="title">{t("checkout")}</h1>
      <p class="lead">{bought ? t("cart_bought") : ended ? t("cart_expired") : t("cart_empty")}</p>
      <span>
        <a class={buttonClass("main")} href={`/s/${sale.id}${ended ? "" : "/seats"}`}>
          {bought ? t("buy_more") : ended ? t("start_again") : t("choose_tickets")}
        </a>
      </span>
    </div>
  );
}

export default function Checkout({ id }: { id: string }) {
  const sale = saleSession(id);
  const purchase = useMemo(() => new Purchase(sale), [sale]);
  const read = useCartHere(sale);
  const { change, failure } = useChanges(sale);
  const [typed, setTyped] = useState<Typed>({ name: "", email: "", phone: "", key: "", coupon: "" });
  const [card, setCard] = useState<TypedCard>({ number: "", expires: "", cvc: "" });
  const [tried, setTried] = useState(false);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    void sale.load();
    sale.follow(["counters"]);
    return () => sale.unfollow();
  }, [id]);

  const cart = sale.cart.value;
  // What the server already knows fills the form once; typing is never overwritten.
  useEffect(() => {
    if (!cart) return;
    setTyped((now) => ({
      ...now,
      name: now.name || cart.contact.name || "",
      email: now.email || cart.contact.email || "",
      phone: now.phone || cart.contact.phone || "",
    }));
    if (cart.state === "locked" && purchase.phase.value.at === "idle")
      purchase.phase.value = { at: "confirming" };
  }, [cart?.id, cart?.state]);

  const phase = purchase.phase.value;
  const order = sale.order.value;
  useEffect(() => {
    if (order && (phase.at === "confirming" || phase.at === "paying")) purchase.settle(order);
  }, [order]);
  useEffect(() => {
    if (cart?.state === "open") purchase.reopened(sale.cartReason.value);
  }, [cart?.state, sale.cartReason.value]);
  useEffect(() => {
    if (phase.at !== "paid") return;
    rememberOrder(phase.order, typed.key);
    go(`/o/${phase.order.code}`, "replace");
  }, [phase.at]);

  const info = sale.info.value;
  useTitle(info ? `${t("checkout")} · ${info.name}` : null);
  if (!info) return <Loading sale={sale} />;
  if (!read && !cart) return <div class="page" aria-busy="true" />;
  if (!cart || cart.state === "ended" || (cart.items.length === 0 && cart.state === "open"))
    return <Empty sale={sale} />;

  const locked = phase.at === "paying" || phase.at === "confirming";
  const set = (name: keyof Typed) => (value: string) => setTyped((now) => ({ ...now, [name]: value }));
  const leave = (name: string) => setLeft((now) => new Set([...now, name]));
  const problem = (field: string): string | null => {
    const issue = cart.issues.find((each) => each.field === field);
    return issue && (tried || left.has(field)) ? issueWords(issue) : null;
  };
  const free = cart.total === 0;
  const cardProblems = problemsOf(card, new Date(live.clock.now_ms()));
  const cardProblem = (name: keyof TypedCard): string | null => {
    const found = cardProblems[name];
    return found && (tried || left.has(`card.${name}`)) ? t(found) : null;
  };
  const saveContact = () => change({ contact: { name: typed.name, email: typed.email, phone: typed.phone } });

  const submit = async (event: Event) => {
    event.preventDefault();
    if (locked) return;
    setTried(true);
    await saveContact();
    if (typed.key) await change({ key: typed.key });
    const now = sale.cart.value;
    const blocking = (now?.issues ?? []).filter((issue) => !issue.code.startsWith("payment_"));
    if (blocking.length > 0 || (!free && Object.keys(cardProblems).length > 0)) {
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    await purchase.pay(free ? null : { number: digits(card.number), expires: card.expires, cvc: card.cvc });
  };

  const payIssue = cart.issues.find((issue) => issue.code.startsWith("payment_"));
  return (
    <div class="page stack-wide">
      <header class="spread">
        <h1 class="title">{t("checkout")}</h1>
        <span class="row">
          <span class="soft small">{locked ? t("time_stands") : t("held_for_you")}</span>
          {!locked && <Ring until_ms={cart.deadline_at_ms} whole_ms={info.cart_ms} />}
        </span>
      </header>
      <form class="columns" noValidate ref={form} onSubmit={(event) => void submit(event)}>
        <fieldset class="stack-wide" disabled={locked}>
          <legend class="visually-hidden">{t("checkout")}</legend>
          <section class="stack">
            <h2 class="step">{t("contact_title")}</h2>
            <Field
              label={t("name")}
              name="name"
              value={typed.name}
              autocomplete="name"
              maxLength={200}
              onValue={set("name")}
              onLeave={() => {
                leave("contact.name");
                void saveContact();
              }}
              problem={problem("contact.name")}
            />
            <Field
              label={t("email")}
              name="email"
              type="email"
              inputMode="email"
              value={typed.email}
              autocomplete="email"
              maxLength={254}
              hint={t("email_hint")}
              onValue={set("email")}
              onLeave={() => {
                leave("contact.email");
                void saveContact();
              }}
              problem={problem("contact.email")}
            />
            <Field
              label={t("phone")}
              name="tel"
              type="tel"
              inputMode="tel"
              optional
              value={typed.phone}
              autocomplete="tel"
              maxLength={40}
              onValue={set("phone")}
              onLeave={() => {
                leave("contact.phone");
                void saveContact();
              }}
              problem={problem("contact.phone")}
            />
          </section>
          <section class="stack">
            <h2 class="step">{t("key_title")}</h2>
            <Field
              label={t("key_label")}
              name="ticket-key"
              value={typed.key}
              autocomplete="new-password"
              maxLength={100}
              hint={cart.has_key && !typed.key ? t("key_kept") : t("key_hint")}
              onValue={set("key")}
              onLeave={() => {
                leave("key");
                if (typed.key) void change({ key: typed.key });
              }}
              problem={problem("key")}
            />
          </section>
          {!free && (
            <section class="stack" aria-labelledby="card-title">
              <h2 class="step" id="card-title">
                {t("card_title")}
              </h2>
              <p class="small soft">{t("sandbox_hint")}</p>
              <Field
                label={t("card_number_label")}
                name="cardnumber"
                inputMode="numeric"
                value={card.number}
                autocomplete="cc-number"
                onValue={(value) => setCard((now) => ({ ...now, number: groupNumber(value) }))}
                onLeave={() => leave("card.number")}
                problem={cardProblem("number")}
              />
              <div class="card-halves">
                <Field
                  label={t("card_expires_label")}
                  name="cc-exp"
                  inputMode="numeric"
                  value={card.expires}
                  autocomplete="cc-exp"
                  placeholder="MM/YY"
                  onValue={(value) =>
                    setCard((now) => ({ ...now, expires: groupExpires(value, now.expires) }))
                  }
                  onLeave={() => leave("card.expires")}
                  problem={cardProblem("expires")}
                />
                <Field
                  label={t("card_cvc_label")}
                  name="cvc"
                  inputMode="numeric"
                  value={card.cvc}
                  autocomplete="cc-csc"
                  maxLength={4}
                  onValue={(value) => setCard((now) => ({ ...now, cvc: digits(value) }))}
                  onLeave={() => leave("card.cvc")}
                  problem={cardProblem("cvc")}
                />
              </div>
            </section>
          )}
        </fieldset>
        <aside class="ticket checkout-summary">
          <div class="ticket-body stack">
            <p class="checkout-what">{info.name}</p>
            <Items
              sale={sale}
              locked={locked}
              change={(types) => void change({ types })}
              problem={problem("items") ?? problem("types")}
            />
            <Field
              label={t("coupon")}
              optional
              value={typed.coupon}
              maxLength={40}
              disabled={locked}
              onValue={set("coupon")}
              onLeave={() => {
                leave("coupon");
                void change({ coupon: typed.coupon });
              }}
              problem={problem("coupon")}
            />
          </div>
          <div class="ticket-stub stack">
            <Total cart={cart} />
            {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
            {phase.at === "refused" && (
              <Notice kind="bad" urgent>
                {declineWords(phase.error)}
              </Notice>
            )}
            {phase.at === "idle" && payIssue && <Notice kind="bad">{issueWords(payIssue)}</Notice>}
            {phase.at === "confirming" && <Notice>{t("refused_payment_pending")}</Notice>}
            <Button kind="main" size="large" wide type="submit" busy={locked}>
              {locked
                ? phase.at === "paying"
                  ? t("paying")
                  : t("confirming")
                : free
                  ? t("get_free")
                  : t("pay", { amount: money(cart.total, cart.currency, locale.value) })}
            </Button>
            {!locked && (
              <a class={buttonClass("plain")} href={info.promo ? "/promos" : `/s/${id}/seats`}>
                {t("change_tickets")}
              </a>
            )}
          </div>
        </aside>
      </form>
    </div>
  );
}
