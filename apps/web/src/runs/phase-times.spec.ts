import { secondsByPhase } from './phase-times.js';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 28) + second * 1000).toISOString();
const line = (second: number, phase?: string): Parameters<typeof secondsByPhase>[1][number] => ({ at: at(second), fields: phase === undefined ? {} : { phase } });

test('a run that has ended was in each phase until the next began, and in the last one until its end', () => {
  const seconds = secondsByPhase({ requestedAt: at(0), finishedAt: at(30) }, [line(1), line(2, 'fetching'), line(12, 'building'), line(22.5, 'checking'), line(23, 'publishing')]);
  expect([...seconds]).toEqual([['requested', 2], ['fetching', 10], ['building', 10.5], ['checking', 0.5], ['publishing', 7]]);
});

test('a phase that was gone through again counts with all its times, one that goes on not yet, and a phase of no name not at all', () => {
  const seconds = secondsByPhase({ requestedAt: at(0), finishedAt: null }, [line(1, 'fetching'), line(5, 'fetching'), line(9, 'building'), line(10, 'dancing')]);
  expect([...seconds]).toEqual([['requested', 1], ['fetching', 8]]);
});

test('a run whose lines are no longer kept tells no times', () => {
  expect(secondsByPhase({ requestedAt: at(0), finishedAt: at(9) }, [line(3)])).toEqual(new Map());
});
