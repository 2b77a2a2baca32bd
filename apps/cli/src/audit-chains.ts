import { createHash } from 'node:crypto';
import { AuditRecord, auditText, NO_ENTRY_BEFORE, removalIn, type AuditAnchor, type AuditRemoval } from '@lastgood/contracts';

const DAY_MS = 86_400_000;
/** Clocks of gateways may be ahead by so much. */
const CLOCK_MS = 300_000;

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
  /** Chains that begin later, or are gone, because their first entries grew too old. */
  shortened: number;
  /** The shortest time that any of them says entries were kept; null when nothing was removed. */
  leastKeptDays: number | null;
  bad: BadEntry | null;
}

export interface Checking {
  anchors: readonly AuditAnchor[];
  nowMs: number;
  /** What was removed younger than this is bad. */
  keepDays: number | undefined;
}

interface Head {
  number: number;
  sha256: string;
}

/** What an entry says of removed ones. */
interface ToldRemoval extends AuditRemoval {
  line: number;
  by: AuditRecord;
}

/** A chain that begins later than with its first entry. */
interface LateStart extends Head {
  line: number;
  chain: string;
}

type Anchored = ReadonlyMap<string, ReadonlyMap<number, { sha256: string; date: string; at: string }>>;

/** Reads an export to its end: every hash, every number, every link, what was removed for its age, and what the anchors say stood where; names the first bad entry. */
export async function checkChains(lines: AsyncIterable<string>, checking: Checking): Promise<CheckedChains> {
  const { anchors } = checking;
  const told = anchoredHeads(anchors);
  const heads = new Map<string, Head>();
  const starts: LateStart[] = [];
  const removals: ToldRemoval[] = [];
  const bad: BadEntry[] = [];
  let entries = 0;
  for await (const text of lines) {
    if (text === '') continue;
    entries += 1;
    const checked = check(text, entries, heads, told);
    if ('what' in checked) {
      bad[0] ??= checked;
      continue;
    }
    if (!heads.has(checked.chain) && checked.number > 1) starts.push({ line: entries, chain: checked.chain, number: checked.number - 1, sha256: checked.previous });
    heads.set(checked.chain, checked);
    const removal = removalIn(checked);
    if (removal) removals.push({ ...removal, line: entries, by: checked });
  }
  // What was removed is told later than the entries after it.
  bad.push(...starts.flatMap((start) => startsTooLate(start, removals)), ...removals.flatMap((removal) => [...removesTooEarly(removal, checking), ...(anchors.length === 0 ? [] : removesTooMuch(removal, told))]));
  const first = bad.sort((one, other) => (one.line ?? 0) - (other.line ?? 0))[0] ?? missingAtEnd(heads, removals, told);
  const leastKeptDays = removals.length === 0 ? null : Math.min(...removals.map(({ keptDays }) => keptDays));
  return { entries, chains: heads.size, shortened: new Set(removals.map(({ chain }) => chain)).size, leastKeptDays, bad: first };
}

/** Nothing where an entry tells that what is not there may be gone. */
function startsTooLate({ line, chain, number, sha256 }: LateStart, removals: readonly ToldRemoval[]): BadEntry[] {
  const ofChain = removals.filter((removal) => removal.chain === chain && removal.number >= number);
  if (ofChain.length === 0) return [{ line, chain, number: number + 1, what: 'follows entry 0: what was between them is missing, and no entry tells that it was removed for its age' }];
  return ofChain.some((removal) => removal.number > number || removal.sha256 === sha256) ? [] : [{ line, chain, number: number + 1, what: 'does not follow the last of those that were removed for their age: one of them was replaced' }];
}

/** Nothing where what tells of it was made by now and says that entries were kept long enough: whoever makes such an entry chooses both. */
function removesTooEarly({ line, by, chain, keptDays }: ToldRemoval, { nowMs, keepDays = 0 }: Checking): BadEntry[] {
  const bad = (what: string): BadEntry[] => [{ line, chain: by.chain, number: by.number, what: `tells that entries of chain ${chain} were removed for their age, ${what}` }];
  if (Date.parse(by.at) > nowMs + CLOCK_MS) return bad(`at ${by.at}, which is yet to come`);
  return keptDays < keepDays ? bad(`after ${keptDays} days instead of ${keepDays}`) : [];
}

/** Nothing where an anchor that was old enough by then ends the chain exactly there. */
function removesTooMuch({ line, by, chain, number, sha256, keptDays }: ToldRemoval, told: Anchored): BadEntry[] {
  const anchor = told.get(chain)?.get(number);
  if (anchor?.sha256 === sha256 && Date.parse(anchor.at) + keptDays * DAY_MS <= Date.parse(by.at)) return [];
  return [{ line, chain: by.chain, number: by.number, what: `tells that entries 1 to ${number} of chain ${chain} were removed for their age, and no anchor that was old enough ends the chain there` }];
}

/** Per chain: the hash that anchors name for a number, and the oldest anchor that does. */
function anchoredHeads(anchors: readonly AuditAnchor[]): Anchored {
  const told = new Map<string, Map<number, { sha256: string; date: string; at: string }>>();
  for (const { date, at, heads } of [...anchors].sort((one, other) => (one.at < other.at ? 1 : -1))) {
    for (const { chain, number, sha256 } of heads) {
      const ofChain = told.get(chain) ?? new Map<number, { sha256: string; date: string; at: string }>();
      told.set(chain, ofChain.set(number, { sha256, date, at }));
    }
  }
  return told;
}

function check(text: string, line: number, heads: ReadonlyMap<string, Head>, told: Anchored): AuditRecord | BadEntry {
  const record = recordOf(text);
  if (record === null) return { line, chain: null, number: null, what: 'is no entry' };
  const { chain, number, previous, sha256 } = record;
  const bad = (what: string): BadEntry => ({ line, chain, number, what });
  // A chain may begin later where its first entries were removed for their age.
  const before = heads.get(chain) ?? (number > 1 ? { number: number - 1, sha256: previous } : { number: 0, sha256: NO_ENTRY_BEFORE });
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

function missingAtEnd(heads: ReadonlyMap<string, Head>, removals: readonly ToldRemoval[], told: Anchored): BadEntry | null {
  for (const [chain, numbers] of told) {
    const last = Math.max(heads.get(chain)?.number ?? 0, ...removals.filter((removal) => removal.chain === chain).map(({ number }) => number));
    const most = Math.max(...numbers.keys());
    if (most > last) return { line: null, chain, number: last + 1, what: `is missing: the anchor of ${numbers.get(most)?.date ?? ''} names entry ${most} of this chain` };
  }
  return null;
}
