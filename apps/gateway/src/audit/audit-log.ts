import { AuditRecord, ServiceError, type AuditAnswer, type AuditFilter, type AuditQuery } from '@lastgood/contracts';
import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type { GatewayTables } from '../gateway-tables.js';

const EXPORT_PAGE = 1_000;
const Place = z.tuple([z.string().max(32), z.string().max(36), z.number().int().min(1)]);
type Place = z.infer<typeof Place>;

/** Entries for those who may see some districts or (null) all: what this process has entered, and what the others have shipped so far. */
export class AuditLog {
  constructor(private readonly db: Kysely<GatewayTables>, private readonly shipper: { shipped(): Promise<void> }) {}

  /** Newest first. Throws `invalid_cursor`. */
  async page({ limit, cursor, ...filter }: AuditQuery, districts: readonly string[] | null): Promise<AuditAnswer> {
    const after = cursor === undefined ? null : placeOf(cursor);
    await this.shipper.shipped();
    let query = this.#select(filter, districts).orderBy('at', 'desc').orderBy('chain', 'desc').orderBy('number', 'desc').limit(limit + 1);
    if (after) query = query.where(sql<boolean>`(at, chain, number) < (${after[0]}, ${after[1]}, ${after[2]})`);
    const records = (await query.execute()).map(recordOf);
    const items = records.slice(0, limit).map(({ previous: _, sha256: __, ...entry }) => entry);
    const last = items.at(-1);
    const nextCursor = last && records.length > limit ? Buffer.from(JSON.stringify([last.at, last.chain, last.number] satisfies Place)).toString('base64url') : null;
    return { items, nextCursor };
  }

  /** Lines of JSON with the hashes, oldest first: each chain up to where it was in the database when this began, without a gap. */
  async *lines(filter: AuditFilter, districts: readonly string[] | null): AsyncGenerator<string> {
    await this.shipper.shipped();
    // An entry that came with its change may be there before those that other gateways still have to ship; and what they ship meanwhile would be whole only after this page.
    const heads = new Map((await this.db.selectFrom('audit_chains').select(['chain', 'number']).execute()).map(({ chain, number }) => [chain, Number(number)]));
    for (let after: Place | null = null; ;) {
      let query = this.#select(filter, districts).select(['at', 'chain', 'number']).orderBy('at').orderBy('chain').orderBy('number').limit(EXPORT_PAGE);
      if (after) query = query.where(sql<boolean>`(at, chain, number) > (${after[0]}, ${after[1]}, ${after[2]})`);
      const rows = await query.execute();
      for (const { chain, number, entry } of rows) if (Number(number) <= (heads.get(chain) ?? 0)) yield `${entry}\n`;
      const last = rows.at(-1);
      if (last === undefined || rows.length < EXPORT_PAGE) return;
      after = [last.at, last.chain, Number(last.number)];
    }
  }

  #select({ district, actor, action, from, to }: AuditFilter, districts: readonly string[] | null) {
    let query = this.db.selectFrom('audit_entries').select('entry');
    if (district !== undefined) query = query.where('district', '=', district);
    if (districts !== null) query = query.where('district', 'in', [...districts]);
    if (actor !== undefined) query = query.where('key_id', '=', actor);
    if (action !== undefined) query = query.where('action', '=', action);
    if (from !== undefined) query = query.where('at', '>=', from);
    // A day counts to its end.
    if (to !== undefined) query = query.where('at', '<=', to.length === 10 ? `${to}T23:59:59.999Z` : to);
    return query;
  }
}

const recordOf = ({ entry }: { entry: string }): AuditRecord => AuditRecord.parse(JSON.parse(entry));

function placeOf(cursor: string): Place {
  try {
    return Place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new ServiceError('invalid', 'invalid_cursor', 'This cursor is none; take nextCursor of the page before.', { errors: [{ field: 'cursor', message: 'as nextCursor gives it' }] });
  }
}
