/** Entry of the office. */

import { effect } from "@preact/signals";
import { followAccess } from "../shared/account/me";
import { ACCOUNT_WORDS } from "../shared/account/words";
import { start } from "../shared/app/program";
import { live } from "../shared/app/services";
import { speakAlso } from "../shared/i18n";
import { Frame } from "./frame";
import { ROUTES } from "./routes";
import { key } from "./who";
import { WORDS } from "./words";
import "./office.css";

void speakAlso(ACCOUNT_WORDS); // any page may be asked for a second factor
void start({ routes: ROUTES, frame: Frame, words: WORDS }).then(() => {
  effect(() => {
    if (key.value) live.introduce();
  });
  followAccess(() => key.peek() === null);
});
