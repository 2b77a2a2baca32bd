import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ServiceError } from '@lastgood/contracts';
import { SystemClock } from '@lastgood/service-runtime';
import { z } from 'zod';
import { ReplicaSet } from '../replicas/replica-set.js';
import { InternalService, type Call } from './internal-service.js';

const Done = z.strictObject({ by: z.string() });

describe('a service of several replicas', () => {
  const servers: Server[] = [];
  const services: InternalService[] = [];
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.close()));
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  const listen = async (answer: RequestListener): Promise<string> => {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const open = (name: 'search' | 'writer', ...addresses: string[]): InternalService => {
    const replicas = new ReplicaSet(addresses.map((address) => new URL(address)), { clock: new SystemClock(), timeoutMs: 5_000, lookUp: () => Promise.reject(new Error('no name is looked up here')) });
    const service = new InternalService(name, replicas, 'token', 5_000);
    services.push(service);
    return service;
  };
  const done = (by: string): RequestListener => (_request, response) => response.end(JSON.stringify({ by }));
  /** Takes a request and dies before it answers. */
  const dying = (arrived: string[]): RequestListener => (request, response) => {
    if (request.url !== '/readyz') arrived.push(request.method ?? '');
    response.destroy();
  };
  const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'no error', (error: unknown) => (error instanceof ServiceError ? error.code : String(error)));

  test('a command goes to another writer when no connection was made', async () => {
    const writer = open('writer', 'http://127.0.0.1:1', await listen(done('second')));
    for (let count = 0; count < 6; count += 1) expect(await writer.json(Done, '/x', { method: 'POST', body: {} })).toEqual({ by: 'second' });
  });

  test('a command that may have arrived is not sent again, unless it is idempotent; a read is', async () => {
    const arrived: string[] = [];
    const addresses = [await listen(dying(arrived)), await listen(done('second'))];
    /** One of two goes to the first replica first. */
    const twice = async (call: Call): Promise<string[]> => {
      const writer = open('writer', ...addresses);
      return [await codeOf(writer.json(Done, '/x', call)), await codeOf(writer.json(Done, '/x', call))].toSorted();
    };
    expect(await twice({ method: 'POST', body: {} })).toEqual(['no error', 'writer_unavailable']);
    expect(arrived).toEqual(['POST']);
    expect(await twice({ method: 'POST', body: {}, idempotent: true })).toEqual(['no error', 'no error']);
    expect(await twice({})).toEqual(['no error', 'no error']);
    expect(arrived).toEqual(['POST', 'POST', 'GET']);
  });

  test('a read goes on to the next replica when one is stopping or cannot reach its store, but not for what no replica can give', async () => {
    const problem = (code: string, retryable: boolean): RequestListener => (_request, response) => response.writeHead(503).end(JSON.stringify({ type: `urn:lastgood:problem:${code}`, title: 'x', status: 503, detail: 'x x', code, retryable }));
    const stopping: RequestListener = (_request, response) => response.writeHead(503).end('{"error":"Service Unavailable"}');
    for (const first of [stopping, problem('store_unavailable', true), problem('replica_behind', true)]) {
      const search = open('search', await listen(first), await listen(done('second')));
      for (let count = 0; count < 4; count += 1) expect(await search.json(Done, '/x', { district: 'oak' })).toEqual({ by: 'second' });
    }
    for (const code of ['no_snapshot_yet', 'snapshot_damaged']) {
      const search = open('search', await listen(problem(code, code === 'no_snapshot_yet')), await listen(problem(code, code === 'no_snapshot_yet')));
      expect(await codeOf(search.json(Done, '/x', { district: 'oak' }))).toBe(code);
    }
  });
});
