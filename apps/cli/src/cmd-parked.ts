import type { GatewayClient } from './gateway-client.js';
import type { Output } from './output.js';

/** `lastgood parked list`: messages that no try could handle. */
export async function listParked(client: GatewayClient, output: Output, { limit }: { limit: string }): Promise<void> {
  const { items } = await client.ask('admin_parked', { query: { limit } });
  output.table(items, ['MESSAGE', 'SERVICE', 'TYPE', 'TRIES', 'PARKED', 'REASON'], (index) => {
    const item = items[index];
    return item ? [item.id, item.service, item.type ?? '', String(item.attempts), item.parkedAt, item.reason] : [];
  });
}

/** `lastgood parked replay|drop <message>`. */
export async function decideParked(client: GatewayClient, output: Output, verb: 'replay' | 'drop', message: string): Promise<void> {
  await client.ask(`admin_${verb}` as const, { message });
  output.item({ message, verb }, `${verb}: done`);
}
