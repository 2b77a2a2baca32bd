import { startSimulator } from '@lastgood/upstream-simulator';
import { z } from 'zod';

/** What the parent process sends first. */
const Order = z.strictObject({ people: z.number().int(), token: z.string() });

// A Ctrl-C reaches the whole group; the simulator stays until its parent, which may still pull from it, is gone.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
process.once('message', (message) => void serve(message));

async function serve(message: unknown): Promise<void> {
  const { people, token } = Order.parse(message);
  const { url } = await startSimulator({ people, auth: { kind: 'bearer', token } });
  process.send?.({ url });
}
