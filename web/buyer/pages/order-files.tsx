/**
 * What one keeps of an order: papers, date, and each ticket as a picture that opens without a network.
 * Where the browser can hand files to the system, one tap gives it all tickets, to be saved among the photos or sent on;
 * each of them can be downloaded anywhere.
 */

import { useEffect, useMemo, useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { language, t } from "../../shared/i18n";
import { Unanswered } from "../../shared/live/errors";
import { Button, buttonClass } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import type { AboutShape, ReceiptShape } from "../../shared/wire/contract";
import type { Order } from "../../shared/wire/messages";
import { hasKey, sendAgain } from "../sale/orders";

export const address = (order: Order, name: string) => `/o/${order.code}/${name}?lang=${language.value}`;
const pictureOf = (order: Order, ticket: string) => address(order, `tickets/${ticket}/picture.png`);

async function pictures(order: Order): Promise<File[]> {
  return await Promise.all(
    order.tickets.map(async ({ id }, nth) => {
      const answer = await fetch(pictureOf(order, id)).catch(() => null);
      if (!answer?.ok) throw new Unanswered();
      return new File([await answer.blob()], `ticket-${order.code}-${nth + 1}.png`, { type: "image/png" });
    }),
  );
}

/** Whether this browser can hand pictures to the system; one that can't has links to download them. */
function canHandOver(): boolean {
  const trial = new File([], "ticket.png", { type: "image/png" });
  return navigator.canShare?.({ files: [trial] }) ?? false;
}

type Step = "idle" | "fetching" | "ready";

/** Pictures take a while to fetch, and a browser hands files over only right after a tap: then another tap does it. */
function Save({ order }: { order: Order }) {
  const [step, setStep] = useState<Step>("idle");
  const [files, setFiles] = useState<File[] | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const save = async () => {
    setStep("fetching");
    setFailure(null);
    try {
      const fetched = files ?? (await pictures(order));
      setFiles(fetched);
      await navigator.share({ files: fetched });
      setStep("idle");
    } catch (error) {
      const name = error instanceof DOMException ? error.name : "";
      setStep(name === "NotAllowedError" ? "ready" : "idle");
      if (name !== "NotAllowedError" && name !== "AbortError") setFailure(error);
    }
  };
  return (
    <>
      <Button busy={step === "fetching"} onClick={() => void save()}>
        {step === "ready" ? t("save_now") : t("save_to_phone")}
      </Button>
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
    </>
  );
}

/** One ticket as a picture, for browsers that keep what is downloaded. */
export function PictureLink({ order, ticket }: { order: Order; ticket: string }) {
  return (
    <a class="small order-picture" href={pictureOf(order, ticket)} download>
      {t("save_picture")}
    </a>
  );
}

/** The letter with the tickets once more, to the order's own address. */
function SendAgain({ order }: { order: Order }) {
  const [busy, setBusy] = useState(false);
  const [to, setTo] = useState("");
  const [failure, setFailure] = useState<unknown>(null);
  const again = async () => {
    if (busy) return;
    setBusy(true);
    setFailure(null);
    try {
      setTo(await sendAgain(order.code));
    } catch (error) {
      setTo("");
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <span>
        <Button kind="plain" busy={busy} onClick={() => void again()}>
          {t("letter_again")}
        </Button>
      </span>
      {to && <Notice>{t("letter_again_to", { to })}</Notice>}
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
    </>
  );
}

const LOOKS_MAX = 5;
const LOOK_MS = 2_000;

/** Its number, which comes a moment after the money; until then the paper is a summary that says so. */
function ReceiptPaper({
  order,
  receipt,
  onLook,
}: {
  order: Order;
  receipt: ReceiptShape | null;
  onLook(): void;
}) {
  const [looks, setLooks] = useState(0);
  const waits = receipt === null && order.total > 0;
  useEffect(() => {
    if (!waits || looks >= LOOKS_MAX) return;
    const look = setTimeout(() => {
      setLooks(looks + 1);
      onLook();
    }, LOOK_MS);
    return () => clearTimeout(look);
  }, [waits, looks]);
  if (receipt !== null) return <p class="small soft">{t("receipt_number", { number: receipt.number })}</p>;
  if (!waits) return null;
  return (
    <p class="small soft" role="status">
      {t("receipt_being_made")}
    </p>
  );
}

interface FilesProps {
  order: Order;
  about: AboutShape | null;
  receipt: ReceiptShape | null;
  onLook(): void;
}

export function Files({ order, about, receipt, onLook }: FilesProps) {
  const handsOver = useMemo(canHandOver, []);
  const takes = hasKey(order); // what opens the gate is not given out before
  return (
    <div class="stack-tight">
      <div class="order-files">
        {takes && (
          <a class={buttonClass("main")} href={address(order, "tickets.pdf")} download>
            {t("tickets_pdf")}
          </a>
        )}
        {takes && handsOver && <Save order={order} />}
        {about?.starts_at_ms != null && (
          <a class={buttonClass()} href={address(order, "event.ics")} download>
            {t("add_to_calendar")}
          </a>
        )}
        <a class={buttonClass()} href={address(order, "receipt.pdf")} download>
          {t(receipt ? "receipt_pdf" : "summary_pdf")}
        </a>
      </div>
      <ReceiptPaper order={order} receipt={receipt} onLook={onLook} />
      {takes && <p class="small soft">{t("pictures_explained")}</p>}
      {order.contact.email && <SendAgain order={order} />}
    </div>
  );
}
