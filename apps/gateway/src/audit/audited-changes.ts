import { AuditRecord } from '@lastgood/contracts';
import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { GatewayTables } from '../gateway-tables.js';
import { askedOf } from './request-facts.js';

/** Changes of the gateway's own tables: each is one transaction with the entry of its request, so that none is ever there without what tells of it. */
export class AuditedChanges {
  constructor(private readonly db: Kysely<GatewayTables>) {}

  /** Runs `change` on the transaction it is given, and on nothing else: an SQLite file takes one at a time. The entry was made by the guard; it is also on this disk, and shipped from there when the change fails. */
  async make<T>(request: FastifyRequest, change: (db: Kysely<GatewayTables>) => Promise<T>): Promise<T> {
    const entry = askedOf(request)?.entry;
    if (entry === undefined) throw new Error('a change is made whose request was not entered');
    const { chain, number, at, district, actor, action } = AuditRecord.parse(JSON.parse(entry));
    return await this.db.transaction().execute(async (db) => {
      await db.insertInto('audit_entries').values({ chain, number, at, district, key_id: actor?.keyId ?? null, action, entry }).onConflict((conflict) => conflict.doNothing()).execute();
      return await change(db);
    });
  }
}
