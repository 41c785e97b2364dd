/** Lines of an order that go to other seats or another date: what was moved, what is under way, and the form, loaded once it is needed. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../../shared/app/loading";
import { money } from "../../../shared/format/money";
import { locale } from "../../../shared/i18n";
import { Button } from "../../../shared/ui/controls";
import type { MoveShape, OrderRecordShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { holdsAny } from "../../shell/places";
import { useLater } from "../../ui/later";
import { permissions } from "../../who";
import type { MovingProps } from "../moving/form";
import { MOVE_WORDS } from "../moving/words";
import { PAINT_WORDS } from "../painting/words";
import { SELL_WORDS } from "../selling/words";
import { useActing } from "../settings/acting";
import { when } from "./list";
import { t } from "./words";

const WORDS = [PAINT_WORDS, SELL_WORDS, MOVE_WORDS];
const loadForm = () => import("../moving/form").then(({ MoveForm }) => MoveForm);

interface Props {
  record: OrderRecordShape;
  onDone(): void;
  /** what a line is called */
  lineName(line: number): string;
}

export function Moves(props: Props) {
  const { order } = props.record;
  const read = useMemo(
    () =>
      new Loading(() =>
        ask("GET /api/organizer/sales/{sale}/orders/{order}/moves", {
          parts: { sale: order.sale, order: order.id },
        }),
      ),
    [order],
  );
  useEffect(() => void read.load(), [read]);
  const [moving, setMoving] = useState(false);
  const items = read.value.value?.items ?? [];
  const open = items.some(({ state }) => state === "open");
  const may = holdsAny(permissions.value, ["order:refund"]) && holdsAny(permissions.value, ["order:issue"]);
  const movable = order.state === "paid" && order.lines.some(({ live }) => live);
  return (
    <section class="panel stack" aria-label={t("ord_moves")}>
      <h2 class="tag">{t("ord_moves")}</h2>
      {items.length === 0 && <p class="soft">{t("ord_moves_none")}</p>}
      {items.map((move) => (
        <Move key={move.id} move={move} {...props} />
      ))}
      {may && movable && !open && !moving && (
        <span>
          <Button onClick={() => setMoving(true)}>{t("ord_move_begin")}</Button>
        </span>
      )}
      {moving && (
        <Form
          record={props.record}
          lineName={props.lineName}
          onMoved={() => {
            setMoving(false);
            props.onDone();
          }}
          onEnd={() => setMoving(false)}
        />
      )}
    </section>
  );
}

function Form(props: MovingProps) {
  const MoveForm = useLater(WORDS, loadForm);
  return MoveForm === null ? <p aria-busy="true" /> : <MoveForm {...props} />;
}

function Move({ move, record, onDone, lineName }: Props & { move: MoveShape }) {
  const { busy, act, refused } = useActing();
  const { sale, id } = record.order;
  const undo = () =>
    act(async () => {
      await ask("POST /api/organizer/sales/{sale}/orders/{order}/moves/{move}/undo", {
        parts: { sale, order: id, move: move.id },
      });
      onDone();
    });
  return (
    <div class="stack-tight">
      <p class="spread">
        <span>
          <strong class="figure">{money(move.amount, move.currency, locale.value)}</strong>{" "}
          {t(`ord_move_${move.state}`)}
        </span>
        <span class="small soft">{when(move.ended_at_ms ?? move.begun_at_ms)}</span>
      </p>
      <p class="small">{move.lines.map(lineName).join(", ")}</p>
      {move.reason && <p class="small soft">{move.reason}</p>}
      {move.to.order && (
        <a href={`/office/orders/${encodeURIComponent(move.to.sale)}/${encodeURIComponent(move.to.order)}`}>
          {t("ord_move_to")}
        </a>
      )}
      {refused}
      {move.state === "open" && holdsAny(permissions.value, ["order:refund"]) && (
        <span>
          <Button busy={busy} onClick={() => void undo()}>
            {t("ord_move_undo")}
          </Button>
        </span>
      )}
    </div>
  );
}
