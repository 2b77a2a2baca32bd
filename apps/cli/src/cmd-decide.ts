import { InvalidArgumentError } from 'commander';
import type { GatewayClient } from './gateway-client.js';
import type { Output } from './output.js';

interface DecisionOptions {
  reason?: string;
  /** The log head that was looked at. */
  previewed?: number;
}

/** `lastgood approve|reject|rollback <district> <snapshot>`: decides on what was looked at; 409 when what readers get changed since. */
export async function decide(client: GatewayClient, output: Output, verb: 'approve' | 'reject' | 'rollback', district: string, snapshot: string, { reason, previewed }: DecisionOptions): Promise<void> {
  const answer = await client.ask(`snapshots_${verb}` as const, { district, snapshot, body: { ...(previewed === undefined ? {} : { previewed }), ...(reason === undefined ? {} : { reason }) } });
  output.item(answer, `${verb}: done, snapshot ${answer.snapshot}, record ${answer.logNumber} of the log of ${answer.district}/${answer.source}`);
}

/** A log head as it is typed; throws commander's error for anything but a whole number from 1. */
export function logHead(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It is the log head that "lastgood snapshots <district> <snapshot>" shows, a whole number.');
  return Number(text);
}
