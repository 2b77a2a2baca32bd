import { readdirSync, readFileSync } from 'node:fs';
import type { z } from 'zod';
import {
  AuditAnchor, AuditAnswer, AuditRecord, BadgeAges, ClassesAnswer, DecisionAnswer, DistrictsAnswer, DistrictStatus, EVENTS, FiltersAnswer, Finding, makeEvent, PageList, ParentsAnswer, ParkedAnswer, parseEvent, PreviewAnswer, Problem, RefreshAnswer, Run, RunLogAnswer,
  RunsAnswer, ScheduleAnswer, Session, SnapshotDetail, SnapshotsAnswer, StatusFile, StudentsAnswer, UnreadableEvent, type EventType,
} from './index.js';

const samples = new URL('../samples/', import.meta.url);
const read = (folder: string, name: string): string => readFileSync(new URL(`${folder}/${name}`, samples), 'utf8');
const sampleOf = (type: string): string => read('events', `${type}.v1.json`);

describe('committed samples', () => {
  test.each(Object.keys(EVENTS) as EventType[])('every version of %s that was ever shipped has a sample, and the newest is read', (type) => {
    for (let version = 1; version <= EVENTS[type].version; version += 1) expect(readdirSync(new URL('events/', samples))).toContain(`${type}.v${version}.json`);
    const event = parseEvent(read('events', `${type}.v${EVENTS[type].version}.json`));
    expect(event.type).toBe(type);
    expect(makeEvent(type, event.data as never, event)).toEqual(event);
  });

  const shapes: Record<string, z.ZodType> = {
    'stored/page-list.v1': PageList, 'stored/status.v1': StatusFile, 'http/problem.v1': Problem, 'http/run.v1': Run, 'http/refresh-answer.v1': RefreshAnswer, 'http/students-answer.v2': StudentsAnswer,
    'http/parents-answer.v2': ParentsAnswer, 'http/classes-answer.v2': ClassesAnswer, 'http/snapshots-answer.v1': SnapshotsAnswer, 'http/snapshot-detail.v1': SnapshotDetail, 'http/district-status.v2': DistrictStatus, 'http/district-status.v3': DistrictStatus,
    'http/decision-answer.v1': DecisionAnswer, 'http/runs-answer.v1': RunsAnswer, 'http/districts-answer.v1': DistrictsAnswer, 'http/parked-answer.v1': ParkedAnswer, 'http/session.v1': Session, 'http/audit-answer.v1': AuditAnswer, 'stored/audit-record.v1': AuditRecord, 'stored/audit-anchor.v1': AuditAnchor, 'http/filters-answer.v1': FiltersAnswer, 'http/schedule-answer.v1': ScheduleAnswer, 'http/preview-answer.v2': PreviewAnswer, 'http/run-log-answer.v1': RunLogAnswer,
  };
  test.each(Object.entries(shapes))('the newest sample, %s, is read without loss', (name, shape) => {
    const sample: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, samples), 'utf8'));
    expect(shape.parse(sample)).toEqual(sample);
  });

  test.each(['http', 'stored'])('of every shape under %s each version from the first on has its sample', (folder) => {
    const versions = new Map<string, number[]>();
    for (const file of readdirSync(new URL(`${folder}/`, samples))) {
      const [, name = file, version] = /^(.+)\.v(\d+)\.json$/.exec(file) ?? [];
      versions.set(name, [...(versions.get(name) ?? []), Number(version)].sort((a, b) => a - b));
    }
    for (const [name, numbers] of versions) expect([name, numbers]).toEqual([name, numbers.map((_, index) => index + 1)]);
  });

  test('what a log record of version 1 holds of a finding is what version 1 began with: older code would take one with more for damaged', () => {
    expect(Object.keys(Finding.shape)).toEqual(['code', 'severity', 'message', 'collection', 'offset', 'httpStatus', 'count']);
  });
});

test('a badge whose data would be old before it is no longer fresh is refused, by the name of the setting', () => {
  expect(BadgeAges.parse({})).toEqual({ freshDays: 1, oldDays: 7 });
  expect(BadgeAges.parse({ freshDays: 0.5 })).toEqual({ freshDays: 0.5, oldDays: 7 });
  for (const given of [{ freshDays: 7 }, { freshDays: 3, oldDays: 2 }]) expect(BadgeAges.safeParse(given).error?.issues).toMatchObject([{ path: ['oldDays'], message: 'must be more than freshDays' }]);
});

describe('an event', () => {
  const broken: [string, string, UnreadableEvent['reason']][] = [
    ['that is no JSON', '{"id":', 'broken-json'],
    ['that is no envelope', '{"hello":"world"}', 'not-an-event'],
    ['of an unknown type', JSON.stringify({ ...JSON.parse(sampleOf('refresh.cancelled')), type: 'coffee.ready' }), 'unknown-type'],
    ['whose type is a name of Object.prototype', JSON.stringify({ ...JSON.parse(sampleOf('refresh.cancelled')), type: 'constructor' }), 'unknown-type'],
    ['of a newer version', JSON.stringify({ ...JSON.parse(sampleOf('refresh.cancelled')), version: 2 }), 'unknown-version'],
  ];
  test.each(broken)('%s is refused with the reason', (_, message, reason) => {
    expect(() => parseEvent(message)).toThrow(expect.objectContaining({ reason }));
  });

  test.each(Object.keys(EVENTS) as EventType[])('%s with an invalid or an additional field is refused, and the message names the field but no value', (type) => {
    const event = JSON.parse(sampleOf(type)) as { data: Record<string, unknown> };
    expect(() => parseEvent(JSON.stringify({ ...event, data: { ...event.data, district: 'Not A District' } }))).toThrow(/district/);
    expect(() => parseEvent(JSON.stringify({ ...event, data: { ...event.data, district: 'Not A District' } }))).not.toThrow(/Not A/);
    expect(() => parseEvent(JSON.stringify({ ...event, data: { ...event.data, planted: 'Ada Lovelace' } }))).toThrow(expect.objectContaining({ reason: 'invalid-data' }));
  });
});
