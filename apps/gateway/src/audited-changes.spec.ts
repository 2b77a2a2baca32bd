import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AuditAnswer, Problem, Session } from '@lastgood/contracts';
import { ADMIN_TOKEN, startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

describe('a change of keys and its entry', () => {
  let gateway: GatewayFixture;
  let database: DatabaseSync;
  beforeAll(async () => {
    gateway = await startGateway((behind) => {
      behind.get('/internal/*', (_request, reply) => reply.status(404).send({}));
    });
    database = new DatabaseSync(join(gateway.folder, 'data', 'lastgood.sqlite'), { timeout: 5000 });
  });
  afterAll(async () => {
    database.close();
    await gateway.close();
  });

  const make = (name: string): Promise<Response> => gateway.call('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name, role: 'viewer' }) });
  const keys = (): string[] => database.prepare('select name from api_keys where revoked_at is null order by name').all().map(({ name }) => String(name));
  const entries = (action: string): unknown[] => database.prepare(`select entry from audit_entries where action = ? and json_extract(entry, '$.status') is null`).all(action);

  test('are there together as soon as it is answered', async () => {
    const made = await make('first');
    expect(made.status).toBe(201);
    expect([keys(), entries('admin_create').length]).toEqual([['first'], 1]);
    const { id } = await made.json() as { id: string };
    expect((await gateway.call(`/api/v1/admin/keys/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect([keys(), entries('admin_revoke').length]).toEqual([[], 1]);
  });

  test('are neither there when the entry is refused, and a key that should have gone still works', async () => {
    const { id, key } = await (await make('second')).json() as { id: string; key: string };
    database.exec(`create trigger refused before insert on audit_entries begin select raise(abort, 'refused'); end`);
    try {
      expect((await make('third')).status).toBe(500);
      expect((await gateway.call(`/api/v1/admin/keys/${id}`, { method: 'DELETE' })).status).toBe(500);
      expect(keys()).toEqual(['second']);
      expect((await gateway.call('/api/v1/districts', { key })).status).toBe(200);
    } finally {
      database.exec('drop trigger refused');
    }
    expect((await make('third')).status).toBe(201);
    expect(keys()).toEqual(['second', 'third']);
  });
});

describe('a sign-in, a sign-out and their entries', () => {
  let gateway: GatewayFixture;
  let database: DatabaseSync;
  beforeEach(async () => {
    gateway = await startGateway(() => undefined, { environment: { LASTGOOD_SIGN_IN_LINK: 'true' } });
    database = new DatabaseSync(join(gateway.folder, 'data', 'lastgood.sqlite'), { timeout: 5000 });
  });
  afterEach(async () => {
    database.close();
    await gateway.close();
  });

  const signIn = (body: object): Promise<Response> => gateway.call('/api/v1/session', { method: 'POST', key: null, body: JSON.stringify(body) });
  const signOut = (cookie: string, csrf: string): Promise<Response> => gateway.call('/api/v1/session', { method: 'DELETE', key: null, headers: { cookie, 'x-csrf-token': csrf } });
  const isSignedIn = async (cookie: string): Promise<boolean> => (await gateway.call('/api/v1/session', { key: null, headers: { cookie } })).status === 200;
  const signedIn = async (answer: Response): Promise<{ cookie: string; csrf: string }> => ({ cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '', csrf: Session.parse(await answer.json()).csrf });
  const sessions = (): number => database.prepare('select sha256 from sessions').all().length;
  /** Those that are made before, and are in the database as soon as the change is. */
  const entries = (action: string): number => database.prepare(`select entry from audit_entries where action = ? and json_extract(entry, '$.status') is null`).all(action).length;
  const link = (): string => /\/sign-in#(\S+)/.exec(gateway.terminal.lines.join('\n'))?.[1] ?? '';
  const refusing = async (table: string, work: () => Promise<void>): Promise<void> => {
    database.exec(`create trigger refused before insert on ${table} begin select raise(abort, 'refused'); end`);
    try {
      await work();
    } finally {
      database.exec('drop trigger refused');
    }
  };

  test('are there together as soon as it is answered, by key and by link', async () => {
    const byKey = await signedIn(await signIn({ key: ADMIN_TOKEN }));
    expect([sessions(), entries('session_signIn')]).toEqual([1, 1]);
    expect((await signIn({ link: link() })).status).toBe(200);
    expect([sessions(), entries('session_signIn')]).toEqual([2, 2]);
    expect((await signOut(byKey.cookie, byKey.csrf)).status).toBe(204);
    expect([sessions(), entries('session_signOut'), await isSignedIn(byKey.cookie)]).toEqual([1, 1, false]);
  });

  test('are neither there when the entry is refused: nobody is signed in or out, and the link is not used up', async () => {
    const before = await signedIn(await signIn({ key: ADMIN_TOKEN }));
    await refusing('audit_entries', async () => {
      for (const body of [{ key: ADMIN_TOKEN }, { link: link() }]) {
        const refused = await signIn(body);
        expect([refused.status, refused.headers.get('set-cookie'), sessions()]).toEqual([500, null, 1]);
      }
      expect((await signOut(before.cookie, before.csrf)).status).toBe(500);
      expect(await isSignedIn(before.cookie)).toBe(true);
    });
    expect((await signIn({ link: link() })).status).toBe(200);
    expect((await signOut(before.cookie, before.csrf)).status).toBe(204);
  });

  test('are neither there when this disk takes no entry', async () => {
    const folder = join(gateway.folder, 'data', 'kept', 'gateway');
    renameSync(folder, `${folder}-away`);
    const refused = await signIn({ key: ADMIN_TOKEN });
    expect([refused.status, Problem.parse(await refused.json()).code, refused.headers.get('set-cookie'), sessions()]).toEqual([503, 'audit_unavailable', null, 0]);
    mkdirSync(folder);
    expect((await signIn({ key: ADMIN_TOKEN })).status).toBe(200);
  });

  test('tell of a session that could not be kept as one that was tried and failed', async () => {
    await refusing('sessions', async () => {
      const refused = await signIn({ link: link() });
      expect([refused.status, refused.headers.get('set-cookie'), sessions()]).toEqual([500, null, 0]);
    });
    const { items } = AuditAnswer.parse(await (await gateway.call('/api/v1/audit?action=session_signIn')).json());
    expect(items.map(({ actor, query, status, outcome }) => [actor?.keyId, query, status, outcome]).reverse()).toEqual([['sign-in-link', 'by link', null, 'allowed'], ['sign-in-link', 'by link', 500, 'allowed']]);
    expect((await signIn({ link: link() })).status).toBe(200);
  });
});
