/** Entry of the organizer's dashboard. */

import { render } from "preact";

const root = document.getElementById("app");
if (root) render(<main>Aforo</main>, root);
