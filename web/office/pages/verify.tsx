/** An address is shown to be one's own. */

import { Verify } from "../../shared/account/letters";

export default function Page() {
  return <Verify base="/office" />;
}
