/**
 * Instants as people read them: in the event's zone, and in their own where its clocks differ.
 * Pure but for the device's own zone. Guarantees: a day is left out only when it is today on both clocks, and a year only
 * when it is this year on both; where the two show different ones, both are said.
 */

type Instant = string | number;

/** Who reads, where and when: what of a date goes without saying depends on it. */
export interface Reader {
  now_ms: number;
  zone: string;
  language: string;
}

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

const readers = new Map<string, Intl.DateTimeFormat>();

/** What the clocks and calendars of a zone show at an instant. */
function partsIn(at: Instant, zone: string): Parts {
  let reading = readers.get(zone);
  if (!reading) {
    const digits = {
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    } as const;
    reading = new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn", {
      ...digits,
      hourCycle: "h23",
      timeZone: zone,
    });
    readers.set(zone, reading);
  }
  const found: Parts = { year: 0, month: 0, day: 0, hour: 0, minute: 0 };
  for (const { type, value } of reading.formatToParts(new Date(at))) {
    if (type in found) found[type as keyof Parts] = Number(value);
  }
  return found;
}

const sameDay = (one: Parts, other: Parts) =>
  one.year === other.year && one.month === other.month && one.day === other.day;

function written(at: Instant, zone: string, language: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(language, { ...options, timeZone: zone }).format(new Date(at));
}

const CLOCK = { hour: "numeric", minute: "2-digit" } as const;

export function clock(at: Instant, zone: string, language: string): string {
  return written(at, zone, language, CLOCK);
}

/** With its year: for what is kept, such as a ticket. */
export function day(at: Instant, zone: string, language: string): string {
  return written(at, zone, language, { weekday: "short", day: "numeric", month: "long", year: "numeric" });
}

/** Whether an instant and now are in the same day or year, on the clocks of the event and on the reader's: then it goes without saying. */
function goesWithoutSaying(
  at: Instant,
  zone: string,
  reader: Reader,
  same: (one: Parts, other: Parts) => boolean,
): boolean {
  const there = partsIn(at, zone);
  const here = partsIn(at, reader.zone);
  return (
    same(there, here) &&
    same(there, partsIn(reader.now_ms, zone)) &&
    same(here, partsIn(reader.now_ms, reader.zone))
  );
}

const isToday = (at: Instant, zone: string, reader: Reader) => goesWithoutSaying(at, zone, reader, sameDay);

const yearOf = (at: Instant, zone: string, reader: Reader) =>
  goesWithoutSaying(at, zone, reader, (one, other) => one.year === other.year)
    ? {}
    : ({ year: "numeric" } as const);

const DAY = { weekday: "short", day: "numeric", month: "short" } as const;

/** "20:00" today, "Fri 12 Mar, 20:00" this year, "Fri 12 Mar 2027, 20:00" in another: as the clocks of `zone` show it. */
export function moment(at: Instant, zone: string, reader: Reader): string {
  const date = isToday(at, zone, reader) ? {} : { ...DAY, ...yearOf(at, zone, reader) };
  return written(at, zone, reader.language, { ...date, ...CLOCK });
}

/**
 * The same instant on the reader's own clock, to stand after `moment`: with its day where that is another one.
 * Null where both clocks show the same.
 */
export function momentHere(at: Instant, zone: string, reader: Reader): string | null {
  const there = partsIn(at, zone);
  const here = partsIn(at, reader.zone);
  const agree = sameDay(there, here);
  if (agree && there.hour === here.hour && there.minute === here.minute) return null;
  const date = agree ? {} : { ...DAY, ...yearOf(at, zone, reader) };
  return written(at, reader.zone, reader.language, { ...date, ...CLOCK });
}

/** "Fri 12 March", and the year where it is not this one: for large type, above the clock. */
export function dayOf(at: Instant, zone: string, reader: Reader): string {
  const date = { weekday: "short", day: "numeric", month: "long" } as const;
  return written(at, zone, reader.language, { ...date, ...yearOf(at, zone, reader) });
}

/** The parts of a date on a card. */
export function cardDate(
  at: Instant,
  zone: string,
  reader: Reader,
): { month: string; day: string; weekday: string; year: string | null } {
  const part = (options: Intl.DateTimeFormatOptions) =>
    written(at, zone, reader.language, options).replace(".", "");
  const year = yearOf(at, zone, reader);
  return {
    month: part({ month: "short" }),
    day: part({ day: "numeric" }),
    weekday: part({ weekday: "short" }),
    year: "year" in year ? part(year) : null,
  };
}

/** "2027-03-01T20:30": as the clocks of `zone` show it, for a field in which a moment is typed. */
export function typedMoment(at: Instant, zone: string): string {
  const { year, month, day, hour, minute } = partsIn(at, zone);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
}

export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

export interface Span {
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
}

/** What is left, rounded up to the second, so that "0" means over. */
export function span(left_ms: number): Span {
  const whole = Math.max(0, Math.ceil(left_ms / 1000));
  return {
    days: Math.floor(whole / 86_400),
    hours: Math.floor(whole / 3_600) % 24,
    minutes: Math.floor(whole / 60) % 60,
    seconds: whole % 60,
  };
}

/** "2:05", "1:02:05": a countdown as a clock shows it. */
export function countdown(left_ms: number): string {
  const { days, hours, minutes, seconds } = span(left_ms);
  const two = (n: number) => String(n).padStart(2, "0");
  const allHours = days * 24 + hours;
  return allHours > 0 ? `${allHours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}
