/** Entry of the buyer's pages. */

import { render } from "preact";

const root = document.getElementById("app");
if (root) render(<main>Aforo</main>, root);
