/** Codes that are drawn for partners: how many of each are used, taken along as a file or as links, and revoked. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../../shared/app/loading";
import { day, ownZone } from "../../../shared/format/time";
import { locale } from "../../../shared/i18n";
import { Button, Field } from "../../../shared/ui/controls";
import { save } from "../../../shared/ui/file";
import { useForm } from "../../../shared/ui/form";
import { Loaded } from "../../../shared/ui/loaded";
import { Notice } from "../../../shared/ui/signs";
import type { BatchShape, CodeShape, CouponShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { inFull } from "../../refused";
import { Choose } from "../../ui/choose";
import { DryRun } from "../../ui/dry-run";
import { type Column, csv } from "../../ui/rows";
import { type Shown, Table } from "../../ui/table";
import { tell } from "../../ui/toasts";
import { useActing } from "../settings/acting";
import { usedTold } from "./list";
import type { Around } from "./reading";
import { t } from "./words";

const CODES_PER_BATCH_MAX = 20_000;
const PARTNER_CHARS_MAX = 200;
const CODE_CHARS_MAX = 64;

const linkOf = (sale: string, code: string) =>
  `${location.origin}/s/${sale}?code=${encodeURIComponent(code)}`;

const counts = ({ revoked, uses }: CodeShape) => !revoked && uses === 0;

const fileColumns = (sale: string): Column<CodeShape>[] => [
  { id: "code", name: t("ofr_code"), value: ({ code }) => code },
  { id: "partner", name: t("ofr_batch"), value: ({ partner }) => partner },
  { id: "used", name: t("ofr_used"), value: ({ uses }) => uses },
  {
    id: "state",
    name: t("ofr_standing"),
    value: ({ revoked }) => (revoked ? t("ofr_batch_revoked") : null),
  },
  ...(sale ? [{ id: "link", name: t("ofr_link"), value: ({ code }: CodeShape) => linkOf(sale, code) }] : []),
];

/** What is asked to be revoked; of a batch, how many of its codes nobody has used, once that is known. */
type Revoked = { code: string } | { batch: BatchShape; unused: number | null };

const whatOf = (which: Revoked) => ("batch" in which ? which.batch.partner : which.code);

function meets(which: Revoked): string[] | null {
  if (!("batch" in which)) return [t("ofr_revoke_text")];
  return which.unused === null ? null : [t("ofr_revoke_unused", { n: which.unused }), t("ofr_revoke_text")];
}

export function Codes({ coupon, of }: { coupon: CouponShape; of: Around }) {
  const parts = { coupon: coupon.id };
  // Its batches alone: no batch is called so, and of codes there may be very many.
  const read = useMemo(
    () => new Loading(() => ask("GET /api/coupons/{coupon}/codes", { parts, query: { batch: "none" } })),
    [coupon.id],
  );
  const [revoking, revoke] = useState<Revoked | null>(null);
  const [leads, lead] = useState(coupon.sale ?? coupon.sales[0] ?? of.sales[0]?.id ?? "");
  const { busy, act, refused } = useActing();
  useEffect(() => void read.again(), [read, coupon.uses, coupon.drawn]);

  const codesOf = async (batch: BatchShape) =>
    (await ask("GET /api/coupons/{coupon}/codes", { parts, query: { batch: batch.id } })).items;
  const download = (batch: BatchShape) =>
    act(async () => {
      const name = `${coupon.key} ${batch.partner}.csv`;
      save(name, "text/csv", csv(await codesOf(batch), fileColumns(leads)));
    });
  const copy = (batch: BatchShape) =>
    act(async () => {
      const codes = (await codesOf(batch)).filter(counts);
      try {
        await navigator.clipboard.writeText(codes.map(({ code }) => linkOf(leads, code)).join("\n"));
        tell(t("ofr_copied", { n: codes.length }));
      } catch {
        tell(t("ofr_copy_failed"));
      }
    });
  const askRevoking = (batch: BatchShape) => {
    revoke({ batch, unused: null });
    codesOf(batch).then(
      (codes) =>
        revoke((now) =>
          now && "batch" in now && now.batch.id === batch.id
            ? { ...now, unused: codes.filter(counts).length }
            : now,
        ),
      (error) => {
        revoke(null);
        tell(inFull(error));
      },
    );
  };
  const revokeNow = (which: Revoked) =>
    act(async () => {
      const body = "batch" in which ? { batch: which.batch.id } : which;
      const { revoked } = await ask("POST /api/coupons/{coupon}/revoke", { parts, body });
      revoke(null);
      tell(t("ofr_revoked", { n: revoked }));
      await read.again();
    });
  const ended = coupon.ended_at !== null;
  const sales = coupon.sales.length > 0 ? coupon.sales : of.sales.map(({ id }) => id);
  return (
    <section class="stack" aria-labelledby="codes-title">
      <h2 class="title" id="codes-title">
        {t("ofr_batches")}
      </h2>
      {revoking === null && refused}
      {!ended && <Draw coupon={coupon} onDrawn={() => void read.again()} />}
      {coupon.sale === null && sales.length > 0 && (
        <div class="room-control">
          <Choose
            label={t("ofr_sale")}
            value={leads}
            options={sales}
            words={(id) => of.sales.find((sale) => sale.id === id)?.name || id}
            onValue={lead}
          />
        </div>
      )}
      <Loaded of={read} part>
        {({ batches }) => (
          <Table
            name={t("ofr_batches")}
            columns={columns({
              busy,
              copies: leads !== "",
              revokes: !ended,
              download: (batch) => void download(batch),
              copy: (batch) => void copy(batch),
              revoke: askRevoking,
            })}
            rows={batches}
            id={({ id }) => id}
            empty={{ title: t("ofr_codes_none"), text: t("ofr_codes_none_text") }}
          />
        )}
      </Loaded>
      {!ended && <RevokeOne onRevoke={(code) => revoke({ code })} />}
      <DryRun
        title={t("ofr_revoke_asked", { what: revoking === null ? "" : whatOf(revoking) })}
        open={revoking !== null}
        meets={revoking === null ? [] : meets(revoking)}
        does={t("ofr_revoke_yes")}
        keeps={t("ofr_revoke_no")}
        busy={busy}
        onYes={() => revoking && void revokeNow(revoking)}
        onNo={() => revoke(null)}
      >
        {refused}
      </DryRun>
    </section>
  );
}

interface Doing {
  busy: boolean;
  copies: boolean;
  revokes: boolean;
  download(batch: BatchShape): void;
  copy(batch: BatchShape): void;
  revoke(batch: BatchShape): void;
}

function columns({ busy, copies, revokes, download, copy, revoke }: Doing): Shown<BatchShape>[] {
  return [
    { id: "partner", name: t("ofr_batch"), value: ({ partner }) => partner },
    {
      id: "made",
      name: t("ofr_batch_made"),
      value: ({ made_at }) => made_at,
      shows: ({ made_at }) => day(made_at, ownZone(), locale.value),
    },
    {
      id: "used",
      name: t("ofr_used"),
      figure: true,
      value: ({ used }) => used,
      shows: ({ used, number }) => usedTold(used, number),
    },
    {
      id: "state",
      name: t("ofr_standing"),
      value: ({ revoked_at }) => t(revoked_at === null ? "ofr_standing_counts" : "ofr_batch_revoked"),
    },
    {
      id: "do",
      name: t("ofr_do"),
      plain: true,
      wide: true,
      value: () => null,
      shows: (batch) => (
        <span class="row">
          <Button
            busy={busy}
            aria-label={`${t("ofr_download")}: ${batch.partner}`}
            onClick={() => download(batch)}
          >
            {t("ofr_download")}
          </Button>
          {copies && batch.revoked_at === null && (
            <Button busy={busy} aria-label={`${t("ofr_copy")}: ${batch.partner}`} onClick={() => copy(batch)}>
              {t("ofr_copy")}
            </Button>
          )}
          {revokes && batch.revoked_at === null && (
            <Button
              kind="bad"
              aria-label={`${t("ofr_revoke")}: ${batch.partner}`}
              onClick={() => revoke(batch)}
            >
              {t("ofr_revoke")}
            </Button>
          )}
        </span>
      ),
    },
  ];
}

function Draw({ coupon, onDrawn }: { coupon: CouponShape; onDrawn(): void }) {
  const form = useForm(
    { number: "", partner: "" },
    {
      number: (typed) =>
        /^[1-9]\d{0,4}$/.test(typed.trim()) && Number(typed) <= CODES_PER_BATCH_MAX
          ? null
          : t("ofr_number_wrong", { n: CODES_PER_BATCH_MAX }),
      partner: (partner) => (partner.trim() ? null : t("ofr_mistake_missing")),
    },
  );
  const draw = form.submit(async ({ number, partner }) => {
    const body = { number: Number(number), partner: partner.trim() };
    await ask("POST /api/coupons/{coupon}/codes", { parts: { coupon: coupon.id }, body });
    form.restart();
    tell(t("ofr_drawn", { n: body.number }));
    onDrawn();
  });
  return (
    <form class="room-control" noValidate ref={form.element} onSubmit={(event) => void draw(event)}>
      <Field {...form.field("number")} label={t("ofr_number")} inputMode="numeric" maxLength={5} />
      <Field
        {...form.field("partner")}
        label={t("ofr_partner")}
        hint={t("ofr_partner_hint")}
        maxLength={PARTNER_CHARS_MAX}
      />
      {form.failure !== null && <Notice kind="bad">{inFull(form.failure)}</Notice>}
      <span class="row">
        <Button type="submit" busy={form.busy}>
          {t("ofr_draw")}
        </Button>
      </span>
    </form>
  );
}

function RevokeOne({ onRevoke }: { onRevoke(code: string): void }) {
  const form = useForm({ code: "" }, { code: (code) => (code.trim() ? null : t("ofr_mistake_missing")) });
  const asks = form.submit(async ({ code }) => onRevoke(code.trim()));
  return (
    <form class="room-control" noValidate ref={form.element} onSubmit={(event) => void asks(event)}>
      <Field {...form.field("code")} label={t("ofr_revoke_code")} maxLength={CODE_CHARS_MAX} />
      <span class="row">
        <Button kind="bad" type="submit">
          {t("ofr_revoke")}
        </Button>
      </span>
    </form>
  );
}
