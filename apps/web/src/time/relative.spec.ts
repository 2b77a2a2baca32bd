import { duration, relativeTime } from './relative.js';

const AT = Date.parse('2026-11-27T12:00:00.000Z');
const relative = (instant: string, language = 'en'): string => relativeTime(instant, AT, language);

test('ages are told in whole units of the largest that fits, in the language of the page', () => {
  expect([relative('2026-11-25T11:00:00.000Z'), relative('2026-11-27T09:01:00.000Z'), relative('2026-11-27T11:58:01.000Z'), relative('2026-11-27T11:59:01.000Z')])
    .toEqual(['2 days ago', '2 hours ago', '1 minute ago', 'just now']);
  expect([relative('2026-11-28T00:30:00.000Z'), relative('2026-11-25T11:00:00.000Z', 'es'), relative('2026-11-27T11:59:30.000Z', 'es'), relative('2026-11-27T12:00:30.000Z')]).toEqual(['in 12 hours', 'anteayer', 'hace un momento', 'now']);
});

test('durations have at most two parts and never a minus', () => {
  expect([0.4, 59.4, 60, 125, 3600, 7385, -3].map(duration)).toEqual(['0 s', '59 s', '1 min', '2 min 5 s', '1 h 0 min', '2 h 3 min', '0 s']);
});
