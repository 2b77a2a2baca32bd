import { connect, createServer, type Socket } from 'node:net';

/** When a relay cuts a connection: once a request has more bytes than `afterRequestBytes`, or instead of passing on answer number `afterAnswers`. */
export interface Loss {
  afterRequestBytes?: number;
  afterAnswers?: number;
  /** Awaited before the connection is cut. */
  then: () => Promise<void>;
}

/** A TCP relay on 127.0.0.1 before a real server, for tests of lost requests and lost answers; it loses once and then passes everything on. */
export async function startRelay(serverEndpoint: string, loss: Loss): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const { hostname, port } = new URL(serverEndpoint);
  const open = new Set<Socket>();
  let answers = 0;
  let lost = false;

  const relay = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    const lose = async () => {
      lost = true;
      await loss.then();
      client.destroy();
    };
    let requestBytes = 0;
    client.on('data', (chunk: Buffer) => {
      requestBytes += chunk.length;
      if (!lost && loss.afterRequestBytes !== undefined && requestBytes > loss.afterRequestBytes) void lose();
      else server.write(chunk);
    });
    server.on('data', (chunk: Buffer) => {
      if (chunk.subarray(0, 5).toString() === 'HTTP/') answers++;
      if (!lost && loss.afterAnswers !== undefined && answers === loss.afterAnswers) void lose();
      else client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const address = relay.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        relay.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
