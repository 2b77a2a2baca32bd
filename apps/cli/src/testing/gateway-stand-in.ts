import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers that a healthy gateway gives only in bad moments: one handler a request, in order. The whole way is in the end-to-end tests. */
export class GatewayStandIn {
  readonly seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  readonly #server: Server;
  #handlers: Handler[] = [];

  constructor() {
    this.#server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      this.seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      const handler = this.#handlers.shift();
      if (!handler) throw new Error('one request too many');
      handler(request, response);
    });
  }

  async start(...handlers: Handler[]): Promise<string> {
    this.#handlers = handlers;
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this.url;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A committed sample of the contracts. */
export function sample(name: string, version = 1): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../../../../libs/contracts/samples/http/${name}.v${version}.json`, import.meta.url), 'utf8')) as Record<string, unknown>;
}

/** Answers with JSON. */
export function json(status: number, body: unknown): Handler {
  return (_request, response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
