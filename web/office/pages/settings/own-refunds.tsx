/** Whether buyers give tickets back by themselves: until when, and how. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../../shared/app/loading";
import { Button, Check, Field, Switch } from "../../../shared/ui/controls";
import { Loaded } from "../../../shared/ui/loaded";
import type { OwnRefundRuleShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { holdsAny } from "../../shell/places";
import { useUnsaved } from "../../ui/editing";
import { WAYS, type Way } from "../../ui/give-as";
import { tell } from "../../ui/toasts";
import { permissions } from "../../who";
import { t as say } from "../../words";
import { useActing } from "./acting";
import { t } from "./words";

const DAY_H = 24;
const HOURS_MAX = 8_760;

export function OwnRefunds() {
  const rule = useMemo(() => new Loading(() => ask("GET /api/organizer/own-refunds")), []);
  useEffect(() => void rule.load(), [rule]);
  return (
    <Loaded of={rule} part>
      {(shape) => <Rule key={JSON.stringify(shape)} shape={shape} onDone={() => rule.again()} />}
    </Loaded>
  );
}

function Rule({ shape, onDone }: { shape: OwnRefundRuleShape; onDone(): Promise<void> }) {
  const [allowed, allow] = useState(shape.hours !== null);
  const [hours, setHours] = useState(String(shape.hours ?? DAY_H));
  const [fees, setFees] = useState(shape.fees);
  const [way, setWay] = useState<Way>(shape.give_as);
  const { busy, act, refused } = useActing();
  const may = holdsAny(permissions.value, ["organizer:edit"]);
  const typed = hours.trim() === "" ? Number.NaN : Number(hours);
  const right = Number.isInteger(typed) && typed >= 0 && typed <= HOURS_MAX;
  useUnsaved(
    allowed !== (shape.hours !== null) ||
      (allowed && (hours !== String(shape.hours) || fees !== shape.fees || way !== shape.give_as)),
  );
  const put = () =>
    act(async () => {
      const body = { hours: allowed ? typed : null, fees, give_as: way };
      await ask("PUT /api/organizer/own-refunds", { body });
      await onDone();
      tell(t("set_changed"));
    });
  return (
    <section class="panel stack" aria-label={t("set_own_back")}>
      <h2>{t("set_own_back")}</h2>
      <Check
        label={t("set_own_back_allowed")}
        required={false}
        disabled={!may}
        checked={allowed}
        onChange={allow}
      />
      {allowed && (
        <>
          <Field
            label={t("set_own_back_hours")}
            value={hours}
            inputMode="numeric"
            maxLength={4}
            disabled={!may}
            problem={right ? null : t("set_own_back_hours_wrong", { most: HOURS_MAX })}
            onValue={setHours}
          />
          <Switch<Way>
            label={say("off_give_as")}
            value={way}
            choices={WAYS.map((value) => ({ value, label: say(`off_give_${value}`) }))}
            onChange={setWay}
          />
          <Check
            label={t("set_own_back_fees")}
            required={false}
            disabled={!may}
            checked={fees}
            onChange={setFees}
          />
        </>
      )}
      {refused}
      {may && (
        <span>
          <Button busy={busy || (allowed && !right)} onClick={() => void put()}>
            {t("set_save")}
          </Button>
        </span>
      )}
    </section>
  );
}
