import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (from 32768 on Linux, 49152 elsewhere): a server that is stopped and started again would meet those. Above 10080, the highest
 * that `fetch` refuses to ask (https://fetch.spec.whatwg.org/#port-blocking).
 */
const [LOWEST, HIGHEST] = [10_081, 32_000];
const TRIES = 100;

/** A TCP port of 127.0.0.1 that was free a moment ago; another process may still take it, so callers try again when a start fails. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) return port;
  }
  throw new Error('no TCP port is free');
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
