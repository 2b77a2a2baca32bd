import { askFor, badgeOf, recordsIn, type SourceStatus } from './badge.js';

const AT = Date.parse('2026-11-27T12:00:00.000Z');
const HOUR = 3_600_000;

function source(ageMs: number | null, runs: object | null = { activeRun: null, lastRun: null }, more: object = {}): SourceStatus {
  const current = ageMs === null ? null : { createdAt: new Date(AT - ageMs).toISOString() };
  return { current, runs, ...more } as SourceStatus;
}

test('a snapshot is fresh for a day, ageing for a week, then old', () => {
  expect([0, 23.9 * HOUR, 24 * HOUR, 7 * 24 * HOUR, 7 * 24 * HOUR + 1].map((age) => badgeOf(source(age), AT))).toEqual(['fresh', 'fresh', 'ageing', 'ageing', 'old']);
});

test('a source may be called fresh and old at other ages', () => {
  const ages = [11.9 * HOUR, 12 * HOUR, 48 * HOUR, 48 * HOUR + 1];
  expect(ages.map((age) => badgeOf(source(age, null, { badge: { freshDays: 0.5, oldDays: 2 } }), AT))).toEqual(['fresh', 'ageing', 'ageing', 'old']);
});

test('without a snapshot there is none; an active run shows before a failed one, a failed one before the age', () => {
  expect(badgeOf(source(null), AT)).toBe('none');
  const failed = { activeRun: null, lastRun: { phase: 'failed' } };
  expect(badgeOf(source(HOUR, failed), AT)).toBe('failed');
  expect(badgeOf(source(HOUR, { ...failed, activeRun: {} }), AT)).toBe('fetching');
});

test('a refresh is tried again after a failure, the very first one too', () => {
  const failed = { activeRun: null, lastRun: { phase: 'failed' } };
  const cancelled = { activeRun: null, lastRun: { phase: 'cancelled' } };
  expect([source(null), source(null, cancelled), source(null, null), source(null, failed), source(HOUR, failed), source(HOUR, cancelled), source(HOUR, null)].map(askFor))
    .toEqual(['create', 'create', 'create', 'tryAgain', 'tryAgain', 'refresh', 'refresh']);
});

test('while the writer does not answer the age is told from the read side alone', () => {
  expect(badgeOf(source(HOUR, null), AT)).toBe('fresh');
});

test('a log that cannot be read is told before anything else', () => {
  expect(badgeOf(source(null, null, { problem: { code: 'x', detail: 'y' } }), AT)).toBe('unreadable');
});

test('records are people, not links and findings', () => {
  expect(recordsIn({ students: 10, parents: 8, teachers: 2, staff: 1, classes: 4, enrollments: 30, unresolved_guardians: 3 })).toBe(21);
});
