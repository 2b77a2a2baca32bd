import { readFileSync, readdirSync } from 'node:fs';
import { LOG_RECORD_VERSION, Manifest } from '@lastgood/contracts';
import { emptyLog, foldRecords } from './log-state.js';
import { readRecord, sha256 } from './record-bytes.js';

const samples = new URL('../samples/', import.meta.url);

describe('a log as an earlier release wrote it', () => {
  test.each(Array.from({ length: LOG_RECORD_VERSION }, (_, index) => index + 1))('version %i is read to the same state, byte for byte', (version) => {
    const folder = new URL(`v${version}/log/north/oneroster/`, samples);
    const records = readdirSync(folder).sort().map((name) => {
      const bytes = readFileSync(new URL(name, folder));
      const { record, problem } = readRecord(bytes);
      expect(problem).toBeNull();
      if (record === null) throw new Error(name);
      return { record, sha256: sha256(bytes) };
    });
    expect(new Set(records.map(({ record }) => record.kind)).size).toBe(7);
    const state = foldRecords(emptyLog({ district: 'north', source: 'oneroster' }), records);
    const expected: unknown = JSON.parse(readFileSync(new URL(`v${version}/state.json`, samples), 'utf8'));
    expect({ current: state.current?.snapshot, states: Object.fromEntries([...state.snapshots.values()].map((entry) => [entry.snapshot, entry.state])) }).toEqual(expected);
  });

  test('version 1 of the manifest is read without loss', () => {
    const sample: unknown = JSON.parse(readFileSync(new URL('v1/manifest.json', samples), 'utf8'));
    expect(Manifest.parse(sample)).toEqual(sample);
  });
});
