/**
 * The table of every list in the office: sorted by a press on a head, searched as one types, saved as a file as it is seen.
 * On a phone each row is a card. Guarantees: order and words stand in the address, so that it can be shared.
 */

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { go, path, query } from "../../shared/app/router";
import { locale } from "../../shared/i18n";
import { Button } from "../../shared/ui/controls";
import { save } from "../../shared/ui/file";
import { t } from "../words";
import { type Column, csv, filtered, nextOrder, type Order, readOrder, sorted, writeOrder } from "./rows";

const SEARCHED_MIN = 8; // fewer are seen at a glance

/** Rows are cards, as office.css has it: there are no heads to press then, and the order is chosen from a list. */
const cards = signal(false);
const narrow = matchMedia("(max-width: 60rem)");
const measure = () => {
  cards.value = narrow.matches;
};
narrow.addEventListener("change", measure);
measure();

export interface Shown<R> extends Column<R> {
  shows?(row: R): ComponentChildren;
  /** right-hand figures, all equally wide */
  figure?: boolean;
  /** buttons and the like: not sorted by, not in files */
  plain?: boolean;
  /** takes the whole width of a card */
  wide?: boolean;
}

export interface TableProps<R> {
  /** what is listed; also the name of its file */
  name: string;
  columns: readonly Shown<R>[];
  rows: readonly R[];
  id(row: R): string;
  /** what will be here, and how the first one comes to be */
  empty: { title: string; text: string; action?: ComponentChildren };
  /** where the search is the server's: its field stands here, and rows come searched */
  search?: ComponentChildren;
  /** beside the search */
  tools?: ComponentChildren;
  /** in place of saving what is seen, where there is more than that */
  onSave?(): void;
  below?: ComponentChildren;
}

/** One thing of the address, without the others. */
export function useAsked(name: string): [string, (value: string) => void] {
  const value = new URLSearchParams(query.value).get(name) ?? "";
  const set = (wanted: string) => {
    const all = new URLSearchParams(query.peek());
    if (wanted === "") all.delete(name);
    else all.set(name, wanted);
    const text = all.toString();
    go(text ? `${path.peek()}?${text}` : path.peek(), "replace");
  };
  return [value, set];
}

export function Empty({ title, text, action }: TableProps<unknown>["empty"]) {
  return (
    <div class="panel empty stack-tight">
      <h2>{title}</h2>
      <p class="soft">{text}</p>
      {action && <span class="row">{action}</span>}
    </div>
  );
}

export function Table<R>(props: TableProps<R>) {
  const { name, columns, rows, id, empty, search, tools, onSave, below } = props;
  const [written, setOrder] = useAsked("sort");
  const [words, setWords] = useAsked("q");
  const figures = columns.filter(({ plain }) => !plain);
  const order = readOrder(
    written,
    figures.map((column) => column.id),
  );
  const fit = search ? [...rows] : filtered(rows, figures, words);
  const seen = sorted(fit, figures, order, locale.value);
  if (rows.length === 0 && !search) return <Empty {...empty} />;
  return (
    <div class="stack">
      <div class="table-tools">
        {search ?? (rows.length >= SEARCHED_MIN && <Filter words={words} onWords={setWords} />)}
        <span class="row">
          {cards.value && rows.length > 1 && <Sort columns={figures} order={order} onOrder={setOrder} />}
          {tools}
          {rows.length > 0 && (
            <Button
              kind="plain"
              onClick={onSave ?? (() => save(`${name}.csv`, "text/csv", csv(seen, figures)))}
            >
              {t("off_save_csv")}
            </Button>
          )}
        </span>
      </div>
      {seen.length === 0 ? (
        rows.length === 0 && words === "" ? (
          <Empty {...empty} />
        ) : (
          <p class="soft" role="status">
            {t("nothing_found")}
          </p>
        )
      ) : (
        <div class="panel table-panel">
          <table>
            <caption class="visually-hidden">{name}</caption>
            <thead>
              <tr>
                {columns.map((column) => (
                  <Head key={column.id} column={column} order={order} onOrder={setOrder} />
                ))}
              </tr>
            </thead>
            <tbody>
              {seen.map((row) => (
                <tr key={id(row)}>
                  {columns.map((column, nth) => (
                    <Shows key={column.id} column={column} row={row} head={nth === 0} />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {below}
    </div>
  );
}

function Head<R>(props: { column: Shown<R>; order: Order | null; onOrder(text: string): void }) {
  const { column, order, onOrder } = props;
  if (column.plain || cards.value) {
    return (
      <th scope="col">
        <span class="visually-hidden">{column.name}</span>
      </th>
    );
  }
  const mine = order?.by === column.id ? order : null;
  const sort = mine === null ? undefined : mine.down ? "descending" : "ascending";
  const press = () => {
    const next = nextOrder(order, column.id);
    onOrder(next === null ? "" : writeOrder(next));
  };
  return (
    <th scope="col" aria-sort={sort} class={column.figure ? "cell-figure" : undefined}>
      <button type="button" class="sort" onClick={press}>
        {column.name}
        <span aria-hidden="true">{mine === null ? "" : mine.down ? "↓" : "↑"}</span>
      </button>
    </th>
  );
}

function Sort<R>(props: { columns: readonly Shown<R>[]; order: Order | null; onOrder(text: string): void }) {
  const id = useId();
  const chosen = props.order === null ? "" : writeOrder(props.order);
  return (
    <span class="choice">
      <label for={id}>{t("off_sort")}</label>
      <select id={id} value={chosen} onChange={(event) => props.onOrder(event.currentTarget.value)}>
        <option value="">{t("off_sort_none")}</option>
        {props.columns.flatMap(({ id: by, name }) =>
          [false, true].map((down) => {
            const value = writeOrder({ by, down });
            return (
              <option key={value} value={value} selected={value === chosen}>
                {name} {down ? "↓" : "↑"}
              </option>
            );
          }),
        )}
      </select>
    </span>
  );
}

function Shows<R>({ column, row, head }: { column: Shown<R>; row: R; head: boolean }) {
  const shown = column.shows ? column.shows(row) : (column.value(row) ?? "–");
  if (head) return <th scope="row">{shown}</th>;
  const classes = [column.figure && "figure cell-figure", column.wide && "cell-wide"]
    .filter(Boolean)
    .join(" ");
  return (
    <td class={classes || undefined} {...(column.plain ? {} : { "data-name": column.name })}>
      {shown}
    </td>
  );
}

function Filter({ words, onWords }: { words: string; onWords(words: string): void }) {
  const id = useId();
  return (
    <div class="list-search">
      <label class="visually-hidden" for={id}>
        {t("off_filter")}
      </label>
      <input
        id={id}
        class="input"
        type="search"
        placeholder={t("off_filter")}
        value={words}
        maxLength={80}
        onInput={(event) => onWords(event.currentTarget.value)}
      />
    </div>
  );
}
