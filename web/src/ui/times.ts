/** Times and lengths as people write them. Pure; the locale is the browser's unless given. */

/** 65 → "1:05"; negative counts as 0. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** 45 → "45 seconds", 60 → "1 minute", 120 → "2 minutes", 90 → "1½ minutes", else "1:15 minutes". */
export function lengthText(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? "1 second" : `${Math.round(seconds)} seconds`;
  const minutes = seconds / 60;
  if (minutes === 1) return "1 minute";
  if (Number.isInteger(minutes)) return `${minutes} minutes`;
  if (Number.isInteger(minutes * 2)) return `${Math.floor(minutes)}½ minutes`;
  return `${clockText(seconds)} minutes`;
}

/** A moment on the reader's own calendar: "Thursday, 26 November, 18:30"; another year is named. */
export function momentText(epochSeconds: number, locale?: string, now = Date.now() / 1000): string {
  const then = new Date(epochSeconds * 1000);
  const same_year = then.getFullYear() === new Date(now * 1000).getFullYear();
  return new Intl.DateTimeFormat(locale, {
    ...(same_year ? { weekday: "long" } : { year: "numeric" }),
    day: "numeric",
    month: "long",
    hour: "numeric",
    minute: "2-digit",
  }).format(then);
}

/** A moment in a list: the time when it is today, else the day too. `now`: epoch seconds. */
export function shortMomentText(epochSeconds: number, now: number, locale?: string): string {
  const then = new Date(epochSeconds * 1000);
  const sameDay = then.toDateString() === new Date(now * 1000).toDateString();
  const time: Intl.DateTimeFormatOptions = { hour: "numeric", minute: "2-digit" };
  const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
  return new Intl.DateTimeFormat(locale, sameDay ? time : { ...day, ...time }).format(then);
}
