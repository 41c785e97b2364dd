/** A buyer's account and the ways into it: one chunk with its words, fetched by nobody who only buys. */

import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { ConfirmEmail, Forgot, Reset, Verify } from "../../shared/account/letters";
import { SecondFactor } from "../../shared/account/proving";
import { Register } from "../../shared/account/register";
import { SignIn } from "../../shared/account/sign-in";
import { ACCOUNT_WORDS, t } from "../../shared/account/words";
import { Loading } from "../../shared/app/loading";
import { speakAlso } from "../../shared/i18n";
import { Loaded, Missing } from "../../shared/ui/loaded";
import { OwnAccount } from "./own-account";

const base = "/account";

const WAYS: Record<string, ComponentType> = {
  "sign-in": () => <SignIn base={base} title={t("acc_sign_in_title")} lead={t("acc_guest")} />,
  register: () => <Register base={base} title={t("acc_register")} lead={t("acc_guest")} />,
  verify: () => <Verify base={base} />,
  forgot: () => <Forgot base={base} />,
  reset: () => <Reset base={base} />,
  email: () => <ConfirmEmail base={base} />,
  "second-factor": () => <SecondFactor base={base} />,
};

const words = new Loading(() => speakAlso(ACCOUNT_WORDS).then(() => true));

export default function Page({ way }: { way?: string }) {
  useEffect(() => void words.load(), []);
  const Way = way === undefined ? OwnAccount : (WAYS[way] ?? Missing);
  return <Loaded of={words}>{() => <Way />}</Loaded>;
}
