import { timingSafeEqual } from 'node:crypto';
import { ServiceError } from '@lastgood/contracts';
import type { Clock } from '@lastgood/service-runtime';
import type { Kysely } from 'kysely';
import { hashOfKey, isWellFormedKey, makeApiKey } from './api-key.js';
import type { GatewayTables } from '../gateway-tables.js';
import type { ApiKeyRow } from './key-tables.js';
import { coversAll, Role, type Principal } from './permissions.js';

/** A verified key is not looked up again for this long, so that reads go on while the database is away. */
const REMEMBERED_MS = 5 * 60_000;
const REMEMBERED_KEYS = 10_000;
const MOST_LISTED = 1000;

/** Id of the first admin key: of gateways that start at once, one makes it. */
const FIRST_KEY = '00000000-0000-4000-8000-000000000001';

export interface NewKey {
  name: string;
  role: Role;
  districts: string[] | null;
  expiresAt: string | null;
}

export type KeyDescription = NewKey & { id: string; createdAt: string; revokedAt: string | null };

/** Keys: preset ones from the configuration, the others by their hash in the database. */
export class KeyRing {
  readonly #remembered = new Map<string, { principal: Principal; untilMs: number; expiresAt: string | null }>();
  readonly #presets: readonly { hash: Buffer; principal: Principal }[];

  constructor(
    private readonly db: Kysely<GatewayTables>,
    private readonly clock: Clock,
    private readonly random: { bytes(n: number): Uint8Array; uuid(): string },
    presetAdminKeys: readonly string[],
  ) {
    this.#presets = presetAdminKeys.map((key, index) => ({
      hash: Buffer.from(hashOfKey(key), 'hex'),
      principal: { keyId: `preset-${index + 1}`, name: `preset admin key ${index + 1}`, role: 'admin', districts: null },
    }));
  }

  /** The principal of a key that was verified here a moment ago, without any look-up; null when that must be done. */
  known(key: string): Principal | null {
    return this.#knownBy(hashOfKey(key));
  }

  /** The key's principal, or null when it is unknown, expired or revoked. */
  async verify(key: string): Promise<Principal | null> {
    const sha256 = hashOfKey(key);
    return isWellFormedKey(key) || this.#preset(sha256) ? this.principalOf(sha256) : null;
  }

  /** The same by the key's hash, for a session that the key opened. */
  async principalOf(sha256: string): Promise<Principal | null> {
    const known = this.#knownBy(sha256);
    if (known) return known;
    const preset = this.#preset(sha256);
    if (preset) return this.#remember(sha256, preset, null);
    const hash = Buffer.from(sha256, 'hex');
    const nowMs = this.clock.now();
    const row = await this.db.selectFrom('api_keys').selectAll().where('sha256', '=', sha256).executeTakeFirst();
    this.#remembered.delete(sha256);
    if (!row || row.revoked_at !== null || isPast(row.expires_at, nowMs)) return null;
    if (!timingSafeEqual(Buffer.from(row.sha256, 'hex'), hash)) return null;
    return this.#remember(sha256, principalOf(row), row.expires_at);
  }

  #knownBy(sha256: string): Principal | null {
    const known = this.#remembered.get(sha256);
    const nowMs = this.clock.now();
    return known === undefined || known.untilMs <= nowMs || isPast(known.expiresAt, nowMs) ? null : known.principal;
  }

  #preset(sha256: string): Principal | null {
    const hash = Buffer.from(sha256, 'hex');
    return this.#presets.filter((candidate) => timingSafeEqual(candidate.hash, hash))[0]?.principal ?? null;
  }

  #remember(sha256: string, principal: Principal, expiresAt: string | null): Principal {
    if (this.#remembered.size >= REMEMBERED_KEYS) this.#remembered.clear();
    this.#remembered.set(sha256, { principal, untilMs: this.clock.now() + REMEMBERED_MS, expiresAt });
    return principal;
  }

  /** Makes a key and returns it; it can never be read again. `db`: the transaction it belongs to. */
  async create(wanted: NewKey, db = this.db, id = this.random.uuid()): Promise<KeyDescription & { key: string }> {
    const key = makeApiKey((n) => this.random.bytes(n));
    const row: ApiKeyRow = {
      id,
      name: wanted.name,
      role: wanted.role,
      districts: wanted.districts === null ? null : JSON.stringify(wanted.districts),
      sha256: hashOfKey(key),
      created_at: new Date(this.clock.now()).toISOString(),
      expires_at: wanted.expiresAt,
      revoked_at: null,
    };
    await db.insertInto('api_keys').values(row).execute();
    return { ...describe(row), key };
  }

  /** Keys whose districts the caller's cover. */
  async list(caller: Principal): Promise<KeyDescription[]> {
    let query = this.db.selectFrom('api_keys').selectAll().orderBy('created_at');
    query = caller.districts === null ? query.limit(MOST_LISTED) : query.where('districts', 'is not', null);
    return (await query.execute()).map(describe).filter(({ districts }) => coversAll(caller, districts)).slice(0, MOST_LISTED);
  }

  /** Takes a key out of use within 5 min everywhere, and here once it is forgotten; gives its hash. Throws `not-found` when there is none whose districts the caller's cover. */
  async revoke(id: string, caller: Principal, db = this.db): Promise<string> {
    const row = await db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row || !coversAll(caller, districtsOf(row))) throw new ServiceError('not-found', 'unknown_key', 'There is no key of this id; GET /api/v1/admin/keys lists them.');
    await db.updateTable('api_keys').set({ revoked_at: new Date(this.clock.now()).toISOString() }).where('id', '=', id).where('revoked_at', 'is', null).execute();
    return row.sha256;
  }

  /** From now on the key is looked up again. */
  forget(sha256: string): void {
    this.#remembered.delete(sha256);
  }

  /** Hash of the key that opens everything to whoever installed this: the first preset one, else the one that was made at first; null when that is out of use. */
  async firstAdminKey(db = this.db): Promise<string | null> {
    const [preset] = this.#presets;
    if (preset) return preset.hash.toString('hex');
    const row = await db.selectFrom('api_keys').select('sha256').where('id', '=', FIRST_KEY).where('revoked_at', 'is', null).executeTakeFirst();
    return row?.sha256 ?? null;
  }

  /** Makes the first admin key when no key was ever made and none is preset; null otherwise. */
  async createFirstAdminKey(): Promise<string | null> {
    if (this.#presets.length > 0) return null;
    const some = await this.db.selectFrom('api_keys').select('id').limit(1).executeTakeFirst();
    if (some) return null;
    try {
      return (await this.create({ name: 'first admin key', role: 'admin', districts: null, expiresAt: null }, this.db, FIRST_KEY)).key;
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'already_exists') return null;
      throw error;
    }
  }
}

function isPast(instant: string | null, nowMs: number): boolean {
  return instant !== null && Date.parse(instant) <= nowMs;
}

function principalOf(row: ApiKeyRow): Principal {
  return { keyId: row.id, name: row.name, role: Role.parse(row.role), districts: districtsOf(row) };
}

function districtsOf(row: ApiKeyRow): string[] | null {
  return row.districts === null ? null : (JSON.parse(row.districts) as string[]);
}

function describe(row: ApiKeyRow): KeyDescription {
  return { id: row.id, name: row.name, role: Role.parse(row.role), districts: districtsOf(row), createdAt: row.created_at, expiresAt: row.expires_at, revokedAt: row.revoked_at };
}
