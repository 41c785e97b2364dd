/** Coupons tried on a cart that could be: what each takes off or why not, and what it comes to. Nothing is held or used. */

import { useState } from "preact/hooks";
import { money } from "../../../shared/format/money";
import { locale } from "../../../shared/i18n";
import { whyWords } from "../../../shared/sale/coupons";
import type { SaleInfo } from "../../../shared/sale/sales";
import { Button, Field, Stepper } from "../../../shared/ui/controls";
import { Notice } from "../../../shared/ui/signs";
import type { TriedShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { groundOf } from "../../offers";
import { inFull } from "../../refused";
import { Choose } from "../../ui/choose";
import { t } from "./words";

const NUMBER_MAX = 20;
const LINES_MAX = 20;
const CODES_CHARS_MAX = 128;

/** What is sold, by "place type": ids have no space in them. */
function sold(info: SaleInfo): Map<string, string> {
  const { places, types } = groundOf(info);
  const cost = (minor: number) => money(minor, info.currency, locale.value);
  return new Map([
    ...Object.entries(info.prices).flatMap(([place, prices]) =>
      Object.entries(prices).map(([type, minor]): [string, string] => [
        `${place} ${type}`,
        `${places[place] ?? place} · ${types[type] ?? type} · ${cost(minor)}`,
      ]),
    ),
    ...(info.products ?? []).map((each): [string, string] => [
      `${each.id} ${each.id}`,
      `${each.name} · ${cost(each.price)}`,
    ]),
  ]);
}

interface Line {
  item: string;
  number: number;
}

export function Trying({ info, codes: first }: { info: SaleInfo; codes: string }) {
  const all = sold(info);
  const fresh = (): Line => ({ item: [...all.keys()][0] ?? "", number: 1 });
  const [lines, setLines] = useState<readonly Line[]>([fresh()]);
  const [codes, setCodes] = useState(first);
  const [tried, setTried] = useState<TriedShape | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  if (all.size === 0) return null;
  const change = (at: number, changed: Partial<Line>) =>
    setLines(lines.map((line, nth) => (nth === at ? { ...line, ...changed } : line)));
  const run = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    const items = lines.map(({ item, number }) => {
      const [place = "", type = ""] = item.split(" ");
      return { place, type, number };
    });
    try {
      setTried(await ask("POST /api/coupons/try", { body: { sale: info.id, codes: codes.trim(), items } }));
    } catch (error) {
      setTried(null);
      setFailure(error);
    }
    setBusy(false);
  };
  return (
    <section class="panel stack" aria-labelledby="try-title">
      <h2 class="tag" id="try-title">
        {t("ofr_try")}
      </h2>
      <p class="soft">{t("ofr_try_explained")}</p>
      <form class="stack" noValidate onSubmit={(event) => void run(event)}>
        {lines.map((line, at) => (
          <div key={at} class="room-control">
            <Choose
              label={t("ofr_try_item")}
              value={line.item}
              options={[...all.keys()]}
              words={(item) => all.get(item) ?? item}
              onValue={(item) => change(at, { item })}
            />
            <span class="row">
              <Stepper
                label={all.get(line.item) ?? ""}
                value={line.number}
                min={1}
                max={NUMBER_MAX}
                onChange={(number) => change(at, { number })}
              />
              {lines.length > 1 && (
                <Button kind="plain" onClick={() => setLines(lines.toSpliced(at, 1))}>
                  {t("ofr_try_remove")}
                </Button>
              )}
            </span>
          </div>
        ))}
        <div class="room-control">
          <Field
            label={t("ofr_try_codes")}
            hint={t("ofr_try_codes_hint")}
            value={codes}
            maxLength={CODES_CHARS_MAX}
            onValue={setCodes}
          />
        </div>
        <span class="row">
          <Button type="submit" busy={busy}>
            {t("ofr_try_run")}
          </Button>
          {lines.length < LINES_MAX && (
            <Button kind="plain" onClick={() => setLines([...lines, fresh()])}>
              {t("ofr_try_add")}
            </Button>
          )}
        </span>
      </form>
      {failure !== null && (
        <Notice kind="bad" urgent>
          {inFull(failure)}
        </Notice>
      )}
      <div role="status">{tried && <Tried tried={tried} info={info} />}</div>
    </section>
  );
}

function Tried({ tried, info }: { tried: TriedShape; info: SaleInfo }) {
  const sum = (minor: number) => money(minor, tried.currency, locale.value);
  const facts = [
    [t("ofr_try_list"), sum(tried.prices)],
    [t("ofr_discount"), sum(-tried.discount)],
    ...tried.fees.map(({ name, owed }) => [name, sum(owed)] as const),
    ...tried.taxes.map(({ name, amount }) => [name, sum(amount)] as const),
    [t("ofr_total"), sum(tried.total)],
  ] as const;
  return (
    <div class="stack-tight" data-testid="tried">
      {tried.coupons.length === 0 && <p>{t("ofr_try_nothing")}</p>}
      <ul class="stack-tight">
        {tried.coupons.map((each) => (
          <li key={`${each.code} ${each.name}`}>
            {each.why === null
              ? t("ofr_try_off", { name: each.name || (each.code ?? ""), sum: sum(each.off) })
              : whyWords(each, info, tried.currency)}
          </li>
        ))}
      </ul>
      <dl class="facts">
        {facts.map(([name, value], nth) => (
          <div key={nth}>
            <dt class="tag">{name}</dt>
            <dd class="figure">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
