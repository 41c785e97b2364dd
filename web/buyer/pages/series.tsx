/** A series: its dates to come, each with what can be had and from what price. */

import { read } from "../../shared/app/http";
import { Loading } from "../../shared/app/loading";
import { page } from "../../shared/ui/loaded";
import { useTitle } from "../../shared/ui/title";
import type { SeriesShape } from "../../shared/wire/contract";
import { Card, useLiveCards } from "./home";
import "./home.css";

class Series {
  readonly read: Loading<SeriesShape>;

  constructor(readonly id: string) {
    this.read = new Loading(() => read("GET /api/series/{series}", { parts: { series: id } }));
  }
}

const known = new Map<string, Series>();

function seriesOf({ id }: { id: string }): Series {
  const found = known.get(id) ?? new Series(id);
  known.set(id, found);
  return found;
}

function Dates({ data: series }: { of: Series; data: SeriesShape }) {
  useTitle(series.name);
  useLiveCards(series.dates);
  return (
    <div class="page stack-wide">
      <header class="stack">
        <h1 class="poster">{series.name}</h1>
        {series.description && <p class="lead event-text">{series.description}</p>}
      </header>
      <ul class="cards">
        {series.dates.map((sale, nth) => (
          <Card key={sale.id} sale={sale} first={nth === 0} />
        ))}
      </ul>
    </div>
  );
}

export default page({
  of: seriesOf,
  loads: (series) => series.read,
  begins: (series) => {
    if (series.read.value.peek() !== null) void series.read.again();
    return () => undefined;
  },
  shows: Dates,
});
