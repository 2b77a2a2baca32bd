import fc from 'fast-check';
import { localDate } from './local-date.js';
import { ticksOf } from './ticks-of.js';

const ZONES = ['UTC', 'America/Chicago', 'Europe/Berlin', 'Australia/Lord_Howe', 'Pacific/Apia', 'Africa/Cairo', 'Asia/Kathmandu'];

test('a daily schedule has exactly one tick on every local date, changes of clocks included', () => {
  fc.assert(fc.property(fc.constantFrom(...ZONES), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), fc.integer({ min: 2026, max: 2030 }), (timeZone, hour, minute, year) => {
    const ticks = ticksOf({ timeZone }, { schedule: { cron: `${minute} ${hour} * * *` } });
    const dates: string[] = [];
    for (let at = ticks?.next(Date.UTC(year, 0, 2, 12)) ?? null; at !== null && dates.length < 360; at = ticks?.next(at) ?? null) dates.push(localDate(at, timeZone));
    expect(new Set(dates).size).toBe(360);
    expect(Date.parse(dates[359] ?? '') - Date.parse(dates[0] ?? '')).toBe(359 * 86_400_000);
  }), { numRuns: 100 });
}, 300_000);

test('a source has its own time zone, else the zone of its district; off has no ticks', () => {
  const at = Date.parse('2026-06-01T12:00:00Z');
  expect(ticksOf({ timeZone: 'America/Chicago' }, { schedule: { cron: '0 3 * * *' } })?.next(at)).toBe(Date.parse('2026-06-02T08:00:00Z'));
  expect(ticksOf({ timeZone: 'America/Chicago' }, { schedule: { cron: '0 3 * * *', timeZone: 'Europe/Berlin' } })?.next(at)).toBe(Date.parse('2026-06-02T01:00:00Z'));
  expect(ticksOf({ timeZone: 'UTC' }, { schedule: 'off' })).toBeNull();
});
