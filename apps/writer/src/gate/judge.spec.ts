import fc from 'fast-check';
import { GateThresholds } from '@lastgood/contracts';
import { judge, type GateInput } from './judge.js';
import type { Profile } from './profile.js';

const thresholds = GateThresholds.parse({});
const profile = (users: number, more: Partial<Profile> = {}): Profile => ({ version: 1, collections: { users }, datasets: { students: users }, schools: {}, filled: {}, ...more });
const input = (last: Profile | null, now: Profile, more: Partial<GateInput> = {}): GateInput => ({ last, now, thresholds, missing: [], onHold: false, ...more });
const codes = (of: GateInput): string[] => judge(of).findings.map(({ code }) => code);

describe('the gate', () => {
  test('a first snapshot is published whatever its size', () => {
    fc.assert(fc.property(fc.nat(1_000_000), (users) => judge(input(null, profile(users))).verdict === 'publish'));
  });

  test('a collection with 20 or more rows that lost 20 % is held, one that lost less is not', () => {
    fc.assert(fc.property(fc.integer({ min: 20, max: 100_000 }), fc.nat(100_000), (before, now) => {
      fc.pre(now < before * 2);
      expect(codes(input(profile(before), profile(now))).includes('collection_shrank')).toBe((before - now) / before >= 0.2);
    }), { numRuns: 500 });
  });

  test('a collection with fewer rows than are watched never holds', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 19 }), fc.nat(19), (before, now) => judge(input(profile(before), profile(now))).verdict === 'publish'));
  });

  test('a doubled collection is held', () => {
    fc.assert(fc.property(fc.integer({ min: 20, max: 100_000 }), fc.nat(100_000), (before, more) => {
      expect(codes(input(profile(before), profile(before + more))).includes('collection_grew')).toBe(before + more >= 2 * before);
    }), { numRuns: 500 });
  });

  test('a school that lost half of its students is held, wherever they went', () => {
    fc.assert(fc.property(fc.integer({ min: 5, max: 3000 }), fc.nat(3000), (before, now) => {
      const verdict = codes(input(profile(10_000, { schools: { a: before } }), profile(10_000, { schools: { a: now } })));
      expect(verdict.includes('school_shrank')).toBe((before - now) / before >= 0.5);
    }), { numRuns: 500 });
  });

  test('a column that was filled and is empty in every row is held; one that is not selected any more is not', () => {
    const last = profile(100, { filled: { students: { email: 90, phone: 4 } } });
    expect(codes(input(last, profile(100, { filled: { students: { email: 0, phone: 0 } } })))).toEqual(['column_vanished']);
    expect(codes(input(last, profile(100, { filled: { students: { email: 1, phone: 0 } } })))).toEqual([]);
    expect(codes(input(last, profile(100, { filled: { students: {} } })))).toEqual([]);
  });

  test('what is held is named by the collection that the upstream serves, and its message by the dataset where only that is meant', () => {
    const now = profile(100, { collections: { users: 100 }, datasets: { students: 30, parents: 70 }, schools: { a: 10 }, filled: { parents: { email: 0 } } });
    const last = profile(100, { collections: { users: 100 }, datasets: { students: 60, parents: 40 }, schools: { a: 60 }, filled: { parents: { email: 40 } } });
    expect(judge(input(last, now)).findings.map(({ code, collection, message }) => [code, collection, message.split(/ went | was /)[0]])).toEqual([
      ['collection_shrank', 'users', 'students'], ['school_shrank', 'users', 'The school a'], ['column_vanished', 'users', 'email of parents'],
    ]);
  });

  test('a missing collection makes the snapshot partial, and holds it where the source does not declare it optional', () => {
    const last = profile(100, { collections: { users: 100, demographics: 100 }, datasets: { students: 100, demographics: 100 } });
    const missing = (optional: boolean): GateInput => input(last, profile(100), { missing: [{ collection: 'demographics', optional }] });
    expect(judge(missing(true))).toEqual({ verdict: 'publish', completeness: 'partial', findings: [] });
    expect(judge(missing(false))).toMatchObject({ verdict: 'quarantine', completeness: 'partial', findings: [{ code: 'collection_missing' }] });
  });

  test('after a rollback everything is held', () => {
    expect(judge(input(profile(100), profile(100), { onHold: true }))).toMatchObject({ verdict: 'quarantine', findings: [{ code: 'rollback_hold' }] });
  });
});
