import { PullStand } from '../testing/pull-stand.js';

const client = { clientId: 'district/1', clientSecret: 's&cr=t %+' };
const scope = ['roster-core.readonly', 'roster.readonly', 'roster-demographics.readonly'].map((name) => `https://purl.imsglobal.org/spec/or/v1p1/scope/${name}`).join(' ');

describe('a pull proves who it is', () => {
  test.each([['header', 'basic'], ['body', 'form'], ['query', 'query']] as const)('with OAuth2 credentials in the %s, cookie and all', async (credentialsIn, simulated) => {
    await using stand = await PullStand.start({}, { auth: { kind: 'oauth2', ...client, credentialsIn: simulated, wantsCookie: true } });
    stand.source = { ...stand.source, auth: { kind: 'oauth2', ...client, scope, credentialsIn, tokenUrl: `${stand.simulator.url}/oauth/token` } };
    expect((await stand.pull()).type).toBe('refresh.fetched');
  });

  test('with OAuth2, and a token that is ended mid-pull is renewed once', async () => {
    await using stand = await PullStand.start({ limits: { pageSize: 50 } }, { auth: { kind: 'oauth2', ...client } });
    stand.source = { ...stand.source, auth: { kind: 'oauth2', ...client, scope, credentialsIn: 'header', tokenUrl: `${stand.simulator.url}/oauth/token` } };
    await stand.simulator.control.setQuirks({ kind: 'status', status: 401, collection: 'users', after: 3, times: 1 });
    const outcome = await stand.pull();
    expect(outcome.type).toBe('refresh.fetched');
    expect(outcome.data).toMatchObject({ stats: { retries: 1 } });
  });

  test.each(['HMAC-SHA1', 'HMAC-SHA256'] as const)('with OAuth1 and %s', async (signatureMethod) => {
    const keys = { consumerKey: 'district key', consumerSecret: client.clientSecret };
    await using stand = await PullStand.start({}, { auth: { kind: 'oauth1', ...keys, signatureMethods: [signatureMethod] } });
    stand.source = { ...stand.source, auth: { kind: 'oauth1', ...keys, signatureMethod } };
    expect((await stand.pull()).type).toBe('refresh.fetched');
  });

  test('at ClassLink with the bearer of the application found in /applications, looked up again when it is rotated mid-pull', async () => {
    await using stand = await PullStand.start({ limits: { pageSize: 50 } }, { classLink: { partnerBearer: 'partner-bearer' } });
    stand.source = { ...stand.source, kind: 'classlink', baseUrl: stand.simulator.url, auth: { kind: 'bearer', token: 'partner-bearer' }, classlink: { tenantId: await stand.firstTenant(), pathPrefix: '' } };
    await stand.simulator.control.setQuirks({ kind: 'bearerRotates', collection: 'users', after: 3, times: 1 });
    const outcome = await stand.pull();
    expect(outcome.type).toBe('refresh.fetched');
    const [rotated] = await stand.simulator.control.quirks();
    expect(rotated?.fired).toBe(1);
  });

  test('an unknown tenant is told by the name of its setting', async () => {
    await using stand = await PullStand.start();
    stand.source = { ...stand.source, kind: 'classlink', baseUrl: stand.simulator.url, auth: { kind: 'bearer', token: 'partner-bearer' }, classlink: { tenantId: 'nobody', pathPrefix: '' } };
    expect(await stand.failure()).toMatchObject({ code: 'application_unknown', retryable: false, collection: null });
  });
});
