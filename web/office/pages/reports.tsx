/** Reports: by which links buyers come, how often, and what they buy; receipts of a month. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { money } from "../../shared/format/money";
import { locale } from "../../shared/i18n";
import type { SaleCard } from "../../shared/sale/sales";
import { Button, Check } from "../../shared/ui/controls";
import { Loaded } from "../../shared/ui/loaded";
import { Badge } from "../../shared/ui/signs";
import type { CountedLinkShape } from "../../shared/wire/contract";
import { ask, organizerSales } from "../api";
import { holdsAny } from "../shell/places";
import { DryRun } from "../ui/dry-run";
import { Header } from "../ui/header";
import { type Shown, Table } from "../ui/table";
import { tell } from "../ui/toasts";
import { permissions } from "../who";
import { Making } from "./reports/making";
import { Receipts } from "./reports/receipts";
import { t } from "./reports/words";
import { useActing } from "./settings/acting";

interface Found {
  links: CountedLinkShape[];
  sales: SaleCard[];
}

async function found(): Promise<Found> {
  const sees = holdsAny(permissions.peek(), ["sale:read"]);
  const [links, sales] = await Promise.all([ask("GET /api/links"), sees ? organizerSales("", null) : null]);
  return { links: links.items, sales: sales?.items ?? [] };
}

const number = (value: number) => new Intl.NumberFormat(locale.value).format(value);

const taken = ({ taken }: CountedLinkShape) =>
  taken.map(({ currency, total }) => money(total, currency, locale.value)).join(", ");

/** What is added to an address, or the whole of it. */
const addressOf = ({ address, name }: CountedLinkShape) =>
  address === null ? `?from=${name}` : `${location.origin}${address}`;

async function copy(link: CountedLinkShape): Promise<void> {
  try {
    await navigator.clipboard.writeText(addressOf(link));
    tell(t("rep_copied"));
  } catch {
    tell(t("rep_copy_failed"));
  }
}

interface Doing {
  mayEdit: boolean;
  onChange(link: CountedLinkShape): void;
  onArchive(link: CountedLinkShape): void;
  onRestore(link: CountedLinkShape): void;
}

function columns(doing: Doing): Shown<CountedLinkShape>[] {
  return [
    {
      id: "label",
      name: t("rep_link"),
      wide: true,
      value: ({ label, name }) => `${label} ${name}`,
      shows: (link) => (
        <>
          <span class="breaks">{link.label}</span>
          <span class="small soft sale-when breaks">{addressOf(link)}</span>
        </>
      ),
    },
    {
      id: "visits",
      name: t("rep_visits"),
      figure: true,
      value: ({ visits }) => visits,
      shows: ({ visits }) => number(visits),
    },
    {
      id: "carts",
      name: t("rep_carts"),
      figure: true,
      value: ({ carts }) => carts,
      shows: ({ carts }) => number(carts),
    },
    {
      id: "orders",
      name: t("rep_orders"),
      figure: true,
      value: ({ orders }) => orders,
      shows: ({ orders }) => number(orders),
    },
    {
      id: "taken",
      name: t("rep_taken"),
      figure: true,
      value: (link) => (link.taken.length === 1 ? (link.taken[0]?.total ?? null) : taken(link) || null),
      shows: (link) => taken(link) || "–",
    },
    {
      id: "first",
      name: t("rep_orders_first"),
      figure: true,
      value: ({ orders_first }) => orders_first,
      shows: ({ orders_first }) => number(orders_first),
    },
    {
      id: "state",
      name: t("rep_state"),
      value: ({ archived }) => t(archived ? "rep_archived" : "rep_live"),
      shows: ({ archived }) => <Badge>{t(archived ? "rep_archived" : "rep_live")}</Badge>,
    },
    {
      id: "do",
      name: t("rep_actions"),
      plain: true,
      value: () => null,
      shows: (link) => <Actions link={link} {...doing} />,
    },
  ];
}

function Actions({ link, mayEdit, onChange, onArchive, onRestore }: Doing & { link: CountedLinkShape }) {
  return (
    <span class="row">
      <Button onClick={() => void copy(link)}>{t("rep_copy")}</Button>
      {mayEdit && <Button onClick={() => onChange(link)}>{t("rep_change")}</Button>}
      {mayEdit && (
        <Button kind="plain" onClick={() => (link.archived ? onRestore(link) : onArchive(link))}>
          {t(link.archived ? "rep_restore" : "rep_archive")}
        </Button>
      )}
    </span>
  );
}

export default function Reports() {
  const read = useMemo(() => new Loading(found), []);
  const [making, make] = useState<CountedLinkShape | "new" | null>(null);
  const [archiving, setArchiving] = useState<CountedLinkShape | null>(null);
  const [all, showAll] = useState(false);
  const { busy, act, refused } = useActing();
  const mayEdit = holdsAny(permissions.value, ["promo:edit"]);
  useEffect(() => void read.load(), [read]);
  const archive = (link: CountedLinkShape, archived: boolean) =>
    act(async () => {
      await ask("PATCH /api/links/{link}", { parts: { link: link.id }, body: { archived } });
      setArchiving(null);
      await read.again();
    });
  const doing = {
    mayEdit,
    onChange: make,
    onArchive: setArchiving,
    onRestore: (link: CountedLinkShape) => void archive(link, false),
  };
  const button = mayEdit && (
    <Button kind="main" onClick={() => make("new")}>
      {t("rep_make")}
    </Button>
  );
  return (
    <div class="board">
      <Header title={t("off_reports")} lead={t("rep_lead")} />
      {archiving === null && refused}
      <Loaded of={read} part>
        {({ links, sales }) => (
          <>
            {links.some(({ archived }) => archived) && (
              <Check label={t("rep_show_archived")} checked={all} required={false} onChange={showAll} />
            )}
            <Table
              name={t("rep_links")}
              columns={columns(doing)}
              rows={all ? links : links.filter(({ archived }) => !archived)}
              id={({ id }) => id}
              empty={{ title: t("rep_none"), text: t("rep_none_text"), action: button }}
              tools={button}
              below={<p class="small soft">{t("rep_counts_note")}</p>}
            />
            <Receipts />
            {making !== null && (
              <Making
                link={making === "new" ? null : making}
                sales={sales}
                onClose={() => make(null)}
                onDone={(said) => {
                  make(null);
                  tell(said);
                  void read.again();
                }}
              />
            )}
          </>
        )}
      </Loaded>
      <DryRun
        title={t("rep_archive_asked", { name: archiving?.label ?? "" })}
        open={archiving !== null}
        does={t("rep_archive_yes")}
        keeps={t("rep_archive_no")}
        busy={busy}
        onYes={() => archiving && void archive(archiving, true)}
        onNo={() => setArchiving(null)}
      >
        <p>{t("rep_archive_text")}</p>
        {refused}
      </DryRun>
    </div>
  );
}
