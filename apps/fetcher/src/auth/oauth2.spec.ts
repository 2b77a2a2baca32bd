import { SystemClock } from '@lastgood/service-runtime';
import { InstantClock } from '../testing/instant-clock.js';
import { localServer, sendJson, sendStatus, type LocalServer } from '../testing/local-server.js';
import { failureCode, get, testClient } from '../testing/test-client.js';
import { OAuth2Authorization, type OAuth2Settings, tokenRequest } from './oauth2.js';

const secrets = { clientId: 'client id/1', clientSecret: 's&cr=t %+ü', scope: 'https://purl.imsglobal.org/spec/or/v1p1/scope/roster.readonly' };

describe('OAuth2 client credentials', () => {
  let server: LocalServer;
  let tokens = 0;
  let good = 'token-1';
  let tokenHeaders: Record<string, string | string[]> = {};
  let tokenAnswer: (value: string) => unknown = (value) => ({ access_token: value, expires_in: 3600 });
  beforeEach(async () => {
    tokens = 0;
    good = 'token-1';
    tokenHeaders = {};
    tokenAnswer = (value) => ({ access_token: value, expires_in: 3600 });
    server = await localServer((request, response) => {
      if (request.url?.startsWith('/token')) sendJson(response, tokenAnswer(`token-${(tokens += 1)}`), tokenHeaders);
      else if (request.headers.authorization === `Bearer ${good}`) sendJson(response, {});
      else sendStatus(response, 401);
    });
  });
  afterEach(async () => server.close());

  const settings = (credentialsIn: OAuth2Settings['credentialsIn'] = 'header'): OAuth2Settings => ({ ...secrets, tokenUrl: `${server.url}/token?appName=x`, credentialsIn });

  test('the credentials stand, url-encoded, where the vendor wants them', () => {
    const form = (body: string | undefined) => Object.fromEntries(new URLSearchParams(body));
    const grant = { grant_type: 'client_credentials', scope: secrets.scope };
    const both = { client_id: secrets.clientId, client_secret: secrets.clientSecret };

    const header = tokenRequest(settings('header'));
    expect(form(header.body)).toEqual(grant);
    const basic = Buffer.from(header.headers['authorization']?.slice('Basic '.length) ?? '', 'base64').toString();
    expect(basic.split(':').map(decodeURIComponent)).toEqual([secrets.clientId, secrets.clientSecret]);
    expect(basic).toMatch(/^[\w%.~-]+:[\w%.~-]+$/);

    const body = tokenRequest(settings('body'));
    expect(form(body.body)).toEqual({ ...grant, ...both });
    expect(body.headers['authorization']).toBeUndefined();

    const query = tokenRequest(settings('query'));
    expect(form(query.url.search)).toEqual({ appName: 'x', ...grant, ...both });
    expect(query.body).toBe('');
  });

  test('one token serves concurrent calls', async () => {
    await using tested = testClient();
    const authorization = new OAuth2Authorization(settings(), tested.client, new SystemClock());
    await Promise.all(Array.from({ length: 8 }, () => tested.client.call(get(`${server.url}/users`), authorization)));
    expect(tokens).toBe(1);
  });

  test('a token that is refused mid-pull is renewed once for all calls under way', async () => {
    await using tested = testClient({ concurrency: 8 });
    const authorization = new OAuth2Authorization(settings(), tested.client, new SystemClock());
    await tested.client.call(get(`${server.url}/users`), authorization);
    good = 'token-2';
    await Promise.all(Array.from({ length: 8 }, () => tested.client.call(get(`${server.url}/users`), authorization)));
    expect(tokens).toBe(2);
  });

  test('a refusal that a new token does not change is final', async () => {
    await using tested = testClient();
    const authorization = new OAuth2Authorization(settings(), tested.client, new SystemClock());
    good = 'another';
    expect(await failureCode(tested.client.call(get(`${server.url}/users`), authorization))).toBe('upstream_unauthorized');
    expect(tokens).toBe(2);
  });

  test('a token is renewed before it runs out', async () => {
    const clock = new InstantClock();
    await using tested = testClient({}, { clock, deadlineMs: Number.MAX_SAFE_INTEGER });
    const authorization = new OAuth2Authorization(settings(), tested.client, clock);
    const request = get(`${server.url}/users`);
    expect(await authorization.headersFor(request)).toEqual({ authorization: 'Bearer token-1' });
    await clock.sleep(3_560_000);
    expect(await authorization.headersFor(request)).toEqual({ authorization: 'Bearer token-1' });
    await clock.sleep(11_000);
    expect(await authorization.headersFor(request)).toEqual({ authorization: 'Bearer token-2' });
  });

  test('cookies of the token call are echoed to its host, and to others only as far as every cookie names their domain', async () => {
    await using tested = testClient();
    const authorization = new OAuth2Authorization(settings(), tested.client, new SystemClock());
    tokenHeaders = { 'set-cookie': ['route=a1; Path=/; HttpOnly', 'session=b2'] };
    expect(await authorization.headersFor(get(`${server.url}/users`))).toEqual({ authorization: 'Bearer token-1', cookie: 'route=a1; session=b2' });
    expect(await authorization.headersFor(get('https://roster.example.org/users'))).toEqual({ authorization: 'Bearer token-1' });
  });

  test('an answer without a token is told without its content', async () => {
    await using tested = testClient();
    tokenAnswer = () => ({ error: 'planted-secret' });
    const authorization = new OAuth2Authorization(settings(), tested.client, new SystemClock());
    const failure = await tested.client.call(get(`${server.url}/users`), authorization).catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({ code: 'token_answer_invalid' });
    expect((failure as Error).message).not.toContain('planted');
  });
});
