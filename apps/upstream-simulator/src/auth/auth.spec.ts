import { startSimulator, type RunningSimulator } from '../start-simulator.js';
import type { SimulatorOptions } from '../options.js';
import { percentEncode, sign, signatureBase } from './oauth1-signature.js';
import { OAuth1 } from './oauth1.js';

const root = 'http://127.0.0.1:8080/ims/oneroster/v1p1';
const plain = `${root}/users?limit=100&offset=0&sort=sourcedId&orderBy=asc`;
const filtered = `${root}/users?filter=familyName%3D%27O%27%27Connor%20%C3%A9%2B%26%27%20AND%20role%21%3D%27parent%27&limit=5`;
const odd = `${root}/orgs/sch-0002%2F7_1553`;

/** Made with oauthlib 4.0.1 (Python), consumer key `key-1 &x`, secret `s3cr&t =/+`, timestamp 1760000000. */
const vectors = [
  ['HMAC-SHA1', plain, 'nonce0', 'Qz2hhFs8fVA6ARHfPKtr3wKMHwQ%3D'],
  ['HMAC-SHA1', filtered, 'nonce1', '3eyBo5gjUuZL44gVBfx6E%2Fqtfck%3D'],
  ['HMAC-SHA1', odd, 'nonce2', 'X2GxUVA6drps%2Bm2HgEquwQot5bA%3D'],
  ['HMAC-SHA256', plain, 'nonce3', '4HbMOg2qwpIyUK%2FLilMhjiLdVWXDplW18NpSpKA8T4Y%3D'],
  ['HMAC-SHA256', filtered, 'nonce4', 'l1WXKwYBekq%2BSgT867m8TtH5HgyrSdF%2FX5Uik8ADmY4%3D'],
  ['HMAC-SHA256', odd, 'nonce5', '8alHoCwV4%2FHd1eI9W493YE2bxwgmVjUiVmF%2FALY0Qds%3D'],
] as const;

const config = {
  kind: 'oauth1',
  consumerKey: 'key-1 &x',
  consumerSecret: 's3cr&t =/+',
  signatureMethods: ['HMAC-SHA1', 'HMAC-SHA256'] as ('HMAC-SHA1' | 'HMAC-SHA256')[],
  pastSeconds: 600,
  futureSeconds: 300,
} as const;
const vectorTime = 1_760_000_000_000;

function authorization(method: string, nonce: string, signature: string): string {
  return `OAuth oauth_nonce="${nonce}", oauth_timestamp="1760000000", oauth_version="1.0", oauth_signature_method="${method}", oauth_consumer_key="key-1%20%26x", oauth_signature="${signature}"`;
}

function verify(verifier: OAuth1, url: string, header: string): void {
  const [address = '', query = ''] = url.split('?');
  verifier.check({ method: 'GET', address, parameters: new URLSearchParams(query), authorization: header });
}

describe('OAuth 1', () => {
  test.each(vectors)('a %s signature of another implementation is accepted', (method, url, nonce, signature) => {
    const verifier = new OAuth1(config, () => vectorTime);
    expect(() => verify(verifier, url, authorization(method, nonce, signature))).not.toThrow();
  });

  test.each(vectors)('a %s signature of other parameters is refused', (method, url, nonce, signature) => {
    const verifier = new OAuth1(config, () => vectorTime);
    const other = url.includes('?') ? url.replace('limit=', 'limit=1') : `${url}?limit=1`;
    expect(() => verify(verifier, other, authorization(method, nonce, signature))).toThrow('signature does not match');
  });

  test('a nonce is good once, and only within the time window', () => {
    const [method, url, nonce, signature] = vectors[0];
    const header = authorization(method, nonce, signature);
    const verifier = new OAuth1(config, () => vectorTime);
    verify(verifier, url, header);
    expect(() => verify(verifier, url, header)).toThrow('nonce was used');
    expect(() => verify(new OAuth1(config, () => vectorTime + 601_000), url, header)).toThrow('timestamp');
    expect(() => verify(new OAuth1(config, () => vectorTime - 301_000), url, header)).toThrow('timestamp');
    expect(() => verify(new OAuth1(config, () => vectorTime + 599_000), url, header)).not.toThrow();
  });

  test('a method that is not configured is refused', () => {
    const [method, url, nonce, signature] = vectors[0];
    const verifier = new OAuth1({ ...config, signatureMethods: ['HMAC-SHA256'] }, () => vectorTime);
    expect(() => verify(verifier, url, authorization(method, nonce, signature))).toThrow('method is not accepted');
  });

  test('the example of RFC 5849 section 3.4.1.1 gives its base string', () => {
    const parameters = [
      ['b5', '=%3D'], ['a3', 'a'], ['c@', ''], ['a2', 'r b'], ['oauth_consumer_key', '9djdj82h48djs9d2'],
      ['oauth_token', 'kkk9d7dh3k39sjv7'], ['oauth_signature_method', 'HMAC-SHA1'], ['oauth_timestamp', '137131201'],
      ['oauth_nonce', '7d8f3e4a'], ['c2', ''], ['a3', '2 q'],
    ] as const;
    expect(signatureBase('post', 'http://example.com/request', parameters)).toBe(
      'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
    );
  });
});

describe('over HTTP', () => {
  let simulator: RunningSimulator;
  let now = vectorTime;
  afterEach(() => simulator.close());

  const start = async (auth: SimulatorOptions['auth']): Promise<void> => {
    now = vectorTime;
    simulator = await startSimulator({ people: 100, auth }, { now: () => now });
  };
  const status = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(`${simulator.url}/ims/oneroster/v1p1/${path}`, { headers })).status;
  const scope = (...names: string[]): string => names.map((name) => `https://purl.imsglobal.org/spec/or/v1p1/scope/${name}.readonly`).join(' ');
  const token = async (query: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${simulator.url}/oauth/token${query}`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body });
  const client = { kind: 'oauth2', clientId: 'client:1', clientSecret: 's p+ce' } as const;
  const form = (extra: Record<string, string> = {}): string =>
    new URLSearchParams({ grant_type: 'client_credentials', scope: scope('roster'), ...extra }).toString();
  const basic = { authorization: `Basic ${Buffer.from('client%3A1:s+p%2Bce').toString('base64')}` };

  test('a static bearer is wanted, and another one after a rotation', async () => {
    await start({ kind: 'bearer', token: 'secret-1' });
    expect(await status('users')).toBe(401);
    expect(await status('users', { authorization: 'Bearer secret-2' })).toBe(401);
    expect(await status('users', { authorization: 'Bearer secret-1' })).toBe(200);
    const next = await simulator.control.rotateBearer();
    expect(await status('users', { authorization: 'Bearer secret-1' })).toBe(401);
    expect(await status('users', { authorization: `Bearer ${next ?? ''}` })).toBe(200);
  });

  test('a signed request with an odd path and a filter gets through, once', async () => {
    await start({ kind: 'oauth1', consumerKey: 'k', consumerSecret: 's' });
    const path = "users?filter=role='parent'&limit=3";
    const url = new URL(`${simulator.url}/ims/oneroster/v1p1/${path}`);
    const oauth: [string, string][] = [['oauth_consumer_key', 'k'], ['oauth_nonce', 'n1'], ['oauth_signature_method', 'HMAC-SHA256'], ['oauth_timestamp', String(now / 1000)], ['oauth_version', '1.0']];
    const base = signatureBase('GET', url.origin + url.pathname, [...url.searchParams, ...oauth]);
    const parts = [...oauth, ['oauth_signature', sign(base, 's', 'HMAC-SHA256')] as const];
    const header = { authorization: `OAuth ${parts.map(([name, value]) => `${name}="${percentEncode(value)}"`).join(', ')}` };
    expect(await status(path, header)).toBe(200);
    expect(await status(path, header)).toBe(401);
    expect(await status('users')).toBe(401);
  });

  test.each([
    ['basic', '', form(), basic],
    ['form', '', form({ client_id: 'client:1', client_secret: 's p+ce' }), {}],
    ['query', `?${form({ client_id: 'client:1', client_secret: 's p+ce' })}`, '', {}],
  ] as const)('a token is given for credentials in the %s, nowhere else, and expires', async (credentialsIn, query, body, headers) => {
    await start({ ...client, credentialsIn, expiresInSeconds: 60 });
    const answer = await token(query, body, headers);
    const { access_token: value, expires_in: seconds, scope: told } = (await answer.json()) as Record<string, string | number>;
    expect([answer.status, seconds, told]).toEqual([200, 60, scope('roster')]);
    const header = { authorization: `Bearer ${value}` };
    expect(await status('users', header)).toBe(200);
    now += 60_000;
    expect(await status('users', header)).toBe(401);
    const others = [await token('', form(), basic), await token('', form({ client_id: 'client:1', client_secret: 's p+ce' })), await token(`?${form({ client_id: 'client:1', client_secret: 's p+ce' })}`, '')];
    expect(others.filter((other) => other.status === 200)).toHaveLength(1);
    expect((await token(query.replaceAll('ce', 'no'), body.replaceAll('ce', 'no'), credentialsIn === 'basic' ? { authorization: 'Basic bm86bm8=' } : {})).status).toBeGreaterThanOrEqual(400);
  });

  test('demographics need a scope of their own', async () => {
    await start(client);
    const bearer = async (wanted: string): Promise<Record<string, string>> => {
      const { access_token: value } = (await (await token('', form({ scope: wanted }), basic)).json()) as { access_token: string };
      return { authorization: `Bearer ${value}` };
    };
    const plainBearer = await bearer(scope('roster-core'));
    expect([await status('users', plainBearer), await status('demographics', plainBearer)]).toEqual([200, 403]);
    const both = await bearer(scope('roster', 'roster-demographics'));
    expect([await status('users', both), await status('demographics', both)]).toEqual([200, 200]);
    expect((await token('', form({ scope: 'nonsense' }), basic)).status).toBe(400);
  });

  test('older tokens stay valid unless so set, and a cookie can be demanded', async () => {
    await start({ ...client, newTokenEndsOlder: true, wantsCookie: true, tellsScope: false });
    const first = await token('', form(), basic);
    const cookie = (first.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const body = (await first.json()) as Record<string, string>;
    expect(body).not.toHaveProperty('scope');
    const header = { authorization: `Bearer ${body['access_token']}` };
    expect(await status('users', header)).toBe(401);
    expect(await status('users', { ...header, cookie })).toBe(200);
    await token('', form(), basic);
    expect(await status('users', { ...header, cookie })).toBe(401);
  });
});
