import { localServer, sendJson, type LocalServer } from '../testing/local-server.js';
import { failureCode } from '../testing/test-client.js';
import { makeAgent, type Resolve } from './guarded-agent.js';

describe('an agent that refuses private addresses', () => {
  let server: LocalServer;
  beforeAll(async () => {
    server = await localServer((_, response) => sendJson(response, { users: [] }));
  });
  afterAll(async () => server.close());

  const call = async (origin: string, resolve?: Resolve) => {
    const agent = makeAgent({ allowPrivateAddresses: false, ...(resolve ? { resolve } : {}) });
    try {
      return await agent.request({ origin, path: '/', method: 'GET', signal: AbortSignal.timeout(5000) });
    } finally {
      await agent.destroy();
    }
  };
  const port = () => new URL(server.url).port;

  test('refuses literal addresses before anything is sent', async () => {
    for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '0x7f000001', '2130706433']) {
      expect(await failureCode(call(`http://${host}:${port()}`))).toBe('private_address_refused');
    }
    expect(server.requests).toHaveLength(0);
  });

  test('refuses a name that resolves to a private address, also beside a public one', async () => {
    const answers = (...addresses: string[]): Resolve => (_, done) => done(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
    expect(await failureCode(call(`http://roster.example.org:${port()}`, answers('127.0.0.1')))).toBe('private_address_refused');
    expect(await failureCode(call(`http://roster.example.org:${port()}`, answers('::ffff:127.0.0.1')))).toBe('private_address_refused');
    expect(await failureCode(call(`http://roster.example.org:${port()}`, answers('93.184.216.34', '127.0.0.1')))).toBe('private_address_refused');
    expect(server.requests).toHaveLength(0);
  });

  test('connects to the very address that was checked, so that a name that changes in between gains nothing', async () => {
    let asked = 0;
    const rebinding: Resolve = (_, done) => {
      asked += 1;
      done(null, [{ address: asked === 1 ? '192.0.2.1' : '127.0.0.1', family: 4 }]);
    };
    expect(await failureCode(call(`http://roster.example.org:${port()}`, rebinding))).toBe('private_address_refused');
    expect(await failureCode(call(`http://roster.example.org:${port()}`, rebinding))).toBe('private_address_refused');
    expect(asked).toBe(2);
    expect(server.requests).toHaveLength(0);
  });

  test('calls loopback when the source allows it', async () => {
    const agent = makeAgent({ allowPrivateAddresses: true });
    const answer = await agent.request({ origin: server.url, path: '/', method: 'GET' });
    await answer.body.dump();
    expect(answer.statusCode).toBe(200);
    await agent.destroy();
  });
});
