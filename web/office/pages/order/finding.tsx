/**
 * Orders found by whatever somebody has of one, in all sales; seats in the one that is chosen.
 *
 * What is typed stays out of the address, since it may be a name; it is still there when one comes back from an order.
 */

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../../shared/app/loading";
import { Field } from "../../../shared/ui/controls";
import { Loaded } from "../../../shared/ui/loaded";
import type { FoundOrdersShape, ListedOrderShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { type Shown, Table, useAsked } from "../../ui/table";
import { columns } from "./list";
import { t } from "./words";

const TYPED_MS = 250;
const CHARS_MIN = 2;
const words = signal("");

/** All of them by the words, and by a seat those of one sale: each once, newest first. */
async function found(typed: string, sale: string): Promise<FoundOrdersShape> {
  const asks = [{ words: typed }, ...(sale ? [{ words: typed, sale }] : [])];
  const answers = await Promise.all(asks.map((body) => ask("POST /api/organizer/orders/find", { body })));
  const items = new Map(answers.flatMap(({ items }) => items.map((order) => [order.code, order])));
  return {
    items: [...items.values()].sort((a, b) => b.placed_at_ms - a.placed_at_ms),
    events: Object.assign({}, ...answers.map(({ events }) => events)),
    more: answers.some(({ more }) => more),
  };
}

function Results({ typed, sale }: { typed: string; sale: string }) {
  const read = useMemo(() => new Loading(() => found(typed, sale)), [typed, sale]);
  useEffect(() => void read.load(), [read]);
  return (
    <Loaded of={read} part>
      {({ items, events, more }) => (
        <>
          <p class="small soft" role="status">
            {t("ord_found", { n: items.length })}
          </p>
          <Table
            name={t("off_orders")}
            columns={withEvents(columns(items), events)}
            rows={items}
            id={({ code }) => code}
            empty={{ title: t("nothing_found"), text: t("ord_find_hint") }}
          />
          {more && <p class="soft">{t("ord_found_more")}</p>}
        </>
      )}
    </Loaded>
  );
}

function withEvents(
  [code, ...others]: Shown<ListedOrderShape>[],
  events: FoundOrdersShape["events"],
): Shown<ListedOrderShape>[] {
  const event = {
    id: "event",
    name: t("dash_event"),
    value: ({ sale }: ListedOrderShape) => events[sale] || sale,
  };
  return code ? [code, event, ...others] : [event];
}

/** The field, and below it what was found; as long as nothing is looked for, what stands there else. */
export function Finding({ sale, children }: { sale: string; children: ComponentChildren }) {
  // A link may ask for somebody's orders, by an id that says nothing else.
  const [asked] = useAsked("find");
  const [typed, setTyped] = useState(asked || words.peek());
  useEffect(() => {
    const timer = setTimeout(() => {
      words.value = typed.trim();
    }, TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <>
      <div class="list-search">
        <Field
          label={t("ord_find")}
          hint={t("ord_find_hint")}
          type="search"
          value={typed}
          onValue={setTyped}
          maxLength={200}
        />
      </div>
      {words.value.length < CHARS_MIN ? children : <Results typed={words.value} sale={sale} />}
    </>
  );
}
