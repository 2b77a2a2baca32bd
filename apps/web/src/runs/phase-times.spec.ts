import { secondsByPhase } from './phase-times.js';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 28) + second * 1000).toISOString();
const line = (second: number, phase?: string): Parameters<typeof secondsByPhase>[1][number] => ({ at: at(second), fields: phase === undefined ? {} : { phase } });

test('a run that has ended was in each phase until the next began, and in the last one until its end', () => {
  const seconds = secondsByPhase({ requestedAt: at(0), finishedAt: at(30), phase: 'published' }, [line(1), line(2, 'fetching'), line(12, 'building'), line(22.5, 'checking'), line(23, 'publishing')]);
  expect([...seconds]).toEqual([['requested', 2], ['fetching', 10], ['building', 10.5], ['checking', 0.5], ['publishing', 7]]);
});

test('a phase that was gone through again counts with all its times, one that goes on not yet, and a phase of no name not at all', () => {
  const seconds = secondsByPhase({ requestedAt: at(0), finishedAt: null, phase: 'building' }, [line(1, 'fetching'), line(5, 'fetching'), line(9, 'building'), line(10, 'dancing')]);
  expect([...seconds]).toEqual([['requested', 1], ['fetching', 8]]);
});

test('a run that was taken over while it was built counts the second time as well', () => {
  const seconds = secondsByPhase({ requestedAt: at(0), finishedAt: null, phase: 'building' }, [line(1, 'fetching'), line(4, 'building'), line(6, 'fetching'), line(7, 'building')]);
  expect([...seconds]).toEqual([['requested', 1], ['fetching', 4], ['building', 2]]);
});

test('a run that failed was in its last phase until it was stopped', () => {
  const seconds = secondsByPhase({ requestedAt: at(0), finishedAt: at(9), phase: 'failed' }, [line(1, 'fetching'), line(7, 'stopping')]);
  expect([...seconds]).toEqual([['requested', 1], ['fetching', 6], ['stopping', 2]]);
});

test.each(['fetching', 'building', 'checking', 'publishing'])('where the line that tells of %s is lost, the time of the phase before it is not known', (lost) => {
  const told = [line(1, 'fetching'), line(2, 'building'), line(3, 'checking'), line(4, 'publishing')];
  const way = ['requested', 'fetching', 'building', 'checking', 'publishing'];
  const seconds = secondsByPhase({ requestedAt: at(0), finishedAt: at(5), phase: 'published' }, told.filter(({ fields }) => fields['phase'] !== lost));
  expect([...seconds.keys()]).toEqual(way.filter((phase) => phase !== lost && phase !== way[way.indexOf(lost) - 1]));
});

test('a run whose lines are no longer kept tells no times', () => {
  expect(secondsByPhase({ requestedAt: at(0), finishedAt: at(9), phase: 'published' }, [line(3)])).toEqual(new Map());
});
