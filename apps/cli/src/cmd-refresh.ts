import type { Run } from '@lastgood/contracts';
import { CommandError, EXIT } from './exit-codes.js';
import type { GatewayClient } from './gateway-client.js';
import type { Output } from './output.js';
import { findingLine, runLine } from './run-line.js';

/** `lastgood refresh <district> [source] [--wait]`: starts or joins runs; with `--wait` follows them to their end. */
export async function refresh(client: GatewayClient, output: Output, district: string, source: string | undefined, { wait }: { wait: boolean }): Promise<void> {
  const answer = await client.ask('districts_refresh', { district, body: source === undefined ? {} : { source } });
  for (const { run, joined } of answer.runs) {
    if (!wait) output.item({ joined, ...run }, `${joined ? `joined, asked for by ${run.asker.actor} at ${run.requestedAt}:` : 'started:'} ${runLine(run)}`);
    else if (joined) output.say(`A run of ${run.source} was active since ${run.requestedAt}; waiting for it.`);
  }
  if (!wait) return;
  const ended: Run[] = [];
  for (const { run } of answer.runs) ended.push(await follow(client, output, run.id));
  const failed = ended.find(({ phase }) => phase === 'failed' || phase === 'cancelled');
  if (failed) throw new CommandError(EXIT.runFailed, `${failed.source}: ${failed.failure ? findingLine(failed.failure) : failed.phase}`);
  const held = ended.find(({ phase }) => phase === 'quarantined');
  if (held) throw new CommandError(EXIT.held, `${held.source}: snapshot ${held.snapshot ?? ''} is held; look at it with "lastgood snapshots ${district} ${held.snapshot ?? ''}", then approve or reject it.`);
}

async function follow(client: GatewayClient, output: Output, id: string): Promise<Run> {
  let last: Run | undefined;
  for await (const run of client.follow(id)) {
    last = run;
    const { records, expectedRecords, collection, recordsPerSecond } = run.progress;
    output.bar(expectedRecords ? records / expectedRecords : null, `${run.source} ${run.phase}${collection ? ` ${collection}` : ''}, ${records} records${recordsPerSecond ? `, ${Math.round(recordsPerSecond)}/s` : ''}`);
  }
  if (!last) throw new CommandError(EXIT.unavailable, 'The gateway ended the stream of events without saying how the run is.');
  output.item(last, runLine(last));
  return last;
}
