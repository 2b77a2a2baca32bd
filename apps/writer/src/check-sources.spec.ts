import { districtsWith } from './testing/writer-kit.js';
import { checkSources } from './check-sources.js';

const problemsOf = (source: Parameters<typeof districtsWith>[0]): string[] => checkSources(districtsWith(source).all).map(({ key, message }) => `${key}: ${message}`);

test.each([['0 3 * * *'], ['0 3 29 2 *'], ['30 2 * * 1-5']])('the cron %s is taken', (cron) => {
  expect(problemsOf({ schedule: { cron } })).toEqual([]);
});

test.each([['99 99 * * *', 'is no cron'], ['0 3 * *', 'is no cron'], ['30 2 31 2 *', 'never comes']])('the cron %s is refused with its place: %s', (cron, words) => {
  expect(problemsOf({ schedule: { cron } })).toEqual([expect.stringMatching(new RegExp(`\\.schedule\\.cron: ${words}`))]);
});

test('a column that does not exist is refused by name', () => {
  expect(problemsOf({ schedule: 'off', columns: { students: ['sourcedId', 'nope'] } })).toEqual([expect.stringContaining('nope')]);
});
