import { describe, expect, test } from "vitest";
import { zoneCity } from "../shared/format/cities";
import { cardDate, countdown, dayOf, moment, momentHere, type Reader, span } from "../shared/format/time";

const MADRID = "Europe/Madrid";
const BOGOTA = "America/Bogota";
const TOKYO = "Asia/Tokyo";

const reader = (now: string, zone = MADRID, language = "en-GB"): Reader => ({
  now_ms: Date.parse(now),
  zone,
  language,
});
/** Without what editions of Intl write in different ways: commas, dots, kinds of space, a nought before the hour. */
const plain = (text: string | null) =>
  text
    ?.replace(/[,.]/g, "")
    .replace(/\s/g, " ")
    .replace(/\b0(\d:)/, "$1") ?? null;
const there = (at: string, zone: string, who: Reader) => plain(moment(at, zone, who));
const both = (at: string, zone: string, who: Reader) => [
  there(at, zone, who),
  plain(momentHere(at, zone, who)),
];

describe("what of a moment is said", () => {
  test.each([
    ["today", "2027-03-12T19:00:00Z", "20:00"],
    ["the last minute of today", "2027-03-12T22:59:00Z", "23:59"],
    ["midnight is tomorrow", "2027-03-12T23:00:00Z", "Sat 13 Mar 0:00"],
    ["yesterday", "2027-03-11T22:59:00Z", "Thu 11 Mar 23:59"],
    ["this year", "2027-12-31T22:59:00Z", "Fri 31 Dec 23:59"],
    ["the first minute of the next year", "2027-12-31T23:00:00Z", "Sat 1 Jan 2028 0:00"],
    ["the same day of another year", "2028-03-12T19:00:00Z", "Sun 12 Mar 2028 20:00"],
  ])("%s", (_, at, words) => {
    expect(there(at, MADRID, reader("2027-03-12T09:00:00Z"))).toBe(words);
  });

  test("tomorrow is near, and still another day and another year", () => {
    const who = reader("2026-12-31T22:50:00Z");
    expect(there("2026-12-31T22:55:00Z", MADRID, who)).toBe("23:55");
    expect(there("2026-12-31T23:05:00Z", MADRID, who)).toBe("Fri 1 Jan 2027 0:05");
  });

  test.each([
    ["en-US", "8:00 PM", "Mon Jan 10 2028 8:00 PM"],
    ["en-GB", "20:00", "Mon 10 Jan 2028 20:00"],
    ["es", "20:00", "lun 10 ene 2028 20:00"],
    ["pt-BR", "20:00", "seg 10 de jan de 2028 20:00"],
  ])("in %s, with the clock of that language", (language, today, later) => {
    const who = reader("2027-03-12T09:00:00Z", MADRID, language);
    expect(there("2027-03-12T19:00:00Z", MADRID, who)).toBe(today);
    expect(there("2028-01-10T19:00:00Z", MADRID, who)).toBe(later);
  });

  test("on a card, and above a clock, the year is said only when it is not this one", () => {
    const who = reader("2027-03-12T09:00:00Z");
    expect(cardDate("2027-05-02T18:00:00Z", MADRID, who)).toEqual({
      month: "May",
      day: "2",
      weekday: "Sun",
      year: null,
    });
    expect(cardDate("2028-05-02T18:00:00Z", MADRID, who).year).toBe("2028");
    expect(plain(dayOf("2027-05-02T18:00:00Z", MADRID, who))).toBe("Sun 2 May");
    expect(plain(dayOf("2028-05-02T18:00:00Z", MADRID, who))).toBe("Tue 2 May 2028");
  });
});

describe("a device in another zone than the event", () => {
  test("clocks that agree are said once", () => {
    const who = reader("2027-07-01T09:00:00Z", "Europe/Paris");
    expect(plain(momentHere("2027-07-01T12:00:00Z", MADRID, who))).toBeNull();
    expect(plain(momentHere("2027-07-01T12:00:00Z", MADRID, { ...who, zone: MADRID }))).toBeNull();
  });

  test("today on both", () => {
    const who = reader("2027-03-12T15:00:00Z", BOGOTA);
    expect(both("2027-03-12T19:00:00Z", MADRID, who)).toEqual(["20:00", "14:00"]);
  });

  test("another day for both", () => {
    const who = reader("2027-03-12T15:00:00Z", BOGOTA);
    expect(both("2027-03-14T19:00:00Z", MADRID, who)).toEqual(["Sun 14 Mar 20:00", "14:00"]);
  });

  test("two days for one instant", () => {
    const who = reader("2027-03-12T15:00:00Z", TOKYO);
    expect(both("2027-03-14T19:00:00Z", MADRID, who)).toEqual(["Sun 14 Mar 20:00", "Mon 15 Mar 4:00"]);
  });

  test("today there and tomorrow here needs both days", () => {
    const who = reader("2027-03-12T14:00:00Z", TOKYO); // 15:00 there, 23:00 here
    expect(both("2027-03-12T19:00:00Z", MADRID, who)).toEqual(["Fri 12 Mar 20:00", "Sat 13 Mar 4:00"]);
  });

  test("two years for one instant", () => {
    const who = reader("2027-11-30T12:00:00Z", TOKYO);
    expect(both("2027-12-31T19:00:00Z", MADRID, who)).toEqual([
      "Fri 31 Dec 2027 20:00",
      "Sat 1 Jan 2028 4:00",
    ]);
  });

  test("a new year that has begun here and not there", () => {
    const who = reader("2027-12-31T16:00:00Z", TOKYO); // 17:00 on 31 December there, 1:00 on 1 January here
    expect(both("2027-12-31T22:30:00Z", MADRID, who)).toEqual([
      "Fri 31 Dec 2027 23:30",
      "Sat 1 Jan 2028 7:30",
    ]);
  });

  test("zones that differ by half an hour", () => {
    const who = reader("2027-03-12T09:00:00Z", "Asia/Kolkata");
    expect(both("2027-03-12T15:00:00Z", "Asia/Karachi", who)).toEqual(["20:00", "20:30"]);
  });
});

describe("clock changes", () => {
  const who = reader("2027-01-01T12:00:00Z");

  test("forward: 1:59 is followed by 3:00", () => {
    expect(there("2027-03-28T00:59:00Z", MADRID, who)).toBe("Sun 28 Mar 1:59");
    expect(there("2027-03-28T01:00:00Z", MADRID, who)).toBe("Sun 28 Mar 3:00");
  });

  test("back: 2:59 is followed by 2:00 on the same day", () => {
    expect(there("2027-10-31T00:59:00Z", MADRID, who)).toBe("Sun 31 Oct 2:59");
    expect(there("2027-10-31T01:00:00Z", MADRID, who)).toBe("Sun 31 Oct 2:00");
  });

  test("a day of 25 hours is today until its end", () => {
    const late = reader("2027-10-30T22:00:00Z"); // its midnight
    expect(there("2027-10-31T22:59:00Z", MADRID, late)).toBe("23:59");
    expect(there("2027-10-31T23:00:00Z", MADRID, late)).toBe("Mon 1 Nov 0:00");
  });

  test("a zone that changes on another day differs only between the two", () => {
    const here = reader("2027-01-01T12:00:00Z", "America/New_York"); // changes on 14 March and 7 November
    expect(plain(momentHere("2027-03-10T19:00:00Z", MADRID, here))).toBe("14:00");
    expect(plain(momentHere("2027-03-20T19:00:00Z", MADRID, here))).toBe("15:00");
    expect(plain(momentHere("2027-03-30T19:00:00Z", MADRID, here))).toBe("15:00");
    expect(plain(momentHere("2027-11-03T19:00:00Z", MADRID, here))).toBe("15:00");
    expect(plain(momentHere("2027-11-10T19:00:00Z", MADRID, here))).toBe("14:00");
  });
});

test("a zone is called by its city", () => {
  expect(zoneCity(MADRID, "en-GB")).toBe("Madrid");
  expect(zoneCity("America/Argentina/Buenos_Aires", "es")).toBe("Buenos Aires");
  expect(zoneCity("Europe/Lisbon", "en")).toBe("Lisbon");
  expect(zoneCity("Europe/Lisbon", "es-CO")).toBe("Lisboa");
  expect(zoneCity("America/Sao_Paulo", "en-US")).toBe("São Paulo");
  expect(zoneCity("UTC", "pt-BR")).toBe("UTC");
});

test("countdowns round up, and 0 means over", () => {
  expect(countdown(1)).toBe("0:01");
  expect(countdown(0)).toBe("0:00");
  expect(countdown(-5)).toBe("0:00");
  expect(countdown(125_000)).toBe("2:05");
  expect(countdown(3_725_000)).toBe("1:02:05");
  expect(span(90_061_000)).toEqual({ days: 1, hours: 1, minutes: 1, seconds: 1 });
});
