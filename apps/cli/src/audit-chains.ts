import { createHash } from 'node:crypto';
import { AuditRecord, auditText, NO_ENTRY_BEFORE, type AuditAnchor } from '@lastgood/contracts';

/** The first entry that is not as it was made. */
export interface BadEntry {
  /** Line of the export, from 1; null when the entry is not there. */
  line: number | null;
  chain: string | null;
  number: number | null;
  what: string;
}

export interface CheckedChains {
  entries: number;
  chains: number;
  bad: BadEntry | null;
}

interface Head {
  number: number;
  sha256: string;
}

/** Reads an export to its end or to its first bad entry: every hash, every number, every link, and what the anchors say stood where. */
export async function checkChains(lines: AsyncIterable<string>, anchors: readonly AuditAnchor[]): Promise<CheckedChains> {
  const told = anchoredHeads(anchors);
  const heads = new Map<string, Head>();
  let entries = 0;
  for await (const text of lines) {
    if (text === '') continue;
    entries += 1;
    const checked = check(text, entries, heads, told);
    if ('what' in checked) return { entries, chains: heads.size, bad: checked };
    heads.set(checked.chain, checked);
  }
  return { entries, chains: heads.size, bad: missingAtEnd(heads, told) };
}

/** Per chain: the hash that anchors name for a number, and the newest day that does. */
function anchoredHeads(anchors: readonly AuditAnchor[]): Map<string, Map<number, { sha256: string; date: string }>> {
  const told = new Map<string, Map<number, { sha256: string; date: string }>>();
  for (const { date, heads } of anchors) {
    for (const { chain, number, sha256 } of heads) {
      const ofChain = told.get(chain) ?? new Map<number, { sha256: string; date: string }>();
      told.set(chain, ofChain.set(number, { sha256, date }));
    }
  }
  return told;
}

function check(text: string, line: number, heads: ReadonlyMap<string, Head>, told: ReturnType<typeof anchoredHeads>): AuditRecord | BadEntry {
  const record = recordOf(text);
  if (record === null) return { line, chain: null, number: null, what: 'is no entry' };
  const { chain, number, previous, sha256 } = record;
  const bad = (what: string): BadEntry => ({ line, chain, number, what });
  const before = heads.get(chain) ?? { number: 0, sha256: NO_ENTRY_BEFORE };
  if (createHash('sha256').update(auditText(record)).digest('hex') !== sha256 || record.id !== `${chain}:${number}`) return bad('was changed: it does not fit its hash');
  if (number <= before.number) return bad(`stands after entry ${before.number}: it was moved or doubled`);
  if (number > before.number + 1) return bad(`follows entry ${before.number}: what was between them is missing`);
  if (previous !== before.sha256) return bad('does not follow the entry before it: one of them was replaced');
  const anchored = told.get(chain)?.get(number);
  if (anchored !== undefined && anchored.sha256 !== sha256) return bad(`is not the one that the anchor of ${anchored.date} names: the chain was written anew`);
  return record;
}

function recordOf(text: string): AuditRecord | null {
  try {
    const parsed = AuditRecord.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function missingAtEnd(heads: ReadonlyMap<string, Head>, told: ReturnType<typeof anchoredHeads>): BadEntry | null {
  for (const [chain, numbers] of told) {
    const last = heads.get(chain)?.number ?? 0;
    const most = Math.max(...numbers.keys());
    if (most > last) return { line: null, chain, number: last + 1, what: `is missing: the anchor of ${numbers.get(most)?.date ?? ''} names entry ${most} of this chain` };
  }
  return null;
}
