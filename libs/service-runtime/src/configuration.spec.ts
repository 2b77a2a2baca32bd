import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationError, configReference, resolveSecrets, type Environment, type ServiceDefinition } from './index.js';
import { readSettings, type Settings } from './settings.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastgood-config-'));
});
afterEach(() => rm(folder, { recursive: true }));

class Nothing {}
const Config = z.object({ ADMIN_TOKEN: z.string().min(32).optional().meta({ secret: true, description: 'A key.' }), SOMETHING: z.coerce.number().int().min(1).describe('Something.') });
const gateway: ServiceDefinition<z.infer<typeof Config>> = { name: 'gateway', config: Config, module: () => Nothing };

const read = (environment: Environment, embedded = true, service: ServiceDefinition = gateway): Settings => readSettings([service], { SOMETHING: '3', ...environment }, embedded);

function problemsOf(environment: Environment, embedded = true, service: ServiceDefinition = gateway): ConfigurationError {
  try {
    read(environment, embedded, service);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('there was no problem');
}

async function yaml(text: string): Promise<string> {
  const path = join(folder, 'lastgood.yaml');
  await writeFile(path, text);
  return path;
}

describe('configuration', () => {
  test('has a default for everything, and counts an empty variable as absent', () => {
    const { runtime, districts, services } = read({ PORT: '', LASTGOOD_CONFIG: '' });
    expect(runtime).toMatchObject({ PORT: 8080, LASTGOOD_HOST: '127.0.0.1', LASTGOOD_DATA_DIR: './data', LASTGOOD_LOG_LEVEL: 'info' });
    expect(districts.all).toEqual([]);
    expect(services[0]?.config).toEqual({ SOMETHING: 3 });
  });

  test('that is wrong in many places is refused with all of them at once, without any value', () => {
    const secret = 'hunter2-short-secret';
    const { message, problems } = problemsOf({ PORT: '99999', SOMETHING: undefined, ADMIN_TOKEN: secret, LASTGOOD_S3_SECRET_KEY: secret, LASTGOOD_LOG_LEVEL: secret, LASTGOOD_CONFIG: join(folder, 'absent.yaml') });
    expect(problems.map(({ key }) => key)).toEqual(['PORT', 'LASTGOOD_LOG_LEVEL', 'SOMETHING', 'ADMIN_TOKEN', 'LASTGOOD_CONFIG'].sort((a, b) => order(problems, a) - order(problems, b)));
    expect(message).toContain('SOMETHING: is not set; set it');
    expect(message).not.toContain(secret);
  });

  test('that is misspelt is refused with what is meant, perhaps; what belongs to somebody else is left alone', () => {
    const { problems } = problemsOf({ LASTGOOD_LOG_LEVLE: 'planted', LASTGOOD_S3_REGOIN_FILE: '/x', LASTGOOD_URL: 'https://x', LASTGOOD_FETCH_MAX_PULLS: '3', LASTGOOD_PORT: '8080', LASTGOD_CONFIG: 'x', LASTGOOD_CONFG: '' });
    expect(problems.map(({ key, message }) => `${key} ${message}`)).toEqual(['LASTGOOD_LOG_LEVLE is not known; LASTGOOD_LOG_LEVEL is meant, perhaps', 'LASTGOOD_S3_REGOIN_FILE is not known; LASTGOOD_S3_REGION_FILE is meant, perhaps']);
  });

  test('may come from files, but not from both', async () => {
    const path = join(folder, 'token');
    await writeFile(path, `${'t'.repeat(40)}\n`);
    expect(read({ ADMIN_TOKEN_FILE: path }).services[0]?.config).toMatchObject({ ADMIN_TOKEN: 't'.repeat(40) });
    expect(problemsOf({ ADMIN_TOKEN_FILE: path, ADMIN_TOKEN: 'x'.repeat(40) }).message).toContain('set only one of them');
    expect(problemsOf({ ADMIN_TOKEN_FILE: join(folder, 'absent') }).problems).toEqual([{ key: 'ADMIN_TOKEN', message: 'ADMIN_TOKEN_FILE names a file that cannot be read (ENOENT)' }]);
    await chmod(path, 0o600);
  });

  test('of a broker of another kind is refused, and its URL is not shown', () => {
    for (const url of ['http://user:secret@host', 'secret', 'amqp://user:secret%zz@host']) {
      const { problems, message } = problemsOf({ LASTGOOD_BROKER_URL: url });
      expect(problems.map(({ key }) => key)).toEqual(['LASTGOOD_BROKER_URL']);
      expect(message).not.toContain('secret');
    }
    expect(read({ LASTGOOD_BROKER_URL: 'amqps://user:p%40ss@host:5671/school' }).runtime.LASTGOOD_BROKER_URL).toBe('amqps://user:p%40ss@host:5671/school');
  });

  test('of a service in a process of its own names everything that it needs', () => {
    const keysOf = (name: ServiceDefinition['name'], environment: Environment = {}): string[] => problemsOf(environment, false, { ...gateway, name }).problems.map(({ key }) => key);
    const [all, database] = [['LASTGOOD_BROKER_URL', 'LASTGOOD_INTERNAL_TOKEN'], 'LASTGOOD_DATABASE_URL'];
    const bucket = ['LASTGOOD_S3_ENDPOINT', 'LASTGOOD_S3_BUCKET', 'LASTGOOD_S3_ACCESS_KEY', 'LASTGOOD_S3_SECRET_KEY'];
    expect(keysOf('gateway')).toEqual([...all, database, 'LASTGOOD_WRITER_URL', 'LASTGOOD_SEARCH_URL']);
    expect(keysOf('search')).toEqual([...bucket, ...all]);
    for (const name of ['fetcher', 'writer'] as const) expect(keysOf(name)).toEqual([...bucket, ...all, database]);
    expect(keysOf('search', { LASTGOOD_S3_BUCKET: 'roster', LASTGOOD_S3_ACCESS_KEY: 'a', LASTGOOD_S3_SECRET_KEY: 's', LASTGOOD_BROKER_URL: 'amqp://b:5672', LASTGOOD_INTERNAL_TOKEN: 'i'.repeat(40) })).toEqual(['LASTGOOD_S3_ENDPOINT']);
  });

  test('of services elsewhere is one address or several, and a wrong one is refused without being shown', () => {
    expect(read({ LASTGOOD_SEARCH_URL: 'http://a:1, https://[::1]:2/' }).runtime.LASTGOOD_SEARCH_URL).toBe('http://a:1, https://[::1]:2/');
    for (const addresses of ['http://a:1,', 'ftp://secret:1', 'http://user:secret@a:1', 'http://a:1/secret', 'http://a:1?secret', Array.from({ length: 33 }, () => 'http://secret:1').join(',')]) {
      const { problems, message } = problemsOf({ LASTGOOD_SEARCH_URL: addresses, LASTGOOD_WRITER_URL: addresses });
      expect(problems.map(({ key }) => key)).toEqual(['LASTGOOD_WRITER_URL', 'LASTGOOD_SEARCH_URL']);
      expect(message).not.toContain('secret');
    }
  });

  test('of a database of another kind is refused, and its URL is not shown', () => {
    for (const url of ['mysql://user:secret@host/database', 'secret', 'postgres://user:secret@ho st/database']) {
      const { problems, message } = problemsOf({ LASTGOOD_DATABASE_URL: url });
      expect(problems.map(({ key }) => key)).toEqual(['LASTGOOD_DATABASE_URL']);
      expect(message).not.toContain('secret');
    }
    expect(read({ LASTGOOD_DATABASE_URL: 'postgresql://user:p%40ss@host:5433/database?sslmode=verify-full' }).runtime.LASTGOOD_DATABASE_CONNECTIONS).toBe(10);
  });

  test('of a bucket is complete or refused', () => {
    expect(problemsOf({ LASTGOOD_S3_ENDPOINT: 'http://127.0.0.1:9000' }).problems.map(({ key }) => key)).toEqual(['LASTGOOD_S3_BUCKET', 'LASTGOOD_S3_ACCESS_KEY', 'LASTGOOD_S3_SECRET_KEY']);
    expect(problemsOf({ LASTGOOD_S3_BUCKET: 'roster' }).problems.map(({ key }) => key)).toEqual(['LASTGOOD_S3_ENDPOINT']);
  });

  test('that gives two services one port is refused', () => {
    expect(problemsOf({ PORT: '8081', LASTGOOD_WRITER_PORT: '8081' }).message).toContain('two services have the same port');
  });
});

const order = (problems: readonly { key: string }[], key: string): number => problems.findIndex((problem) => problem.key === key);

const GOOD = `version: 1
districts:
  - id: north
    name: North
    timeZone: America/Chicago
    sources:
      - id: sis
        kind: oneroster-1.1
        baseUrl: https://sis.example.org/ims/oneroster/v1p1
        auth: { kind: bearer, token: "\${NORTH_TOKEN}" }
`;

describe('lastgood.yaml', () => {
  test('gives the districts with every default, and keeps references unresolved', async () => {
    const { districts } = read({ LASTGOOD_CONFIG: await yaml(GOOD), NORTH_TOKEN: 'very-secret' });
    expect(districts.source('north', 'sis')).toMatchObject({ auth: { token: '${NORTH_TOKEN}' }, limits: { concurrency: 4 }, schedule: { cron: '0 3 * * *' } });
  });

  test('that breaks rules is refused with line, column and path of each, without the value', async () => {
    const path = await yaml(GOOD.replace('oneroster-1.1', 'planted-kind').replace('America/Chicago', 'Planted/Zone').replace('name: North', 'name: North\n    colour: planted'));
    const { problems, message } = problemsOf({ LASTGOOD_CONFIG: path });
    expect(problems.map(({ key }) => key.slice(path.length)).sort()).toEqual([':3:5', ':6:15', ':9:15']);
    expect(message).toContain('districts[0].sources[0].kind');
    expect(message).toContain('colour');
    expect(message).not.toMatch(/planted-kind|Planted\/Zone/);
  });

  test('that breaks rules in one place is looked through for everything else all the same', async () => {
    const north = GOOD.replace('oneroster-1.1', 'planted-kind');
    const south = GOOD.slice(GOOD.indexOf('  - id')).replace('id: north', 'id: south').replace('id: sis', 'id: sis\n        retentionDays: planted\n        colour: planted');
    const service: ServiceDefinition<z.infer<typeof Config>> = { ...gateway, check: (districts) => districts.flatMap(({ id, sources }) => sources.map((source) => ({ key: `${id}.${source.id}`, message: 'is looked at' }))) };
    const environment = { SOMETHING: '3', LASTGOOD_CONFIG: await yaml(`${north}${south}`) };
    const refused = (): unknown => readSettings([service], environment, true);
    expect(refused).toThrow(expect.objectContaining({ message: expect.stringMatching(/5 problems.*sources\[0\]\.kind.*retentionDays.*colour.*north\.sis: is looked at.*south\.sis: is looked at/s) }));
  });

  test('of which nothing can be taken as it stands is looked through all the same', async () => {
    const source = (id: string, more: string): string => `      - { ${id}, kind: planted-kind, baseUrl: planted, redact: ['\${GONE}'], schedule: { cron: planted }, ${more} }\n`;
    const text = `version: 1\ndistricts:\n  - id: PLANTED\n    sources:\n${[
      source('id: A', 'auth: { kind: planted, token: 7 }'), source('id: B', "auth: { kind: oauth2, tokenUrl: planted, clientId: '\${GONE}' }"), source('id: sis', 'auth: { kind: oauth1 }'), source('name: x', 'colour: 7'),
    ].join('')}`;
    const looked: unknown[] = [];
    const check: ServiceDefinition['check'] = (districts) => {
      for (const { sources } of districts) for (const { id, schedule, redact, auth } of sources) looked.push([id, schedule, redact, auth.kind]);
      return [];
    };
    const path = await yaml(text);
    expect(() => readSettings([{ ...gateway, check }], { SOMETHING: '3', LASTGOOD_CONFIG: path }, true)).toThrow(ConfigurationError);
    const rest = [{ cron: 'planted' }, ['${GONE}']];
    expect(looked).toEqual([['unreadable', ...rest, 'none'], [expect.stringMatching(/^unreadable-1/), ...rest, 'oauth2'], ['sis', ...rest, 'oauth1'], [expect.stringMatching(/^unreadable-3/), ...rest, 'none']]);
  });

  test.each(['https://user:planted@sis.example.org/v1p1', 'https://sis.example.org/v1p1?token=planted', 'https://sis.example.org/v1p1#planted'])('that hides something in an address is refused: %s', async (baseUrl) => {
    const { problems, message } = problemsOf({ LASTGOOD_CONFIG: await yaml(GOOD.replace('https://sis.example.org/ims/oneroster/v1p1', `'${baseUrl}'`)) });
    expect(problems).toHaveLength(1);
    expect(message).toContain('baseUrl: an address without user, password, query and fragment');
    expect(message).not.toContain('planted');
  });

  test('that allows more than a host is refused', async () => {
    for (const host of ['*', '*.example.org', 'https://sis.example.org', 'sis.example.org/path', '']) {
      expect(problemsOf({ LASTGOOD_CONFIG: await yaml(GOOD.replace('kind: oneroster-1.1', `kind: oneroster-1.1\n        allowedHosts: ['${host}']`)) }).message).toContain('allowedHosts[0]: a host as it stands in a URL');
    }
    const hosts = ['sis.example.org', 'localhost:8080', '127.0.0.1', '[::1]:8443'];
    expect(read({ LASTGOOD_CONFIG: await yaml(GOOD.replace('kind: oneroster-1.1', `kind: oneroster-1.1\n        allowedHosts: ${JSON.stringify(hosts)}`)) }).districts.source('north', 'sis').allowedHosts).toEqual(hosts);
  });

  test('that allows live look-ups needs the address of the fetchers at a gateway of its own, and only there', async () => {
    const of = (more: string): Promise<string> => yaml(`version: 1\ndistricts:\n  - { id: north, name: N, sources: [{ id: sis, kind: oneroster-1.1, baseUrl: 'https://a.example', auth: { kind: none }${more} }] }\n`);
    const alone = { LASTGOOD_BROKER_URL: 'amqp://b:5672', LASTGOOD_DATABASE_URL: 'postgres://d/lastgood', LASTGOOD_INTERNAL_TOKEN: 'i'.repeat(40), LASTGOOD_WRITER_URL: 'http://w:8082', LASTGOOD_SEARCH_URL: 'http://s:8083' };
    expect(read({ ...alone, LASTGOOD_CONFIG: await of('') }, false).districts.source('north', 'sis').liveLookUp).toBe(false);
    const LASTGOOD_CONFIG = await of(', liveLookUp: true');
    expect(problemsOf({ ...alone, LASTGOOD_CONFIG }, false).message).toMatch(/LASTGOOD_FETCHER_URL.*north.*liveLookUp/);
    expect(read({ ...alone, LASTGOOD_CONFIG, LASTGOOD_FETCHER_URL: 'http://f:8081' }, false).districts.source('north', 'sis').liveLookUp).toBe(true);
    expect(read({ LASTGOOD_CONFIG }).districts.source('north', 'sis').liveLookUp).toBe(true);
    expect(problemsOf({ LASTGOOD_CONFIG: await of(", liveLookUp: 'yes'") }).message).toMatch(/liveLookUp/);
  });

  test('that names a district or a source twice is refused', async () => {
    const twice = `${GOOD}${GOOD.slice(GOOD.indexOf('  - id'))}`;
    expect(problemsOf({ LASTGOOD_CONFIG: await yaml(twice) }).message).toContain('the district id north stands twice');
  });

  test('that is no YAML is refused with the place, without quoting it', async () => {
    const path = await yaml('version: 1\ndistricts: [ { id: "planted-secret }');
    const { problems, message } = problemsOf({ LASTGOOD_CONFIG: path });
    expect(problems[0]?.key).toMatch(/lastgood\.yaml:2:\d+$/);
    expect(message).not.toContain('planted-secret');
  });

  test('that is empty, or blows up through aliases, is refused', async () => {
    expect(problemsOf({ LASTGOOD_CONFIG: await yaml('') }).problems).toHaveLength(1);
    const bomb = ['a0: &a0 [1]', ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 10 }, () => `*a${i}`).join(', ')}]`)].join('\n');
    expect(problemsOf({ LASTGOOD_CONFIG: await yaml(bomb) }).problems).toHaveLength(1);
  });
});

describe('secrets', () => {
  test('are resolved at any depth, and nothing else is touched', () => {
    const value = { auth: { token: 'Bearer ${A}-${B}' }, list: ['${A}', 5, null, true], plain: '$A {B}' };
    expect(resolveSecrets(value, { A: 'x', B: '${A}' })).toEqual({ auth: { token: 'Bearer x-${A}' }, list: ['x', 5, null, true], plain: '$A {B}' });
  });

  test('come from a file too, as it is when they are asked for', async () => {
    const path = join(folder, 'token');
    await writeFile(path, 'first\n');
    expect(resolveSecrets('${TOKEN}', { TOKEN_FILE: path })).toBe('first');
    await writeFile(path, 'second');
    expect(resolveSecrets('${TOKEN}', { TOKEN_FILE: path })).toBe('second');
    expect(() => resolveSecrets('${TOKEN}', { TOKEN_FILE: `${path}-absent` })).toThrow(/TOKEN/);
  });

  test('that are missing are named all at once, the others not shown', () => {
    expect(() => resolveSecrets(['${MISSING_B}', '${MISSING_A}', '${SET}'], { SET: 'hunter2', MISSING_B: '' })).toThrow(expect.objectContaining({
      code: 'missing_secret', message: expect.stringMatching(/MISSING_A, MISSING_B(?!.*hunter2)/),
    }));
  });
});

test('the reference of the configuration names every key with its default and bounds', () => {
  const text = configReference([{ title: 'gateway', schema: Config }]);
  expect(text).toContain('| `PORT` | integer, 0 to 65535 | `8080` | Port of the gateway');
  expect(text).toContain('| `SOMETHING` |');
  expect(text).toContain('| `districts[].sources[].limits.pageSize` | integer, 1 to 50000 | `10000` |');
  expect(text).toContain('| `districts[].id` |');
  expect(text).toContain('| `districts[].sources[].auth.kind` | `none`, `bearer`, `oauth2`, `oauth1` | required | How');
  expect(text.split('\n').filter((line) => /^\|.*\|\s*\|$/.test(line))).toEqual([]);
});

test('the reference of the configuration is not made while a key has no meaning', () => {
  expect(() => configReference([{ title: 'gateway', schema: z.object({ BARE: z.string() }) }])).toThrow('BARE has no meaning');
});
