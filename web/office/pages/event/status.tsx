/** Whether an event takes place, in a word. */

import { Badge } from "../../../shared/ui/signs";
import type { StatusWord } from "../../../shared/wire/messages";
import { t } from "./words";

const KINDS = { scheduled: undefined, moved: undefined, postponed: "few", cancelled: "gone" } as const;

export function EventStatus({ status }: { status: StatusWord }) {
  const kind = KINDS[status];
  return <Badge {...(kind ? { kind } : {})}>{t(`evt_status_${status}`)}</Badge>;
}
