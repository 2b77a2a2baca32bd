import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import process from 'node:process';
import type { LoadAnswer, LoadTask } from './load.js';

const HEAD_END = '\r\n\r\n';

/** One connection that asks one thing after the other. Answers must have a Content-Length. */
class Connection {
  readonly #socket: Socket;
  #held: Buffer[] = [];
  #bytes = 0;
  #wanted = -1;
  #status = 0;
  #bodyBytes = 0;
  #settle: ((error: Error | null) => void) | null = null;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1').setNoDelay(true);
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('error', (error) => this.#settle?.(error));
    this.#socket.on('close', () => this.#settle?.(new Error('the connection was closed')));
  }

  async open(): Promise<void> {
    await once(this.#socket, 'connect');
  }

  close(): void {
    this.#socket.destroy();
  }

  ask(request: Buffer): Promise<{ status: number; bodyBytes: number }> {
    this.#socket.write(request);
    return new Promise((resolve, reject) => {
      this.#settle = (error) => {
        this.#settle = null;
        if (error) reject(error);
        else resolve({ status: this.#status, bodyBytes: this.#bodyBytes });
      };
    });
  }

  #take(chunk: Buffer): void {
    this.#held.push(chunk);
    this.#bytes += chunk.length;
    if (this.#wanted < 0) this.#readHead();
    if (this.#wanted < 0 || this.#bytes < this.#wanted) return;
    [this.#held, this.#bytes, this.#wanted] = [[], 0, -1];
    this.#settle?.(null);
  }

  #readHead(): void {
    const bytes = Buffer.concat(this.#held);
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return;
    const head = bytes.toString('latin1', 0, end);
    this.#status = Number(head.slice(9, 12));
    this.#bodyBytes = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    this.#wanted = end + HEAD_END.length + this.#bodyBytes;
    if (Number.isNaN(this.#wanted)) this.#settle?.(new Error('an answer has no Content-Length'));
  }
}

/** Asks every path once over so many connections; the generator of both the product's and the bare forward's figures. */
async function load({ port, paths, headers, connections }: LoadTask): Promise<LoadAnswer> {
  const requests = paths.map((path) => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`));
  const latencies = new Float64Array(requests.length);
  const sizes = new Float64Array(requests.length);
  let failed = 0;
  let next = 0;
  const open = await Promise.all(Array.from({ length: connections }, async () => {
    const connection = new Connection(port);
    await connection.open();
    return connection;
  }));
  const start = performance.now();
  await Promise.all(open.map(async (connection) => {
    for (let at = next++; at < requests.length; at = next++) {
      const asked = performance.now();
      const { status, bodyBytes } = await connection.ask(requests[at] as Buffer);
      latencies[at] = performance.now() - asked;
      sizes[at] = bodyBytes;
      if (status !== 200) failed += 1;
    }
  }));
  const seconds = (performance.now() - start) / 1000;
  for (const connection of open) connection.close();
  latencies.sort();
  sizes.sort();
  const part = (sorted: Float64Array, fraction: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] as number;
  return { p50Ms: part(latencies, 0.5), p99Ms: part(latencies, 0.99), requestsPerSecond: requests.length / seconds, medianBodyBytes: part(sizes, 0.5), failed };
}

process.stdout.write(`${JSON.stringify(await load(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as LoadTask))}\n`);
process.stdin.destroy();
