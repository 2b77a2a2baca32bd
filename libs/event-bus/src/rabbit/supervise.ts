import type { Channel, ChannelModel } from 'amqplib';
import { waitAfter, type BrokerConnection, type BrokerTools } from './broker-connection.js';

const GOOD_AFTER_MS = 10_000;

/**
 * Keeps something open on the broker: runs `session` on each connection until the signal is aborted, and begins anew after growing waits whenever
 * it ends. `ended` is told why: an error, or undefined.
 */
export async function supervise(
  connection: BrokerConnection,
  session: (model: ChannelModel) => Promise<void>,
  { signal, ended, clock, random }: Pick<BrokerTools, 'clock' | 'random'> & { signal: AbortSignal; ended: (error: unknown) => void },
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      const model = await connection.next(signal);
      const began = clock.now();
      await session(model).then(() => ended(undefined), ended);
      if (clock.now() - began > GOOD_AFTER_MS) failures = 0;
      await clock.sleep(waitAfter(failures, random), signal);
    } catch {
      return; // Only the signal ends a wait.
    }
  }
}

/** Resolves when the channel has ended, with the broker's reason if it gave one. Call it at once after opening: an error that nobody listens to ends the process. */
export function endOf(channel: Channel): Promise<unknown> {
  return new Promise((resolve) => {
    let cause: unknown;
    channel.on('error', (error) => {
      cause = error;
    });
    channel.on('close', () => resolve(cause));
  });
}
