/** What a coupon brought, by code and partner, beside what orders without it came to: meanwhile, and before. */

import { useEffect, useMemo } from "preact/hooks";
import { Loading } from "../../../shared/app/loading";
import { money } from "../../../shared/format/money";
import { day, ownZone } from "../../../shared/format/time";
import { locale } from "../../../shared/i18n";
import { Loaded } from "../../../shared/ui/loaded";
import type { BroughtShape, CouponReportShape, CouponShape, SoldShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { type Shown, Table } from "../../ui/table";
import { number } from "./list";
import { t } from "./words";

const sum = (minor: number, currency: string) => money(minor, currency, locale.value);

function columns(): Shown<BroughtShape>[] {
  return [
    {
      id: "code",
      name: t("ofr_code"),
      value: ({ code, partner }) => partner ?? code ?? t("ofr_automatic"),
    },
    {
      id: "uses",
      name: t("ofr_uses"),
      figure: true,
      value: ({ uses }) => uses,
      shows: ({ uses }) => number(uses),
    },
    {
      id: "tickets",
      name: t("ofr_tickets"),
      figure: true,
      value: ({ tickets }) => tickets,
      shows: ({ tickets }) => number(tickets),
    },
    {
      id: "off",
      name: t("ofr_discount"),
      figure: true,
      value: ({ discount }) => discount,
      shows: ({ discount, currency }) => sum(discount, currency),
    },
    {
      id: "paid",
      name: t("ofr_paid"),
      figure: true,
      value: ({ captured }) => captured,
      shows: ({ captured, currency }) => sum(captured, currency),
    },
  ];
}

/** One sentence for each currency. */
function summed({ brought, used_first_at, used_last_at }: CouponReportShape): string[] {
  const on = (at: string | null) => (at === null ? "–" : day(at, ownZone(), locale.value));
  const each = (currency: string) => {
    const rows = brought.filter((row) => row.currency === currency);
    const all = (of: (row: BroughtShape) => number) => rows.reduce((before, row) => before + of(row), 0);
    return t("ofr_report_in", {
      from: on(used_first_at),
      until: on(used_last_at),
      n: all(({ uses }) => uses),
      off: sum(
        all(({ discount }) => discount),
        currency,
      ),
      paid: sum(
        all(({ captured }) => captured),
        currency,
      ),
    });
  };
  return [...new Set(brought.map(({ currency }) => currency))].map(each);
}

const soldTold = (sold: readonly SoldShape[]) =>
  sold
    .map(({ currency, orders, captured }) =>
      t("ofr_report_sold", { n: orders, sum: sum(captured, currency) }),
    )
    .join("; ") || "–";

export function Report({ coupon }: { coupon: CouponShape }) {
  const read = useMemo(
    () => new Loading(() => ask("GET /api/coupons/{coupon}/report", { parts: { coupon: coupon.id } })),
    [coupon.id],
  );
  useEffect(() => void read.again(), [read, coupon.uses, coupon.discount]);
  return (
    <section class="stack" aria-labelledby="report-title">
      <h2 class="title" id="report-title">
        {t("ofr_report")}
      </h2>
      <Loaded of={read} part>
        {(report) =>
          report.brought.length === 0 ? (
            <p class="soft">{t("ofr_report_none")}</p>
          ) : (
            <>
              {summed(report).map((line) => (
                <p key={line} data-testid="brought">
                  {line}
                </p>
              ))}
              <Table
                name={t("ofr_report")}
                columns={columns()}
                rows={report.brought}
                id={({ code, partner, currency }) => `${code} ${partner} ${currency}`}
                empty={{ title: t("ofr_report"), text: t("ofr_report_none") }}
              />
              <dl class="facts">
                <div>
                  <dt class="tag">{t("ofr_report_without")}</dt>
                  <dd>{soldTold(report.without)}</dd>
                </div>
                <div>
                  <dt class="tag">{t("ofr_before")}</dt>
                  <dd>{soldTold(report.before)}</dd>
                </div>
              </dl>
            </>
          )
        }
      </Loaded>
    </section>
  );
}
