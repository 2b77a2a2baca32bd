import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUDIT_REMOVED, auditText, NO_ENTRY_BEFORE, removalText, type AuditAnchor, type AuditRecord } from '@lastgood/contracts';
import { DirectoryObjectStore } from '@lastgood/object-store';
import { EXIT } from './exit-codes.js';
import { runCommand } from './program.js';
import { GatewayStandIn } from './testing/gateway-stand-in.js';

const CHAINS = ['0f8fad5b-d9cb-469f-a165-708677289501', '1f8fad5b-d9cb-469f-a165-708677289502'] as const;

/** After what these tests say was removed. */
const NOW_MS = Date.parse('2027-01-02T00:00:00.000Z');

function chainOf(chain: string, length: number, count = 3): AuditRecord[] {
  const records: AuditRecord[] = [];
  for (let number = 1; number <= length; number += 1) {
    const unsealed = {
      id: `${chain}:${number}`, at: `2026-11-27T12:00:0${number}.000Z`, actor: { keyId: 'preset-1', name: 'preset admin key 1', role: 'admin' as const }, action: 'people_students', district: 'lakeside', source: 'sis',
      snapshot: null, run: null, query: '1 word', count, purpose: null, outcome: 'allowed' as const, status: 200, chain, number, previous: records.at(-1)?.sha256 ?? NO_ENTRY_BEFORE,
    };
    records.push({ ...unsealed, sha256: createHash('sha256').update(auditText(unsealed)).digest('hex') });
  }
  return records;
}

/** Two chains, their entries in turn. */
const whole = (): AuditRecord[] => CHAINS.map((chain) => chainOf(chain, 4)).flat().sort((a, b) => a.number - b.number);
const resealed = (record: AuditRecord): AuditRecord => ({ ...record, sha256: createHash('sha256').update(auditText(record)).digest('hex') });

describe('lastgood audit', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lastgood-audit-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function lastgood(args: string[], environment: Record<string, string> = {}): Promise<{ code: number; out: string }> {
    let out = '';
    const code = await runCommand(['node', 'lastgood', ...args], { environment, now: () => NOW_MS, stdout: { write: (text) => (out += text) }, stderr: { write: () => undefined } });
    return { code, out };
  }

  async function verify(records: readonly (AuditRecord | string)[], ...options: string[]): Promise<{ code: number; out: string }> {
    const file = join(folder, 'audit.jsonl');
    writeFileSync(file, records.map((record) => `${typeof record === 'string' ? record : JSON.stringify(record)}\n`).join(''));
    return lastgood(['audit', 'verify', file, ...options]);
  }

  /** A bucket with an anchor of these entries. */
  async function anchored(records: readonly AuditRecord[], at = '2026-11-27T13:00:00.000Z'): Promise<string> {
    const root = join(folder, 'bucket');
    mkdirSync(root, { mode: 0o700 });
    const store = await DirectoryObjectStore.open({ root });
    const heads = CHAINS.flatMap((chain) => records.filter((record) => record.chain === chain).slice(-1)).map(({ chain, number, sha256 }) => ({ chain, number, sha256 }));
    const anchor: AuditAnchor = { version: 1, date: at.slice(0, 10), at, heads };
    await store.create(`audit/anchors/${at.slice(0, 10)}.json`, Buffer.from(JSON.stringify(anchor)));
    await store.close();
    return root;
  }

  test('verify says that whole chains are whole', async () => {
    expect(await verify(whole())).toEqual({ code: EXIT.ok, out: '8 entries in 2 chains are whole.\n' });
    expect(await lastgood(['audit', 'verify', join(folder, 'nowhere.jsonl')])).toEqual({ code: EXIT.usage, out: '' });
  });

  test('verify takes the committed sample of an entry: the text that is hashed has not changed', async () => {
    const sample = readFileSync(new URL('../../../libs/contracts/samples/stored/audit-record.v1.json', import.meta.url), 'utf8');
    expect(await verify([JSON.stringify(JSON.parse(sample))])).toEqual({ code: EXIT.ok, out: '1 entries in 1 chains are whole.\n' });
  });

  test.each(Object.keys(chainOf(CHAINS[0], 1)[0] ?? {}))('verify names the entry whose %s was changed', async (field) => {
    const records = whole() as unknown as Record<string, unknown>[];
    const entry = records[4] as Record<string, unknown>;
    const others: Record<string, unknown> = { at: '2026-11-27T12:00:03.001Z', outcome: 'denied', role: 'viewer', chain: '2f8fad5b-d9cb-469f-a165-708677289503', run: '01jd4w8k2m3n5p7q9rstvwxyz0', previous: 'f'.repeat(64), sha256: 'f'.repeat(64), id: `${CHAINS[0]}:9`, actor: null, source: null, district: null };
    entry[field] = field in others ? others[field] : typeof entry[field] === 'number' ? entry[field] + 1 : 'other';
    const { code, out } = await verify(records as unknown as AuditRecord[]);
    expect([code, out]).toEqual([EXIT.damaged, expect.stringMatching(/^BAD line 5, entry \d of chain/)]);
  });

  test('verify names the first entry after one that was deleted, moved or doubled', async () => {
    for (let index = 0; index < 8; index += 1) {
      const records = whole();
      const [gone] = records.splice(index, 1);
      const { code, out } = await verify(records);
      // The last entry of a chain leaves no gap: only an anchor tells.
      if (gone?.number === 4) expect(code).toBe(EXIT.ok);
      else expect([code, out]).toEqual([EXIT.damaged, expect.stringContaining(`entry ${(gone?.number ?? 0) + 1} of chain ${gone?.chain}: follows entry ${(gone?.number ?? 0) - 1}`)]);
    }
    const [moved, doubled] = [whole(), whole()];
    [moved[2], moved[4]] = [moved[4] as AuditRecord, moved[2] as AuditRecord];
    doubled.splice(3, 0, doubled[2] as AuditRecord);
    expect(await verify(moved)).toMatchObject({ code: EXIT.damaged, out: expect.stringMatching(/^BAD line 3, entry 3 of .*missing/) as string });
    expect(await verify(doubled)).toMatchObject({ code: EXIT.damaged, out: expect.stringMatching(/^BAD line 4, entry 2 of .*moved or doubled/) as string });
    expect(await verify([...whole().slice(0, 3), '{"half":'])).toMatchObject({ code: EXIT.damaged, out: 'BAD line 4: is no entry\n' });
  });

  test('verify finds one entry that was replaced and sealed anew by the entry after it', async () => {
    const records = whole();
    records[2] = resealed({ ...(records[2] as AuditRecord), count: 0 });
    expect(await verify(records)).toMatchObject({ code: EXIT.damaged, out: expect.stringMatching(/^BAD line 5, entry 3 of .*replaced/) as string });
  });

  test('with an anchor, verify finds a chain that was cut off, left out or written anew', async () => {
    const root = await anchored(whole());
    expect(await verify(whole(), '--store', root)).toEqual({ code: EXIT.ok, out: '8 entries in 2 chains are whole, and as 1 anchors say.\n' });
    expect(await verify(whole().slice(0, -1), '--store', root)).toMatchObject({ code: EXIT.damaged, out: expect.stringContaining(`entry 4 of chain ${CHAINS[1]}: is missing: the anchor of 2026-11-27`) as string });
    expect(await verify(whole().filter(({ chain }) => chain === CHAINS[0]), '--store', root)).toMatchObject({ code: EXIT.damaged, out: expect.stringContaining(`entry 1 of chain ${CHAINS[1]}: is missing`) as string });
    expect(await verify([...chainOf(CHAINS[0], 4), ...chainOf(CHAINS[1], 4, 99)], '--store', root)).toMatchObject({ code: EXIT.damaged, out: expect.stringMatching(/^BAD line 8, .*written anew/) as string });
  });

  describe('of what was removed for its age', () => {
    const [first, second] = CHAINS;
    const [old] = [chainOf(first, 4)];
    /** An entry of the second chain, which tells that the first one lost so many. */
    const telling = (number: number, change: { sha256?: string; at?: string; actor?: AuditRecord['actor']; keptDays?: number } = {}): AuditRecord => {
      const [of] = chainOf(second, 1);
      const { sha256 = old[number - 1]?.sha256 ?? '', at = '2027-01-01T00:00:00.000Z', actor = null, keptDays = 30 } = change;
      return resealed({ ...(of as AuditRecord), at, actor, action: AUDIT_REMOVED, query: removalText({ chain: first, number, sha256, keptDays }) });
    };

    test('verify misses nothing that an entry tells of, be it gone whole or in part', async () => {
      for (const left of [old.slice(2), old.slice(1), old]) expect(await verify([...left, telling(2)])).toEqual({ code: EXIT.ok, out: `${left.length + 1} entries in 2 chains are whole, but for what was removed of 1 chains for its age, after 30 days or more.\n` });
      expect(await verify([telling(4)])).toMatchObject({ code: EXIT.ok });
    });

    test('verify names the first entry that is left when nothing tells of those before it, or of fewer, or of others', async () => {
      const bad = (number: number, what: string): object => ({ code: EXIT.damaged, out: expect.stringMatching(new RegExp(`^BAD line 1, entry ${number} of chain ${first}: ${what}`)) as string });
      expect(await verify(old.slice(2))).toMatchObject(bad(3, 'follows entry 0: .* no entry tells'));
      expect(await verify([...old.slice(3), telling(2)])).toMatchObject(bad(4, 'follows entry 0: .* no entry tells'));
      expect(await verify([...old.slice(2), telling(2, { sha256: 'f'.repeat(64) })])).toMatchObject(bad(3, 'does not follow the last'));
      // Whoever asks for something cannot make such an entry.
      expect(await verify([...old.slice(2), telling(2, { actor: { keyId: 'k-1', name: 'k', role: 'admin' } })])).toMatchObject(bad(3, 'follows entry 0'));
      // One in the middle is still missed, and so is one of a chain that is bad after it.
      expect(await verify([old[2], telling(2)].map((record) => record as AuditRecord).concat(chainOf(second, 3).slice(2)))).toMatchObject({ code: EXIT.damaged, out: expect.stringContaining(`line 3, entry 3 of chain ${second}: follows entry 1`) as string });
    });

    test('with anchors, verify takes a removal only up to where one says that was old enough by then', async () => {
      const root = await anchored(old.slice(0, 2), '2026-11-28T01:00:00.000Z');
      const store = ['--store', root];
      expect(await verify([...old.slice(2), telling(2)], ...store)).toMatchObject({ code: EXIT.ok, out: expect.stringContaining('as 1 anchors say, but for what was removed of 1 chains') as string });
      expect(await verify([telling(2)], ...store)).toMatchObject({ code: EXIT.ok });
      const bad = (line: number, number: number): object => ({ code: EXIT.damaged, out: expect.stringMatching(new RegExp(`^BAD line ${line}, entry 1 of chain ${second}: tells that entries 1 to ${number} .* no anchor`)) as string });
      expect(await verify([...old.slice(3), telling(3)], ...store)).toMatchObject(bad(2, 3));
      expect(await verify([...old.slice(2), telling(2, { at: '2026-12-27T23:00:00.000Z' })], ...store)).toMatchObject(bad(3, 2));
      expect(await verify(chainOf(second, 1), ...store)).toMatchObject({ code: EXIT.damaged, out: expect.stringContaining(`entry 1 of chain ${first}: is missing`) as string });
    });

    test('verify takes no removal that says it was made later than now, whatever anchors say: all entries up to the newest anchor could be gone', async () => {
      const store = ['--store', await anchored(old, '2027-01-01T01:00:00.000Z')];
      const bad = { code: EXIT.damaged, out: expect.stringMatching(new RegExp(`^BAD line 1, entry 1 of chain ${second}: .* at 2027-01-31T01:00:00.000Z, which is yet to come`)) as string };
      const forged = telling(4, { at: '2027-01-31T01:00:00.000Z' });
      expect(await verify([forged], ...store)).toMatchObject(bad);
      expect(await verify([forged])).toMatchObject(bad);
      expect(await verify([telling(4, { at: new Date(NOW_MS + 240_000).toISOString() })])).toMatchObject({ code: EXIT.ok });
    });

    test('verify takes no removal after fewer days than --keep-days says', async () => {
      const left = [...old.slice(2), telling(2, { keptDays: 35 })];
      expect(await verify(left)).toMatchObject({ code: EXIT.ok, out: expect.stringContaining('after 35 days or more') as string });
      expect(await verify(left, '--keep-days', '35')).toMatchObject({ code: EXIT.ok });
      expect(await verify(left, '--keep-days', '36')).toMatchObject({ code: EXIT.damaged, out: expect.stringMatching(/^BAD line 3, entry 1 .* after 35 days instead of 36/) as string });
      for (const days of ['29', '3650000', 'x']) expect(await verify(left, '--keep-days', days)).toEqual({ code: EXIT.usage, out: '' });
    });
  });

  test('export writes the lines as they come, and verify takes them from the gateway, too', async () => {
    const text = whole().map((record) => `${JSON.stringify(record)}\n`).join('');
    const gateway = new GatewayStandIn();
    try {
      const send = (_request: unknown, response: { writeHead(status: number): { end(text: string): void } }): void => response.writeHead(200).end(text);
      const environment = { LASTGOOD_URL: await gateway.start(send, send), LASTGOOD_KEY: 'lg_test' };
      expect(await lastgood(['audit', 'export', '--district', 'lakeside', '--from', '2026-11-01'], environment)).toEqual({ code: EXIT.ok, out: text });
      expect(await lastgood(['audit', 'verify'], environment)).toEqual({ code: EXIT.ok, out: '8 entries in 2 chains are whole.\n' });
      expect(gateway.seen.map(({ url }) => url)).toEqual(['/api/v1/audit/export?district=lakeside&from=2026-11-01', '/api/v1/audit/export']);
    } finally {
      await gateway.close();
    }
  });
});
