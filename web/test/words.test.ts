import { expect, test } from "vitest";
import { words as collectEn } from "../buyer/pages/collecting/i18n/en";
import { words as collectEs } from "../buyer/pages/collecting/i18n/es";
import { words as collectPt } from "../buyer/pages/collecting/i18n/pt";
import { words as backEn } from "../buyer/pages/order-back/i18n/en";
import { words as backEs } from "../buyer/pages/order-back/i18n/es";
import { words as backPt } from "../buyer/pages/order-back/i18n/pt";
import { words as mailEn } from "../mail/i18n/en";
import { words as mailEs } from "../mail/i18n/es";
import { words as mailPt } from "../mail/i18n/pt";
import { words as officeEn } from "../office/i18n/en";
import { words as officeEs } from "../office/i18n/es";
import { words as officePt } from "../office/i18n/pt";
import { words as moveEn } from "../office/pages/moving/i18n/en";
import { words as moveEs } from "../office/pages/moving/i18n/es";
import { words as movePt } from "../office/pages/moving/i18n/pt";
import { words as offersEn } from "../office/pages/offers/i18n/en";
import { words as offersEs } from "../office/pages/offers/i18n/es";
import { words as offersPt } from "../office/pages/offers/i18n/pt";
import { words as paintEn } from "../office/pages/painting/i18n/en";
import { words as paintEs } from "../office/pages/painting/i18n/es";
import { words as paintPt } from "../office/pages/painting/i18n/pt";
import { words as phasesEn } from "../office/pages/phases/i18n/en";
import { words as phasesEs } from "../office/pages/phases/i18n/es";
import { words as phasesPt } from "../office/pages/phases/i18n/pt";
import { words as pricesEn } from "../office/pages/prices/i18n/en";
import { words as pricesEs } from "../office/pages/prices/i18n/es";
import { words as pricesPt } from "../office/pages/prices/i18n/pt";
import { words as reportsEn } from "../office/pages/reports/i18n/en";
import { words as reportsEs } from "../office/pages/reports/i18n/es";
import { words as reportsPt } from "../office/pages/reports/i18n/pt";
import { words as sellEn } from "../office/pages/selling/i18n/en";
import { words as sellEs } from "../office/pages/selling/i18n/es";
import { words as sellPt } from "../office/pages/selling/i18n/pt";
import { words as settingsEn } from "../office/pages/settings/i18n/en";
import { words as settingsEs } from "../office/pages/settings/i18n/es";
import { words as settingsPt } from "../office/pages/settings/i18n/pt";
import { words as accountEn } from "../shared/account/i18n/en";
import { words as accountEs } from "../shared/account/i18n/es";
import { words as accountPt } from "../shared/account/i18n/pt";
import { fill } from "../shared/i18n";
import { words as en } from "../shared/i18n/en";
import { words as es } from "../shared/i18n/es";
import { words as pt } from "../shared/i18n/pt";

type Table = Record<string, string | { one: string; other: string }>;
const forms = (text: string | { one: string; other: string }) =>
  typeof text === "string" ? [text] : [text.one, text.other];
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

test.each([
  ["es", en, es],
  ["pt", en, pt],
  ["office es", officeEn, officeEs],
  ["office pt", officeEn, officePt],
  ["moving es", moveEn, moveEs],
  ["moving pt", moveEn, movePt],
  ["offers es", offersEn, offersEs],
  ["offers pt", offersEn, offersPt],
  ["painting es", paintEn, paintEs],
  ["painting pt", paintEn, paintPt],
  ["phases es", phasesEn, phasesEs],
  ["phases pt", phasesEn, phasesPt],
  ["prices es", pricesEn, pricesEs],
  ["prices pt", pricesEn, pricesPt],
  ["reports es", reportsEn, reportsEs],
  ["reports pt", reportsEn, reportsPt],
  ["selling es", sellEn, sellEs],
  ["selling pt", sellEn, sellPt],
  ["settings es", settingsEn, settingsEs],
  ["settings pt", settingsEn, settingsPt],
  ["account es", accountEn, accountEs],
  ["account pt", accountEn, accountPt],
  ["collecting es", collectEn, collectEs],
  ["collecting pt", collectEn, collectPt],
  ["order back es", backEn, backEs],
  ["order back pt", backEn, backPt],
  ["mail es", mailEn, mailEs],
  ["mail pt", mailEn, mailPt],
] as [string, Table, Table][])(
  "%s fills the same holes as English and leaves nothing empty",
  (_, english, words) => {
    for (const [word, original] of Object.entries(english)) {
      const there = forms(words[word] ?? "");
      forms(original).forEach((text, n) => {
        expect(there[n], word).toBeTruthy();
        expect(holes(there[n] ?? ""), word).toEqual(holes(text));
      });
    }
  },
);

test("numbers choose the plural form and are written in the language's way", () => {
  expect(fill(en, "en", "n_tickets", { n: 1 })).toBe("1 ticket");
  expect(fill(es, "es", "n_tickets", { n: 2 })).toBe("2 entradas");
  expect(fill(es, "es", "status_ahead", { n: 12345 })).toBe("12.345 personas delante de ti");
});
