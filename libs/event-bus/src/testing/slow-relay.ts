import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** An address before the broker whose every answer takes `delayMs` longer, so that each step of opening something lasts. */
export async function startSlowRelay(brokerUrl: string, delayMs: number): Promise<{ url: string; stop(): Promise<void> }> {
  const behind = new URL(brokerUrl);
  const open = new Set<Socket>();
  const relay = createServer((client) => {
    const broker = connect(Number(behind.port), behind.hostname);
    for (const socket of [client, broker]) {
      open.add(socket);
      socket.setNoDelay(true).on('error', () => undefined).on('close', () => {
        open.delete(socket);
        client.destroy();
        broker.destroy();
      });
    }
    client.pipe(broker);
    broker.on('data', (chunk: Buffer) => void setTimeout(() => client.write(chunk), delayMs));
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const url = new URL(brokerUrl);
  url.port = String((relay.address() as { port: number }).port);
  return {
    url: url.href,
    stop: async () => {
      for (const socket of open) socket.destroy();
      relay.close();
      await once(relay, 'close');
    },
  };
}
