/** Entry of the buyer's pages. */

import { start } from "../shared/app/program";
import { Frame } from "./frame";
import { ROUTES } from "./routes";

void start({ routes: ROUTES, frame: Frame });
