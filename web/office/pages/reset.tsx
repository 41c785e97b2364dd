/** A new password. */

import { Reset } from "../../shared/account/letters";

export default function Page() {
  return <Reset base="/office" />;
}
