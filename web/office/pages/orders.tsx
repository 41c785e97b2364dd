/** The orders of a sale: who bought what for how much, newest first. */

import { useEffect, useMemo } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import type { SaleCard } from "../../shared/sale/sales";
import { Loaded } from "../../shared/ui/loaded";
import type { ListedOrderShape, OrderPage } from "../../shared/wire/contract";
import { ask, organizerSales } from "../api";
import { holdsAny } from "../shell/places";
import { Choose } from "../ui/choose";
import { Header } from "../ui/header";
import { Empty, Table, useAsked } from "../ui/table";
import { permissions } from "../who";
import { Finding } from "./order/finding";
import { columns } from "./order/list";
import { t } from "./order/words";

/** A look is bounded; the API gives the whole of a large sale. */
const PAGES_MAX = 25;
const PAGE = "200";
const CHANNELS = ["all", "online", "office", "complimentary", "group"] as const;

interface Found {
  orders: ListedOrderShape[];
  whole: boolean;
}

async function ordersOf(sale: string, channel: string): Promise<Found> {
  const orders: ListedOrderShape[] = [];
  let after: string | null = null;
  for (let nth = 0; nth < PAGES_MAX; nth++) {
    const query: Record<string, string> = {
      limit: PAGE,
      answers: "true",
      ...(channel ? { channel } : {}),
      ...(after ? { after } : {}),
    };
    const page: OrderPage = await ask("GET /api/sales/{sale}/orders", { parts: { sale }, query });
    orders.push(...page.items);
    after = page.next;
    if (after === null) break;
  }
  return { orders: orders.reverse(), whole: after === null };
}

function OfSale({ sale }: { sale: string }) {
  const [asked, choose] = useAsked("channel");
  const channel = CHANNELS.find((each) => each === asked) ?? "all";
  const read = useMemo(
    () => new Loading(() => ordersOf(sale, channel === "all" ? "" : channel)),
    [sale, channel],
  );
  useEffect(() => void read.load(), [read]);
  return (
    <>
      <Choose
        label={t("off_channel")}
        value={channel}
        options={CHANNELS}
        words={(each) => t(`off_channel_${each}`)}
        onValue={(each) => choose(each === "all" ? "" : each)}
      />
      <Loaded of={read} part>
        {({ orders, whole }) => (
          <Table
            name={`${t("off_orders")} ${sale}`}
            columns={columns(orders)}
            rows={orders}
            id={({ id }) => id}
            empty={{ title: t("off_orders_none"), text: t("off_orders_none_text") }}
            below={!whole && <p class="soft">{t("off_orders_first", { n: orders.length })}</p>}
          />
        )}
      </Loaded>
    </>
  );
}

function Chosen({ sales }: { sales: readonly SaleCard[] }) {
  const [asked, choose] = useAsked("sale");
  const sale = asked || (sales[0]?.id ?? "");
  if (sale === "") return <Empty title={t("off_orders_none")} text={t("off_orders_none_text")} />;
  const known = sales.some(({ id }) => id === sale);
  return (
    <>
      <div class="field list-search">
        <label for="orders-sale">{t("dash_event")}</label>
        <select
          id="orders-sale"
          class="input"
          value={sale}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          {!known && <option value={sale}>{sale}</option>}
          {sales.map(({ id, name }) => (
            <option key={id} value={id} selected={id === sale}>
              {name || id}
            </option>
          ))}
        </select>
      </div>
      <Finding sale={sale}>
        <OfSale key={sale} sale={sale} />
      </Finding>
    </>
  );
}

export default function Orders() {
  const read = useMemo(
    () =>
      new Loading(async () =>
        holdsAny(permissions.peek(), ["sale:read"]) ? (await organizerSales("", null)).items : [],
      ),
    [],
  );
  useEffect(() => void read.load(), []);
  return (
    <div class="board">
      <Header title={t("off_orders")} lead={t("off_orders_lead")} />
      {holdsAny(permissions.value, ["credit:edit"]) && (
        <p>
          <a href="/office/orders/credit">{t("off_credit")}</a>
        </p>
      )}
      <Loaded of={read} part>
        {(sales) => <Chosen sales={sales} />}
      </Loaded>
    </div>
  );
}
