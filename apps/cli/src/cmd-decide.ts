import { DecisionAnswer, SnapshotDetail } from '@lastgood/contracts';
import type { GatewayClient } from './gateway-client.js';
import type { Output } from './output.js';

/** `lastgood approve|reject|rollback <district> <snapshot>`: decides on what the log says now; 409 when that changed meanwhile. */
export async function decide(client: GatewayClient, output: Output, verb: 'approve' | 'reject' | 'rollback', district: string, snapshot: string, { reason }: { reason?: string }): Promise<void> {
  const path = `/api/v1/districts/${encodeURIComponent(district)}/snapshots/${encodeURIComponent(snapshot)}`;
  const { log_head: previewed } = await client.get(SnapshotDetail, path);
  const answer = await client.post(DecisionAnswer, `${path}/${verb}`, { previewed, ...(reason === undefined ? {} : { reason }) });
  output.item(answer, `${verb}: done, snapshot ${answer.snapshot}, record ${answer.logNumber} of the log of ${answer.district}/${answer.source}`);
}
