/** Between the password and one's account. */

import { SecondFactor } from "../../../shared/account/proving";

export default function Page() {
  return <SecondFactor base="/account" />;
}
