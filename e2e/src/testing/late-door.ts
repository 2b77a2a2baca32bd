import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '@lastgood/test-servers';

/** An address of 127.0.0.1 where nobody listens until it is opened; from then on it leads to a server. */
export class LateDoor {
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;

  private constructor(readonly port: number) {}

  static async choose(): Promise<LateDoor> {
    return new LateDoor(await freePort());
  }

  /** The same URL behind this door. */
  before(url: string): string {
    const moved = new URL(url);
    moved.port = String(this.port);
    return moved.href.replace(/\/$/, '');
  }

  async open(url: string): Promise<void> {
    const { hostname, port } = new URL(url);
    const server = createServer((client) => {
      const behind = connect(Number(port), hostname);
      for (const [socket, other] of [[client, behind], [behind, client]] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    this.#server = server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
  }

  async close(): Promise<void> {
    if (!this.#server) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
