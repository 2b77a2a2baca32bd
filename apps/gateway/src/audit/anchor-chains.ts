import { AUDIT_ANCHORS, type AuditAnchor } from '@lastgood/contracts';
import type { ObjectStore } from '@lastgood/object-store';
import type { Kysely } from 'kysely';
import type { GatewayTables } from '../gateway-tables.js';

const MAX_HEADS = 40_000;

/** Writes the newest entry of every chain to the bucket, once a day whatever the number of gateways; true when this one did. */
export async function anchorChains(db: Kysely<GatewayTables>, store: ObjectStore, nowMs: number): Promise<boolean> {
  const at = new Date(nowMs).toISOString();
  const date = at.slice(0, 10);
  const key = `${AUDIT_ANCHORS}${date}.json`;
  if ((await store.stat(key)) !== null) return false;
  const heads = await db.selectFrom('audit_chains').selectAll().orderBy('chain').limit(MAX_HEADS).execute();
  if (heads.length === 0) return false;
  const anchor: AuditAnchor = { version: 1, date, at, heads: heads.map(({ chain, number, sha256 }) => ({ chain, number: Number(number), sha256 })) };
  return (await store.create(key, Buffer.from(JSON.stringify(anchor)))) === 'created';
}
