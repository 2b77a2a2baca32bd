import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

const METHOD_FRAME = 1;
const FRAME_END_BYTES = 1;
const PREAMBLE_BYTES = 8;
const HEAD_BYTES = 7;
const BASIC = 60;
const PUBLISH = 40;

/** Counts `basic.publish` in what a client sends by AMQP 0-9-1. */
class PublishCounter {
  published = 0;
  #skip = PREAMBLE_BYTES;
  #held = Buffer.alloc(0);

  take(chunk: Buffer): void {
    let rest = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    for (;;) {
      const skipped = Math.min(this.#skip, rest.length);
      rest = rest.subarray(skipped);
      this.#skip -= skipped;
      if (this.#skip > 0 || rest.length < HEAD_BYTES) break;
      const size = rest.readUInt32BE(3);
      const isMethod = rest.readUInt8(0) === METHOD_FRAME;
      if (isMethod && rest.length < HEAD_BYTES + 4) break;
      if (isMethod && rest.readUInt16BE(HEAD_BYTES) === BASIC && rest.readUInt16BE(HEAD_BYTES + 2) === PUBLISH) this.published += 1;
      this.#skip = HEAD_BYTES + size + FRAME_END_BYTES;
    }
    this.#held = Buffer.from(rest);
  }
}

/** Stands between services and the broker and counts the messages that are published. */
export class CountingRelay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #before = 0;
  readonly #counters = new Set<PublishCounter>();

  private constructor(broker: URL) {
    this.#server = createServer((client) => {
      const counter = new PublishCounter();
      this.#counters.add(counter);
      const server = connect(Number(broker.port), broker.hostname).setNoDelay(true);
      client.setNoDelay(true).on('data', (chunk: Buffer) => counter.take(chunk)).pipe(server);
      server.pipe(client);
      for (const [socket, other] of [[client, server], [server, client]] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
    });
  }

  /** Listens; `url` is the broker's address by way of this relay. */
  static async before(brokerUrl: string): Promise<{ relay: CountingRelay; url: string }> {
    const relay = new CountingRelay(new URL(brokerUrl));
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    const url = new URL(brokerUrl);
    url.port = String((relay.#server.address() as AddressInfo).port);
    url.hostname = '127.0.0.1';
    return { relay, url: url.href };
  }

  /** Messages published since the last call. */
  takeCount(): number {
    const all = [...this.#counters].reduce((sum, { published }) => sum + published, 0);
    const since = all - this.#before;
    this.#before = all;
    return since;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
