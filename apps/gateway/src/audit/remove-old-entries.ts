import { AUDIT_ANCHORS, AUDIT_REMOVED, AuditAnchor, AuditRecord, removalIn, removalText, type AuditRemoval } from '@lastgood/contracts';
import type { ObjectStore } from '@lastgood/object-store';
import type { Clock } from '@lastgood/service-runtime';
import type { Kysely } from 'kysely';
import type { GatewayTables } from '../gateway-tables.js';
import type { AuditFacts } from './audit-trail.js';

const DAY_MS = 86_400_000;
/** Deleted in one go, and meanwhile nothing else happens on SQLite. */
const BATCH = 1_000;
const REST_MS = 15;

export interface RemovalPorts {
  db: Kysely<GatewayTables>;
  store: ObjectStore;
  trail: { enter(facts: AuditFacts): Promise<string> };
  shipper: { shipped(): Promise<void> };
  clock: Clock;
}

type Anchored = AuditAnchor['heads'][number];

/**
 * Removes of every chain what is older than `keepDays`, up to where an anchor in the bucket says that it was then; gives how many entries went. Before the first one goes, an entry of this gateway's own chain
 * says which may be gone; while it cannot be in the database, nothing is removed. Ends soon after `stop`; the next call goes on.
 */
export async function removeOldEntries(ports: RemovalPorts, keepDays: number, stop: AbortSignal): Promise<number> {
  const anchor = await newestAnchorBefore(ports.store, ports.clock.now() - keepDays * DAY_MS);
  if (anchor === null) return 0;
  const old = await oldChains(ports.db, anchor);
  if (old.length === 0) return 0;
  const told = [...old.map((head): AuditRemoval => ({ ...head, keptDays: keepDays })), ...(await toldAgain(ports.db, old))];
  if (!(await tell(ports, told, stop))) return 0;
  let removed = 0;
  for (const head of old) removed += await remove(ports, head, stop);
  return removed;
}

async function newestAnchorBefore(store: ObjectStore, cutOffMs: number): Promise<AuditAnchor | null> {
  const cutOff = new Date(cutOffMs).toISOString();
  const keys: string[] = [];
  for await (const { key } of store.list(AUDIT_ANCHORS)) if (key <= `${AUDIT_ANCHORS}${cutOff.slice(0, 10)}.json`) keys.push(key);
  for (const key of keys.sort().reverse()) {
    const anchor = AuditAnchor.parse(JSON.parse((await store.read(key)).toString('utf8')));
    if (anchor.at <= cutOff) return anchor;
  }
  return null;
}

/** The anchored heads of the chains that have entries up to there. */
async function oldChains(db: Kysely<GatewayTables>, { at, heads }: AuditAnchor): Promise<Anchored[]> {
  const rows = await db.selectFrom('audit_entries').select(({ fn }) => ['chain', fn.min<number | string>('number').as('first')]).where('at', '<=', at).groupBy('chain').execute();
  const firsts = new Map(rows.map(({ chain, first }) => [chain, Number(first)]));
  return heads.filter(({ chain, number }) => (firsts.get(chain) ?? Infinity) <= number);
}

/** What earlier entries said of other chains, where those entries go now: it must stay known. */
async function toldAgain(db: Kysely<GatewayTables>, old: readonly Anchored[]): Promise<AuditRemoval[]> {
  const goesUpTo = new Map(old.map(({ chain, number }) => [chain, number]));
  const rows = await db.selectFrom('audit_entries').select('entry').where('key_id', 'is', null).where('action', '=', AUDIT_REMOVED).execute();
  const newest = new Map<string, { removal: AuditRemoval; stays: boolean }>();
  for (const record of rows.map(({ entry }) => AuditRecord.parse(JSON.parse(entry)))) {
    const removal = removalIn(record);
    if (removal === null || goesUpTo.has(removal.chain)) continue;
    const stays = record.number > (goesUpTo.get(record.chain) ?? 0);
    const known = newest.get(removal.chain);
    if (known === undefined || removal.number > known.removal.number) newest.set(removal.chain, { removal, stays });
    else if (removal.number === known.removal.number) known.stays ||= stays;
  }
  return [...newest.values()].flatMap(({ removal, stays }) => (stays ? [] : [removal]));
}

/** Enters what may be gone; true when all of it is in the database: what no database takes is set aside, and the newest entry of its chain there may be a later one. */
async function tell({ db, trail, shipper }: RemovalPorts, told: readonly AuditRemoval[], stop: AbortSignal): Promise<boolean> {
  const none = { actor: null, district: null, source: null, snapshot: null, run: null, count: null, purpose: null, outcome: 'allowed', status: null } as const;
  const entered: AuditRecord[] = [];
  for (const removal of told) {
    if (stop.aborted) return false;
    entered.push(AuditRecord.parse(JSON.parse(await trail.enter({ ...none, action: AUDIT_REMOVED, query: removalText(removal) }))));
  }
  await shipper.shipped();
  const rows = await db.selectFrom('audit_entries').select(['chain', 'number']).where('key_id', 'is', null).where('action', '=', AUDIT_REMOVED).execute();
  const there = new Set(rows.map(({ chain, number }) => `${chain}:${number}`));
  return entered.every(({ id }) => there.has(id));
}

async function remove({ db, clock }: RemovalPorts, { chain, number }: Anchored, stop: AbortSignal): Promise<number> {
  const { first } = await db.selectFrom('audit_entries').select(({ fn }) => fn.min<number | string | null>('number').as('first')).where('chain', '=', chain).executeTakeFirstOrThrow();
  let removed = 0;
  for (let from = Number(first ?? number + 1); from <= number; from += BATCH) {
    if (stop.aborted) return removed;
    const { numDeletedRows } = await db.deleteFrom('audit_entries').where('chain', '=', chain).where('number', '<=', Math.min(from + BATCH - 1, number)).executeTakeFirstOrThrow();
    removed += Number(numDeletedRows);
    await clock.sleep(REST_MS, stop).catch(() => undefined);
  }
  // A chain that had ended is done with; later anchors need not name it.
  await db.deleteFrom('audit_chains').where('chain', '=', chain).where('number', '=', number).execute();
  return removed;
}
