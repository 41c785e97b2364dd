/**
 * The phases of a sale, written as a whole. Guarantees: nothing is saved while a mistake is seen, and each stands at its field;
 * what was saved can be taken back at once, unless codes would be missing that nobody can read.
 */

import { useRef, useState } from "preact/hooks";
import { explain } from "../../../shared/app/refusals";
import { live, minute_ms } from "../../../shared/app/services";
import type { FollowedSale } from "../../../shared/sale/followed";
import { type SaleInfo, saleInfo } from "../../../shared/sale/sales";
import { Button } from "../../../shared/ui/controls";
import { Notice } from "../../../shared/ui/signs";
import type { PhaseInput } from "../../../shared/wire/contract";
import { ask } from "../../api";
import {
  backTo,
  bodyOf,
  type Draft,
  drafts,
  fresh,
  hasBegun,
  mistakesIn,
  problemsOf,
  typedClosing,
  typedOpening,
} from "../../phases";
import { inFull } from "../../refused";
import { useUnsaved } from "../../ui/editing";
import { tell } from "../../ui/toasts";
import { PhaseRow } from "./row";
import { Story } from "./story";
import { t } from "./words";

const PHASES_MAX = 20;

interface Props {
  sale: FollowedSale;
  info: SaleInfo;
}

export function EditPhases({ sale, info }: Props) {
  const stored = info.phases ?? [];
  const [written, write] = useState<Draft[] | null>(null);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const form = useRef<HTMLFormElement>(null);
  const now_ms = Math.max(minute_ms.value, live.clock.now_ms());
  const rows = written ?? drafts(stored, info.zone);
  const mistakes = mistakesIn(rows, typedOpening(info), typedClosing(info));
  const problems = problemsOf(failure, rows);
  useUnsaved(written !== null);

  const edit = (changed: Draft[]) => {
    write(changed);
    setFailure(null);
  };
  const problemOf = (draft: Draft) => (field: string) => {
    const own = mistakes.get(`${draft.row}.${field}`);
    // what is still missing is told on sending
    if (own !== undefined && (tried || !["name", "codes", "segment", "no_beginning"].includes(own))) {
      return t(`phs_wrong_${own}`);
    }
    return problems.get(`${draft.row}.${field}`) ?? null;
  };
  const put = async (phases: Record<string, PhaseInput>) => {
    sale.info.value = saleInfo(
      await ask("PATCH /api/sales/{sale}", { parts: { sale: sale.id }, body: { phases } }),
    );
  };
  const save = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (busy) return;
    if (mistakes.size > 0) {
      setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    setBusy(true);
    try {
      const back = backTo(stored, rows, info.zone);
      await put(bodyOf(rows, info.zone));
      write(null);
      setTried(false);
      setFailure(null);
      const undo = () => void put(back ?? {}).catch((error) => tell(inFull(error)));
      tell(t("phs_saved"), ...(back === null ? [] : [undo]));
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const remove = (draft: Draft, at: number) => {
    edit(rows.filter((each) => each !== draft));
    const name = draft.name.trim() || t("phs_unnamed", { n: at + 1 });
    tell(t("phs_removed", { name }), () =>
      write((now) => {
        const kept = now ?? drafts(sale.info.peek()?.phases ?? [], info.zone);
        return kept.some(({ row }) => row === draft.row) ? kept : kept.toSpliced(at, 0, draft);
      }),
    );
  };
  const raised = (at: number) => rows.toSpliced(at, 1).toSpliced(at - 1, 0, rows[at] as Draft);
  const hasOpened = Date.parse(info.opens_at) <= now_ms;
  const begun = rows.map((draft) => hasBegun(draft, info.opens_at, now_ms));
  return (
    <form class="stack" noValidate ref={form} onSubmit={(event) => void save(event)}>
      <Story rows={rows} info={info} />
      {rows.map((draft, at) => (
        <PhaseRow
          key={draft.row}
          draft={draft}
          nth={at + 1}
          info={info}
          begun={begun[at] === true}
          fixed={begun[at] === true || (at === 0 && hasOpened)}
          problem={problemOf(draft)}
          change={(changed) => edit(rows.map((each) => (each === draft ? { ...each, ...changed } : each)))}
          up={at === 0 || begun[at - 1] === true ? null : () => edit(raised(at))}
          remove={() => remove(draft, at)}
        />
      ))}
      <span class="row">
        {rows.length < PHASES_MAX && (
          <Button onClick={() => edit([...rows, fresh(rows)])}>{t("phs_add")}</Button>
        )}
        {written !== null && (
          <>
            <Button kind="main" type="submit" busy={busy}>
              {t("phs_save")}
            </Button>
            <Button
              kind="plain"
              onClick={() => {
                write(null);
                setFailure(null);
                setTried(false);
              }}
            >
              {t("phs_discard")}
            </Button>
          </>
        )}
      </span>
      {problems.has("") && (
        <Notice kind="bad" urgent>
          {problems.get("")}
        </Notice>
      )}
      {failure !== null && problems.size === 0 && (
        <Notice kind="bad" urgent>
          {explain(failure)}
        </Notice>
      )}
    </form>
  );
}
