/** Rings, countdowns, badges, notices, dialogs: what people are told. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { now_ms } from "../app/services";
import { countdown, span } from "../format/time";
import { t } from "../i18n";
import { Button } from "./controls";

const LAST_MS = 60_000;

/** Time left as a ring that empties; the figure inside is the same thing in words. */
export function Ring({
  until_ms,
  whole_ms,
  size = 52,
}: {
  until_ms: number;
  whole_ms: number;
  size?: number;
}) {
  const left_ms = Math.max(0, until_ms - now_ms.value);
  const radius = (size - 5) / 2;
  const around = 2 * Math.PI * radius;
  const part = Math.min(1, left_ms / Math.max(1, whole_ms));
  const last = left_ms <= Math.min(LAST_MS, whole_ms / 3);
  const { minutes, seconds } = span(left_ms);
  return (
    <span
      class={last ? "ring ring-last" : "ring"}
      role="timer"
      aria-label={t("time_left", { minutes, seconds })}
    >
      <svg width={size} height={size} viewBox={`0 0 ${size} ${size}`} aria-hidden="true">
        <circle class="ring-track" cx={size / 2} cy={size / 2} r={radius} />
        <circle
          class="ring-left"
          cx={size / 2}
          cy={size / 2}
          r={radius}
          stroke-dasharray={around}
          stroke-dashoffset={around * (1 - part)}
        />
      </svg>
      <span class="figure small" aria-hidden="true">
        {countdown(left_ms)}
      </span>
    </span>
  );
}

/** "3 days 4 h", "12:05": how long until something begins. */
export function Until({ at_ms }: { at_ms: number }) {
  const left_ms = at_ms - now_ms.value;
  if (left_ms <= 0) return <span>{t("any_moment")}</span>;
  const { days, hours } = span(left_ms);
  return <span class="figure">{days > 0 ? t("days_hours", { n: days, hours }) : countdown(left_ms)}</span>;
}

export function Badge({ kind, children }: { kind?: "open" | "few" | "gone"; children: ComponentChildren }) {
  return (
    <span class={kind ? `badge badge-${kind}` : "badge"}>
      {kind === "open" && <span class="dot dot-beating" aria-hidden="true" />}
      {children}
    </span>
  );
}

export interface NoticeProps {
  kind?: "bad";
  /** spoken at once; otherwise when there is a pause */
  urgent?: boolean;
  children: ComponentChildren;
  action?: { label: string; run(): void; busy?: boolean } | undefined;
  onClose?(): void;
}

export function Notice({ kind, urgent, children, action, onClose }: NoticeProps) {
  return (
    <div class={kind ? `notice notice-${kind}` : "notice"} role={urgent ? "alert" : "status"}>
      <p>{children}</p>
      <span class="row">
        {action && (
          <Button busy={action.busy ?? false} onClick={action.run}>
            {action.label}
          </Button>
        )}
        {onClose && (
          <Button kind="plain" onClick={onClose}>
            {t("dismiss")}
          </Button>
        )}
      </span>
    </div>
  );
}

export interface DialogProps {
  title: string;
  open: boolean;
  /** a question: its own buttons answer it, and there is none to close it */
  asks?: boolean;
  onClose(): void;
  children: ComponentChildren;
}

export function Dialog({ title, open, asks, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  // before what is in it takes the focus
  useLayoutEffect(() => {
    const dialog = element.current;
    if (open && dialog && !dialog.open) dialog.showModal();
    if (!open && dialog?.open) dialog.close();
  }, [open]);
  return (
    <dialog ref={element} class="dialog" aria-label={title} onClose={onClose}>
      {open && (
        <div class="stack">
          <div class="spread">
            <h2 class="title">{title}</h2>
            {!asks && <Button onClick={onClose}>{t("close")}</Button>}
          </div>
          {children}
        </div>
      )}
    </dialog>
  );
}
