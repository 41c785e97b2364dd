/**
 * Instants as people read them: in the venue's zone, and in their own where that differs.
 * Pure but for the device's own zone.
 */

export function day(instant: string | number, zone: string, language: string): string {
  return new Intl.DateTimeFormat(language, {
    weekday: "short",
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: zone,
  }).format(new Date(instant));
}

export function clock(instant: string | number, zone: string, language: string): string {
  return new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit", timeZone: zone }).format(
    new Date(instant),
  );
}

export function dayAndClock(instant: string | number, zone: string, language: string): string {
  return new Intl.DateTimeFormat(language, {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "numeric",
    minute: "2-digit",
    timeZone: zone,
  }).format(new Date(instant));
}

export function monthAndDay(
  instant: string | number,
  zone: string,
  language: string,
): { month: string; day: string; weekday: string } {
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language, { ...options, timeZone: zone })
      .format(new Date(instant))
      .replace(".", "");
  return {
    month: part({ month: "short" }),
    day: part({ day: "numeric" }),
    weekday: part({ weekday: "short" }),
  };
}

export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** Whether two zones show another clock at that instant. */
export function zonesDiffer(instant: string | number, one: string, other: string): boolean {
  const read = (zone: string) => dayAndClock(instant, zone, "en");
  return read(one) !== read(other);
}

/** "Madrid" of "Europe/Madrid". */
export function zoneCity(zone: string): string {
  return (zone.split("/").pop() ?? zone).replace(/_/g, " ");
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
