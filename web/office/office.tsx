/** Entry of the organizers' pages. */

import { effect } from "@preact/signals";
import { start } from "../shared/app/program";
import { live } from "../shared/app/services";
import { key } from "./api";
import { Frame } from "./frame";
import { ROUTES } from "./routes";
import { WORDS } from "./words";
import "./office.css";

void start({ routes: ROUTES, frame: Frame, words: WORDS }).then(() =>
  effect(() => {
    if (key.value) live.introduce();
  }),
);
