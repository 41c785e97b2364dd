/** Entry of /dev/mail: every letter and text message, the newest first, each as its reader gets it. */

import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { chosenLanguage, locale, type MoreWords, say, speak, type Values, type Word } from "../shared/i18n";
import { Choices } from "../shared/ui/choices";
import { Button, buttonClass } from "../shared/ui/controls";
import { Badge, Notice } from "../shared/ui/signs";
import { useTitle } from "../shared/ui/title";
import { chosen, failing, keepLooking, type Mail, mails, more, shown, wanted } from "./box";
import type { MailWords } from "./i18n/en";
import "../shared/ui/base.css";
import "../shared/ui/controls.css";
import "../shared/ui/signs.css";
import "../shared/ui/shell.css";
import "./mail.css";

const WORDS: MoreWords = {
  en: () => import("./i18n/en"),
  es: () => import("./i18n/es"),
  pt: () => import("./i18n/pt"),
};
const WELL = new Set(["sent", "queued"]);

function t(word: Word | keyof MailWords, values: Values = {}): string {
  return say(word, values);
}

function clock(at_ms: number): string {
  const at = new Date(at_ms);
  const today = at.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locale.value, {
    ...(today ? {} : { day: "numeric", month: "short" }),
    hour: "numeric",
    minute: "2-digit",
    second: "2-digit",
  }).format(at);
}

const headline = (mail: Mail) => mail.subject || mail.text || t("mail_forgotten");

function State({ mail }: { mail: Mail }) {
  return <Badge kind={WELL.has(mail.state) ? "gone" : "few"}>{t(`mail_state_${mail.state}`)}</Badge>;
}

function Line({ mail }: { mail: Mail }) {
  return (
    <li>
      <a class="mail-line" href={`#${mail.id}`} aria-current={chosen.value === mail.id ? "true" : undefined}>
        <span class="mail-headline">{headline(mail)}</span>
        <span class="mail-about">
          <span class="mail-to">{mail.to || "–"}</span>
          <time class="figure" dateTime={new Date(mail.at_ms).toISOString()}>
            {clock(mail.at_ms)}
          </time>
        </span>
        <span class="row">
          <Badge>{t(`mail_${mail.channel}`)}</Badge>
          <State mail={mail} />
        </span>
      </a>
    </li>
  );
}

function List() {
  const found = mails.value;
  if (found === null) return failing.value ? null : <div aria-busy="true" class="mail-coming" />;
  if (found.length === 0) return <p class="lead">{t("mail_none")}</p>;
  return (
    <>
      <ol class="mail-lines">
        {found.map((mail) => (
          <Line key={mail.id} mail={mail} />
        ))}
      </ol>
      {found.length >= wanted.value && (
        <span>
          <Button onClick={more}>{t("show_more")}</Button>
        </span>
      )}
    </>
  );
}

function Whole({ mail }: { mail: Mail }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [mail.id]);
  return (
    <article class="stack">
      <a class="link mail-back" href="#all">
        {t("mail_back")}
      </a>
      <h2 class="title" ref={title} tabIndex={-1}>
        {mail.channel === "sms" ? t("mail_sms") : headline(mail)}
      </h2>
      <p class="mail-about">
        <span>{t("mail_to", { to: mail.to || "–" })}</span>
        <span class="figure">{clock(mail.at_ms)}</span>
      </p>
      <span class="row">
        <State mail={mail} />
        {mail.tries > 1 && <span class="small">{t("mail_tries", { n: mail.tries })}</span>}
        {mail.said && mail.said !== "sandbox" && <code>{mail.said}</code>}
        {mail.link && (
          <a class={buttonClass("main")} href={mail.link} target="_blank" rel="noreferrer">
            {t("mail_open_link")}
          </a>
        )}
      </span>
      {mail.html && (
        <iframe
          class="mail-letter"
          title={t("mail_html")}
          src={`/dev/mail/${encodeURIComponent(mail.id)}.html`}
          sandbox="allow-popups allow-popups-to-escape-sandbox"
        />
      )}
      {mail.files.length > 0 && (
        <span class="row">
          <span class="small soft">{t("mail_files")}</span>
          {mail.files.map((name) => (
            <a
              key={name}
              class={buttonClass()}
              href={`/dev/mail/${encodeURIComponent(mail.id)}/${encodeURIComponent(name)}`}
              download
            >
              {name}
            </a>
          ))}
        </span>
      )}
      {mail.channel === "sms" && <p class="mail-bubble">{mail.text}</p>}
      {mail.channel === "email" && mail.text && (
        <details>
          <summary>{t("mail_text")}</summary>
          <pre class="mail-plain">{mail.text}</pre>
        </details>
      )}
      {mail.headers.length > 0 && (
        <details>
          <summary>{t("mail_headers")}</summary>
          <dl class="mail-headers">
            {mail.headers.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </article>
  );
}

function Box() {
  useTitle(t("mail_title"));
  const mail = shown.value;
  return (
    <>
      <a class="skip" href="#main">
        {t("skip")}
      </a>
      <header class="masthead">
        <a class="brand" href="/" aria-label="Aforo">
          <span>AFORO</span>
        </a>
      </header>
      <main id="main" class="page stack-wide" tabIndex={-1}>
        <header class={mail ? "stack mail-head mail-head-open" : "stack mail-head"}>
          <h1 class="title">{t("mail_title")}</h1>
          <p class="small">{t("mail_note")}</p>
          {failing.value && <Notice kind="bad">{t("mail_failed")}</Notice>}
        </header>
        <div class={mail ? "mail-box mail-box-open" : "mail-box"}>
          <section class="stack mail-list" aria-label={t("mail_list")}>
            <List />
          </section>
          <section class="mail-whole">
            {mail ? (
              <Whole mail={mail} />
            ) : mails.value?.length ? (
              <p class="lead">{t("mail_choose")}</p>
            ) : null}
          </section>
        </div>
      </main>
      <footer class="footer">
        <div>
          <span class="row">
            <Choices />
          </span>
        </div>
      </footer>
    </>
  );
}

const root = document.getElementById("app");
if (root) {
  await speak(chosenLanguage(), WORDS);
  root.replaceChildren(); // what stood there for those without scripts
  render(<Box />, root);
  void keepLooking();
}
