/**
 * A checkout that is paid at Stripe: its field for the card or the bank account, and what a bank asks before it pays.
 * Guarantees: each try has a token of its own; what the bank was answered, the server is asked, and not Stripe.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { openedFor } from "../../shared/app/http";
import { live } from "../../shared/app/services";
import { language } from "../../shared/i18n";
import type { SaleInfo } from "../../shared/sale/sales";
import { bothClocks } from "../../shared/ui/moments";
import { Notice } from "../../shared/ui/signs";
import type { Contact } from "../sale/contacts";
import type { Progress, Purchase } from "../sale/purchase";
import { type CardField, type StripePage, stripePage, type TypedInto } from "../sale/stripe";
import { type Boleto, useBoleto } from "./checkout-boleto";
import { t } from "./collecting/words";

const LOOK_AFTER_MS = 2_000;

export interface Collector {
  state: "none" | "loading" | "ready" | "failed";
  page: StripePage | null;
  field: { current: CardField | null };
  problem: string | null;
  setProblem(problem: string | null): void;
  /** loads what could not be loaded once more */
  again(): void;
  boleto: Boleto;
  /** A token for this one try; null when something is wrong with what was typed, which is told beside it. */
  collect(method: "stripe" | "boleto" | "sepa_debit", who: Contact): Promise<string | null>;
}

/**
 * A document may load the provider's program only where its server opened it for that: whoever came here from another page
 * has that page's document, and loads this one anew, once. Answers whether there is anything to show.
 */
export function useOwnDocument(info: SaleInfo): boolean {
  const script = info.payment_script ?? "";
  const opened = script === "" || openedFor() === script;
  // Kept in the history: it outlasts loading anew, also where a browser keeps nothing else.
  const tried = (history.state as { loadedFor?: string } | null)?.loadedFor === script;
  useEffect(() => {
    if (opened || tried) return;
    history.replaceState({ loadedFor: script }, "");
    location.reload();
  }, [opened]);
  return opened || tried;
}

export function useCollector(info: SaleInfo): Collector {
  const { payment_script: script, payment_key: key } = info;
  const [page, setPage] = useState<StripePage | null>(null);
  const [state, setState] = useState<Collector["state"]>(script ? "loading" : "none");
  const [problem, setProblem] = useState<string | null>(null);
  const field = useRef<CardField | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    // Another sum may be paid into another account: what was begun for the one before is nothing to this one.
    setPage(null);
    if (!script || !key) return setState("none");
    // This document may not: it is about to be loaded anew, or was in vain.
    if (openedFor() !== script) return setState("failed");
    let wanted = true;
    setState("loading");
    stripePage(script, key, language.value).then(
      (found) => {
        if (!wanted) return;
        setPage(found);
        setState("ready");
      },
      () => wanted && setState("failed"),
    );
    return () => {
      wanted = false;
    };
  }, [script, key, tries]);
  const boleto = useBoleto();
  const collect: Collector["collect"] = async (method, who) => {
    if (!page) return null;
    setProblem(null);
    try {
      if (method === "boleto") {
        const made = await boleto.collect(page, who);
        if (made && "token" in made) return made.token;
        setProblem(made?.problem ?? null);
        return null;
      }
      if (!field.current) return null;
      const billing_details = { name: who.name, email: who.email };
      const typed =
        method === "stripe"
          ? { type: "card", card: field.current }
          : { type: "sepa_debit", sepa_debit: field.current };
      const made = await page.createPaymentMethod({ ...typed, billing_details });
      if (made.paymentMethod) return made.paymentMethod.id;
      setProblem(made.error?.message ?? t(method === "stripe" ? "stripe_card_wrong" : "debit_wrong"));
    } catch {
      setProblem(t("stripe_lost"));
    }
    return null;
  };
  const again = () => (openedFor() === script ? setTries(tries + 1) : location.reload());
  return { state, page, field, problem, setProblem, boleto, again, collect };
}

/** The field as Stripe draws it, in the colours of this page. */
function useField({ page, field, setProblem }: Collector, kind: TypedInto) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const there = place.current;
    if (!page || !there) return;
    const { color, fontFamily, fontSize } = getComputedStyle(there);
    const style = { base: { color, fontFamily, fontSize } };
    const made = page
      .elements()
      .create(kind, { style, ...(kind === "iban" && { supportedCountries: ["SEPA"] }) });
    made.on("change", (change) => setProblem(change?.error?.message ?? null));
    made.mount(there);
    field.current = made;
    return () => {
      field.current = null;
      made.destroy();
    };
  }, [page]);
  return place;
}

export function StripePart({ collector }: { collector: Collector }) {
  return (
    <section class="stack" aria-labelledby="card-title">
      <h2 class="step" id="card-title">
        {t("card_title")}
      </h2>
      <p class="small soft">{t("stripe_hint")}</p>
      <StripeField kind="card" label={t("pay_card")} collector={collector} />
    </section>
  );
}

interface FieldProps {
  kind: TypedInto;
  label: string;
  collector: Collector;
}

export function StripeField({ kind, label, collector }: FieldProps) {
  const place = useField(collector, kind);
  const { state, problem } = collector;
  return (
    <>
      {state === "loading" && <p role="status">{t("stripe_loading")}</p>}
      {state === "failed" && <StripeMissing collector={collector} />}
      {/* biome-ignore lint/a11y/useSemanticElements: what stands in it is Stripe's, and no fieldset is asked for around it */}
      <div
        role="group"
        aria-label={label}
        aria-invalid={problem ? "true" : undefined}
        tabIndex={-1}
        class="input stripe-field"
        ref={place}
        hidden={state !== "ready"}
      />
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

function StripeMissing({ collector }: { collector: Collector }) {
  return (
    <Notice kind="bad" urgent action={{ label: t("try_again"), run: collector.again }}>
      {t("stripe_failed")}
    </Notice>
  );
}

interface AsksProps {
  collector: Collector;
  purchase: Purchase;
  progress: Extract<Progress, { at: "asked" }>;
  zone: string;
}

/** What the bank asks is begun by itself, once; then it is a button, for whoever closed it or came back. */
export function BankAsks({ collector, purchase, progress, zone }: AsksProps) {
  const { page, state } = collector;
  const { secret, until_ms } = progress;
  const [asking, setAsking] = useState(false);
  const begin = async () => {
    if (!page || asking) return;
    setAsking(true);
    // However it went there, the server knows better.
    await page.handleNextAction({ clientSecret: secret }).catch(() => undefined);
    setAsking(false);
    await purchase.look();
  };
  useEffect(() => {
    if (page && purchase.isNews(secret)) void begin();
  }, [page, secret]);
  useEffect(() => {
    const wait_ms = Math.max(0, until_ms - live.clock.now_ms()) + LOOK_AFTER_MS;
    const timer = setTimeout(() => void purchase.look(), wait_ms);
    return () => clearTimeout(timer);
  }, [until_ms]);
  if (state === "failed") return <StripeMissing collector={collector} />;
  const action = { label: t("bank_confirm"), run: () => void begin(), busy: asking || !page };
  return (
    <Notice urgent action={action}>
      {t("bank_asks", { time: bothClocks(until_ms, zone) })}
    </Notice>
  );
}
