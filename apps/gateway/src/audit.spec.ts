import { hash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { AuditAnswer, AuditRecord, auditText, NO_ENTRY_BEFORE, Problem, type AuditEntry } from '@lastgood/contracts';
import type { FastifyInstance } from 'fastify';
import { startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

const RUN = '01jd4w8k2m3n5p7q9rstvwxyz0';
const DATA = '{"people":["Ada Lovelace"]}';

const open: GatewayFixture[] = [];
const behind = (fastify: FastifyInstance): void => {
  fastify.get('/internal/districts/:district/students', (_request, reply) => reply.header('lastgood-snapshot', `sis=7-${RUN}`).header('lastgood-count', '3').header('content-type', 'application/json').send(DATA));
  fastify.get('/internal/districts/:district/snapshots/:snapshot/files/:name', (_request, reply) => reply.header('lastgood-snapshot', `sis=7-${RUN}`).header('lastgood-count', '49913').send('sourcedId\r\n'));
  fastify.get('/internal/*', (_request, reply) => reply.status(404).send({}));
};
const start = async (options: Parameters<typeof startGateway>[1] = {}): Promise<GatewayFixture> => {
  const gateway = await startGateway(behind, options);
  open.push(gateway);
  return gateway;
};
const stop = async (gateway: GatewayFixture): Promise<void> => {
  open.splice(open.indexOf(gateway), 1);
  await gateway.close();
};
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close();
});

async function newKey(gateway: GatewayFixture, body: object): Promise<{ id: string; key: string }> {
  return await (await gateway.call('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify(body) })).json() as { id: string; key: string };
}

/** Newest first, once at least `least` entries are there; those about the audit trail itself left out. */
async function entries(gateway: GatewayFixture, least: number, query = ''): Promise<AuditEntry[]> {
  for (;;) {
    const answer = await gateway.call(`/api/v1/audit?limit=200${query}`);
    expect(answer.status).toBe(200);
    const items = AuditAnswer.parse(await answer.json()).items.filter(({ action }) => !action.startsWith('audit_'));
    if (items.length >= least) return items;
    await setTimeout(20);
  }
}

async function exported(gateway: GatewayFixture): Promise<AuditRecord[]> {
  const text = await (await gateway.call('/api/v1/audit/export')).text();
  return text.trim().split('\n').map((line) => AuditRecord.parse(JSON.parse(line)));
}

function expectWholeChains(records: readonly AuditRecord[]): Map<string, number> {
  const heads = new Map<string, { number: number; sha256: string }>();
  for (const record of records) {
    const before = heads.get(record.chain) ?? { number: 0, sha256: NO_ENTRY_BEFORE };
    expect([record.number, record.previous, record.sha256]).toEqual([before.number + 1, before.sha256, hash('sha256', auditText(record), 'hex')]);
    heads.set(record.chain, record);
  }
  return new Map([...heads].map(([chain, { number }]) => [chain, number]));
}

describe('the audit trail', () => {
  test('tells of a read of people who asked, by which kind of question, how many came, from which snapshot, and what for', async () => {
    const gateway = await start();
    const { id, key } = await newKey(gateway, { name: 'front desk', role: 'operator', districts: ['lakeside'] });
    const answer = await gateway.call('/api/v1/districts/lakeside/students?q=ada+lovelace&grade=09&limit=3', { key, headers: { 'lastgood-purpose': 'Enrolment call 4711' } });
    expect([answer.status, await answer.text()]).toEqual([200, DATA]);
    await (await gateway.call(`/api/v1/districts/lakeside/snapshots/7-${RUN}/files/students.csv?source=sis`, { key })).text();
    const [file, read] = await entries(gateway, 4);
    expect(read).toMatchObject({
      actor: { keyId: id, name: 'front desk', role: 'operator' }, action: 'people_students', district: 'lakeside', source: 'sis', snapshot: `7-${RUN}`, run: null,
      query: '2 words, grade', count: 3, purpose: 'Enrolment call 4711', outcome: 'allowed', status: 200,
    });
    expect(file).toMatchObject({ action: 'snapshots_file', query: 'file students.csv', count: 49_913, source: 'sis', snapshot: `7-${RUN}` });
    expect(JSON.stringify(await entries(gateway, 4))).not.toMatch(/lovelace/i);
  });

  test('has a change before it is tried and again with how it ended, and every refused attempt', async () => {
    const gateway = await start();
    const { id } = await newKey(gateway, { name: 'desk', role: 'viewer' });
    await gateway.call(`/api/v1/admin/keys/${id}`, { method: 'DELETE' });
    await gateway.call('/api/v1/snapshots/lakeside/refresh', { method: 'POST', key: null });
    await gateway.call('/api/v1/snapshots/lakeside/refresh', { method: 'POST', key: 'lg_wrong' });
    await gateway.call('/api/v1/session', { method: 'POST', key: null, body: JSON.stringify({ key: 'lg_wrong' }) });
    const told = (await entries(gateway, 7)).reverse().map(({ action, outcome, status, query, actor }) => [action, outcome, status, query, actor?.keyId ?? null]);
    expect(told).toEqual([
      ['admin_create', 'allowed', null, null, 'preset-1'], ['admin_create', 'allowed', 201, `key ${id}, viewer`, 'preset-1'],
      ['admin_revoke', 'allowed', null, null, 'preset-1'], ['admin_revoke', 'allowed', 204, `key ${id}`, 'preset-1'],
      ['districts_refresh', 'denied', 401, null, null], ['districts_refresh', 'denied', 403, null, null], ['session_signIn', 'denied', 403, null, null],
    ]);
  });

  test('keeps no id that is none, and such a request holds nothing up', async () => {
    const gateway = await start();
    const odd = encodeURIComponent('Ada Lovelace\u0000\ud7ff');
    await gateway.call(`/api/v1/snapshots/${odd}/refresh`, { method: 'POST', key: null });
    await gateway.call(`/api/v1/districts/lakeside/students/${odd}?source=${odd}&q=${odd}&${odd}=1`);
    await gateway.call(`/api/v1/districts/lakeside/snapshots/7-${RUN}/files/${odd}`);
    await newKey(gateway, { name: 'a\u0000b\ud800', role: 'viewer' }).then(({ key }) => gateway.call('/api/v1/admin/keys', { key }));
    await gateway.call('/api/v1/districts/lakeside/students?q=x', { headers: { 'lastgood-purpose': 'x'.repeat(201) } });
    const told = await entries(gateway, 7);
    expect(told.map(({ action, district, status }) => [action, district, status]).reverse()).toEqual([
      ['districts_refresh', null, 401], ['people_student', 'lakeside', 400], ['snapshots_file', 'lakeside', 400], ['admin_create', null, null], ['admin_create', null, 201],
      ['admin_list', null, 403], ['people_students', 'lakeside', 400],
    ]);
    expect(JSON.stringify(told)).not.toMatch(/lovelace/i);
  });

  test('refuses a read of people, without a byte of them, while it cannot be written', async () => {
    const gateway = await start();
    const folder = join(gateway.folder, 'data', 'kept', 'gateway');
    renameSync(folder, `${folder}-away`);
    const refused = await gateway.call('/api/v1/districts/lakeside/students?q=ada');
    const text = await refused.text();
    expect([refused.status, Problem.parse(JSON.parse(text)).code, text.includes('Ada'), refused.headers.get('lastgood-snapshot')]).toEqual([503, 'audit_unavailable', false, null]);
    expect((await gateway.call('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name: 'x', role: 'viewer' }) })).status).toBe(503);
    expect((await gateway.call('/api/v1/districts')).status).toBe(200);
    mkdirSync(folder);
    expect(await (await gateway.call('/api/v1/districts/lakeside/students?q=ada')).text()).toBe(DATA);
    expect((await (await gateway.call('/api/v1/admin/keys')).json() as { items: unknown[] }).items).toEqual([]);
  });

  test('chains what it enters, anew at every start, and gives all of it out whole and in order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lastgood-audit-'));
    try {
      const first = await start({ folder });
      await Promise.all(Array.from({ length: 250 }, () => first.call('/api/v1/districts/lakeside/students?q=ada').then((answer) => answer.text())));
      await entries(first, 200, '&action=people_students');
      await stop(first);
      const second = await start({ folder });
      await second.call('/api/v1/districts/lakeside/students?q=ada');
      await entries(second, 1, '&from=2026-01-01&to=2999-01-01&action=people_students&actor=preset-1&district=lakeside');
      let records = await exported(second);
      while (!records.some(({ chain }) => chain !== records[0]?.chain)) records = await exported(second);
      const chains = expectWholeChains(records);
      expect(chains.size).toBe(2);
      expect([...chains.values()][0]).toBeGreaterThanOrEqual(250);
      expect(records.filter(({ action }) => action === 'people_students')).toHaveLength(251);
      // The segment of the first start was shipped and is gone.
      expect(readdirSync(join(folder, 'data', 'kept', 'gateway'))).toHaveLength(1);
    } finally {
      for (const gateway of open.splice(0)) await gateway.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('has what a process that died had not shipped, once another starts; a damaged line is set aside', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lastgood-audit-'));
    const kept = join(folder, 'data', 'kept', 'gateway');
    mkdirSync(kept, { recursive: true, mode: 0o700 });
    const chain = '0f8fad5b-d9cb-469f-a165-708677289501';
    const lines: AuditRecord[] = [];
    for (let number = 1; number <= 3; number += 1) {
      const unsealed = {
        id: `${chain}:${number}`, at: '2026-11-01T12:00:00.000Z', actor: null, action: 'people_parents', district: 'lakeside', source: null, snapshot: null, run: null, query: null, count: 1, purpose: null,
        outcome: 'allowed' as const, status: 200, chain, number, previous: lines.at(-1)?.sha256 ?? NO_ENTRY_BEFORE,
      };
      lines.push({ ...unsealed, sha256: hash('sha256', auditText(unsealed), 'hex') });
    }
    const [one, two, three] = lines.map((line) => JSON.stringify(line));
    writeFileSync(join(kept, '000000000007.jsonl'), `${one}\nnonsense\n${two}\n${three}\n{"half":`);
    try {
      const gateway = await start({ folder });
      expect((await entries(gateway, 3, '&action=people_parents')).map(({ number }) => number)).toEqual([3, 2, 1]);
      while (existsSync(join(kept, '000000000007.jsonl'))) await setTimeout(20);
      expect(readFileSync(join(kept, 'refused.jsonl'), 'utf8')).toBe('nonsense\n');
      expectWholeChains(await exported(gateway));
    } finally {
      for (const gateway of open.splice(0)) await gateway.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('is read page by page without a gap, and shows a key of some districts only their entries', async () => {
    const gateway = await start();
    for (let i = 0; i < 5; i += 1) await gateway.call(`/api/v1/districts/${i % 2 === 0 ? 'lakeside' : 'hillside'}/students?q=ada`);
    const { key } = await newKey(gateway, { name: 'auditor of lakeside', role: 'auditor', districts: ['lakeside'] });
    await entries(gateway, 7);
    const page = async (path: string): Promise<AuditAnswer> => AuditAnswer.parse(await (await gateway.call(path, { key })).json());
    const first = await page('/api/v1/audit?limit=2&action=people_students');
    const rest = await page(`/api/v1/audit?limit=2&action=people_students&cursor=${first.nextCursor}`);
    expect([first.items.length, rest.items.length, rest.nextCursor]).toEqual([2, 1, null]);
    expect(new Set([...first.items, ...rest.items].map(({ id, district }) => `${district} ${id}`)).size).toBe(3);
    expect([...first.items, ...rest.items].every(({ district }) => district === 'lakeside')).toBe(true);
    expect((await gateway.call('/api/v1/audit?district=hillside', { key })).status).toBe(404);
    expect((await gateway.call('/api/v1/audit?cursor=abc', { key })).status).toBe(400);
    expect(await (await gateway.call('/api/v1/audit/export', { key })).text()).not.toMatch(/hillside/);
  });

  test('counts a flood of requests of nobody known instead of keeping each', async () => {
    const gateway = await start();
    for (let sent = 0; sent < 700; sent += 50) await Promise.all(Array.from({ length: 50 }, () => gateway.call('/api/v1/districts', { key: null }).then((answer) => answer.text())));
    await gateway.call('/api/v1/admin/keys');
    await entries(gateway, 1, '&action=admin_list');
    const records = await exported(gateway);
    expect(records.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(1_200);
    expect(records.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(600);
    expectWholeChains(records);
  });
});
