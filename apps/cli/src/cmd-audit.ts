import { open } from 'node:fs/promises';
import { AUDIT_ANCHORS, AuditAnchor, LEAST_AUDIT_DAYS, type AuditFilter } from '@lastgood/contracts';
import type { ObjectStore } from '@lastgood/object-store';
import { InvalidArgumentError } from 'commander';
import { checkChains, type Checking } from './audit-chains.js';
import { CommandError, EXIT } from './exit-codes.js';
import type { GatewayClient } from './gateway-client.js';
import type { Output } from './output.js';

/** `lastgood audit export`: the lines as the gateway gives them. */
export async function exportAudit(client: GatewayClient, output: Output, query: AuditFilter): Promise<void> {
  for await (const line of client.lines('audit_export', { query })) output.line(line);
}

/** `lastgood audit verify [file]`: checks an export, or what the gateway has, and with a bucket its anchors; names the first bad entry. */
export async function verifyAudit(client: GatewayClient, output: Output, file: string | undefined, store: ObjectStore | null, { nowMs, keepDays }: Pick<Checking, 'nowMs' | 'keepDays'>): Promise<void> {
  // The anchors first: entries that come meanwhile are newer than all of them.
  const anchors = store === null ? [] : await anchorsIn(store);
  const { entries, chains, shortened, leastKeptDays, bad } = await checkChains(file === undefined ? client.lines('audit_export', {}) : linesOf(file), { anchors, nowMs, keepDays });
  if (bad) {
    const where = [...(bad.line === null ? [] : [`line ${bad.line}`]), ...(bad.number === null ? [] : [`entry ${bad.number} of chain ${bad.chain}`])].join(', ');
    output.item(bad, `BAD ${where}: ${bad.what}`);
    throw new CommandError(EXIT.damaged, 'The audit trail was tampered with or is incomplete; the first bad entry is named above. Only an export without filters can be checked.');
  }
  const words = [`${entries} entries in ${chains} chains are whole`, ...(store === null ? [] : [`and as ${anchors.length} anchors say`]), ...(shortened === 0 ? [] : [`but for what was removed of ${shortened} chains for its age, after ${leastKeptDays} days or more`])];
  output.item({ entries, chains, shortened, leastKeptDays, anchors: anchors.length }, `${words.join(', ')}.`);
}

/** The value of `--keep-days`. */
export function daysKept(text: string): number {
  if (!/^\d{2,5}$/.test(text) || Number(text) < LEAST_AUDIT_DAYS) throw new InvalidArgumentError(`It is the smallest LASTGOOD_AUDIT_KEEP_DAYS that was ever set, ${LEAST_AUDIT_DAYS} or more.`);
  return Number(text);
}

async function anchorsIn(store: ObjectStore): Promise<AuditAnchor[]> {
  const anchors: AuditAnchor[] = [];
  for await (const { key } of store.list(AUDIT_ANCHORS)) anchors.push(AuditAnchor.parse(JSON.parse((await store.read(key)).toString('utf8'))));
  return anchors;
}

async function* linesOf(file: string): AsyncIterable<string> {
  const handle = await open(file).catch(() => {
    throw new CommandError(EXIT.usage, 'The export cannot be read; is the path right?');
  });
  try {
    yield* handle.readLines({ encoding: 'utf8' });
  } finally {
    await handle.close();
  }
}
