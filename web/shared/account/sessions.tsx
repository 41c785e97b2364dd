/** Where one is signed in; each can be ended from here. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../app/loading";
import { explain } from "../app/refusals";
import { moment, ownZone } from "../format/time";
import { Button } from "../ui/controls";
import { Loaded } from "../ui/loaded";
import { reader } from "../ui/moments";
import { Badge, Notice } from "../ui/signs";
import type { SessionLine } from "../wire/contract";
import { endOthers, endSession, sessions } from "./calls";
import { Sheet } from "./frame";
import { t } from "./words";

/** An instant of one's own life: in one's own zone. */
export function when(at_ms: number): string {
  return moment(at_ms, ownZone(), reader.value);
}

export function Sessions() {
  const read = useMemo(() => new Loading(sessions), []);
  const [ended, setEnded] = useState<number | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => void read.load(), []);
  const act = (doing: Promise<unknown>) => doing.then(() => read.again(), setFailure).then(() => undefined);
  return (
    <Sheet title={t("acc_sessions")}>
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
      {ended !== null && <Notice>{t("acc_ended", { n: ended })}</Notice>}
      <Loaded of={read} part>
        {(items) => (
          <>
            <ul class="lines">
              {items.map((line) => (
                <Line key={line.id} line={line} onEnd={() => act(endSession(line.id))} />
              ))}
            </ul>
            {items.length > 1 && (
              <span>
                <Button onClick={() => void act(endOthers().then(({ ended: n }) => setEnded(n)))}>
                  {t("acc_end_others")}
                </Button>
              </span>
            )}
          </>
        )}
      </Loaded>
    </Sheet>
  );
}

function Line({ line, onEnd }: { line: SessionLine; onEnd(): Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const end = async () => {
    setBusy(true);
    await onEnd();
    setBusy(false);
  };
  return (
    <li>
      <div>
        <strong>{line.device}</strong>{" "}
        <span class="small soft">
          {[line.place || line.network, t("acc_session_seen", { time: when(line.seen_at_ms) })]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </div>
      {line.current ? (
        <Badge>{t("acc_session_here")}</Badge>
      ) : (
        <Button busy={busy} aria-label={`${t("acc_end_session")}: ${line.device}`} onClick={() => void end()}>
          {t("acc_end_session")}
        </Button>
      )}
    </li>
  );
}
