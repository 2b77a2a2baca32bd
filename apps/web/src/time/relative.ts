import type { BadgeAges } from '@lastgood/contracts';

const SECOND = 1000;
const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [['day', 86_400 * SECOND], ['hour', 3600 * SECOND], ['minute', 60 * SECOND]];

const JUST_NOW: Readonly<Record<string, string>> = { en: 'just now', es: 'hace un momento' };

/** `2 days ago`, `in 3 hours`, `just now` for less than a minute: whole units, rounded down. */
export function relativeTime(instant: string, atMs: number, language: string): string {
  const apart = new Date(instant).getTime() - atMs;
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  for (const [unit, size] of UNITS) {
    const whole = Math.trunc(apart / size);
    if (whole !== 0) return format.format(whole, unit);
  }
  return (apart <= 0 ? JUST_NOW[language] : undefined) ?? format.format(0, 'second');
}

/** `5 s`, `2 min 5 s`, `1 h 3 min`: at most two parts, for people. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

const DAY_SECONDS = 86_400;

/** Age that a badge shows: fresh under `freshDays`, ageing to `oldDays`, old above. */
export function ageOf(seconds: number, { freshDays, oldDays }: BadgeAges): 'fresh' | 'ageing' | 'old' {
  if (seconds < freshDays * DAY_SECONDS) return 'fresh';
  return seconds <= oldDays * DAY_SECONDS ? 'ageing' : 'old';
}
