/** Between the password and the office. */

import { SecondFactor } from "../../shared/account/proving";

export default function Page() {
  return <SecondFactor base="/office" />;
}
