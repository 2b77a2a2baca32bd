import { hash } from 'node:crypto';
import { ServiceError, type SignInBody } from '@lastgood/contracts';
import type { Clock } from '@lastgood/service-runtime';
import type { Kysely } from 'kysely';
import type { GatewayTables } from '../gateway-tables.js';
import { hashOfKey } from './api-key.js';
import type { KeyRing } from './key-ring.js';
import type { Principal } from './permissions.js';
import type { SessionRow } from './session-tables.js';

const SESSION_MS = 12 * 3_600_000;
const LINK_MS = 15 * 60_000;
/** A session is looked up again after this long; a sign-out elsewhere is noticed by then. */
const FRESH_MS = 60_000;
/** While the database is away a session that was seen goes on for this long. */
const STALE_MS = 5 * 60_000;
const REMEMBERED_SESSIONS = 10_000;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Who signs in by the link that the product prints at its start: whoever can read that owns the installation. */
const LINK_PRINCIPAL: Principal = { keyId: 'sign-in-link', name: 'sign-in link', role: 'admin', districts: null };

/** A session that holds now. */
export interface LiveSession {
  principal: Principal;
  csrf: string;
  expiresAt: string;
}

/** Sessions of the page. The database keeps the hash of each token, so every gateway takes it; a session ends with the key it was opened by. */
export class SessionBook {
  readonly #remembered = new Map<string, { row: SessionRow; seenMs: number }>();

  constructor(
    private readonly db: Kysely<GatewayTables>,
    private readonly keys: KeyRing,
    private readonly clock: Clock,
    private readonly random: { bytes(n: number): Uint8Array },
  ) {}

  /** Who a key or a sign-in link signs in; null when the key is unknown, expired or revoked, the link unknown, used or older than 15 min. Asking changes nothing. */
  async whoSignsIn({ key, link }: SignInBody): Promise<Principal | null> {
    if (key !== undefined) return this.keys.verify(key);
    if (link === undefined || !TOKEN.test(link)) return null;
    const unused = await this.db.selectFrom('sign_in_links').select('sha256').where('sha256', '=', sha256(link)).where('used_at', 'is', null).where('expires_at', '>', this.#iso()).executeTakeFirst();
    return unused ? LINK_PRINCIPAL : null;
  }

  /**
   * Opens the session of who signs in, on the transaction `db` alone; null when somebody else used the link meanwhile. One by a link ends with the first admin key: whoever takes that out of use means
   * everybody who came in by it.
   */
  async open({ key, link = '' }: SignInBody, principal: Principal, db: Kysely<GatewayTables>): Promise<(LiveSession & { token: string }) | null> {
    const now = this.#iso();
    if (key === undefined) {
      const used = await db.updateTable('sign_in_links').set({ used_at: now }).where('sha256', '=', sha256(link)).where('used_at', 'is', null).where('expires_at', '>', now).executeTakeFirst();
      if (used.numUpdatedRows !== 1n) return null;
    }
    const token = this.#token();
    const keySha256 = key === undefined ? await this.keys.firstAdminKey(db) : hashOfKey(key);
    const row: SessionRow = { sha256: sha256(token), key_sha256: keySha256, by_link: key === undefined ? 1 : 0, created_at: now, expires_at: this.#iso(SESSION_MS) };
    await db.insertInto('sessions').values(row).execute();
    return { principal, csrf: csrfOf(token), expiresAt: row.expires_at, token };
  }

  /** The session of a token, or null when it has ended. */
  async verify(token: string): Promise<LiveSession | null> {
    if (!TOKEN.test(token)) return null;
    const row = await this.#find(sha256(token));
    return row === null ? null : this.#live(row, token);
  }

  /** Ends the session of a token; here once it is forgotten. `db`: the transaction it belongs to. */
  async end(token: string, db: Kysely<GatewayTables>): Promise<void> {
    await db.deleteFrom('sessions').where('sha256', '=', sha256(token)).execute();
  }

  /** From now on the session is looked up again. */
  forget(token: string): void {
    this.#remembered.delete(sha256(token));
  }

  /** Ends every session that was opened by a key. */
  async endOfKey(keySha256: string, db = this.db): Promise<void> {
    for (const [id, { row }] of this.#remembered) if (row.key_sha256 === keySha256) this.#remembered.delete(id);
    await db.deleteFrom('sessions').where('key_sha256', '=', keySha256).execute();
  }

  /** Ends every sign-in link that was not used yet, and every session that one opened without a key to end with. */
  async endOfLinks(db = this.db): Promise<void> {
    for (const [id, { row }] of this.#remembered) if (row.key_sha256 === null) this.#remembered.delete(id);
    await db.deleteFrom('sign_in_links').execute();
    await db.deleteFrom('sessions').where('key_sha256', 'is', null).execute();
  }

  /** A new token for a sign-in link: works once, within 15 min. */
  async makeLink(): Promise<string> {
    const link = this.#token();
    await this.db.insertInto('sign_in_links').values({ sha256: sha256(link), expires_at: this.#iso(LINK_MS), used_at: null }).execute();
    return link;
  }

  /** Forgets sessions and links that have ended. */
  async sweep(): Promise<void> {
    await this.db.deleteFrom('sessions').where('expires_at', '<=', this.#iso()).execute();
    await this.db.deleteFrom('sign_in_links').where('expires_at', '<=', this.#iso()).execute();
  }

  async #find(id: string): Promise<SessionRow | null> {
    const known = this.#remembered.get(id);
    const ageMs = known === undefined ? Infinity : this.clock.now() - known.seenMs;
    if (known !== undefined && ageMs < FRESH_MS) return known.row;
    try {
      const row = await this.db.selectFrom('sessions').selectAll().where('sha256', '=', id).executeTakeFirst();
      this.#remembered.delete(id);
      if (row === undefined) return null;
      this.#remember(row);
      return row;
    } catch (error) {
      if (known !== undefined && ageMs < STALE_MS && error instanceof ServiceError) return known.row;
      throw error;
    }
  }

  async #live(row: SessionRow, token: string): Promise<LiveSession | null> {
    if (Date.parse(row.expires_at) <= this.clock.now()) return null;
    const ofKey = row.key_sha256 === null ? LINK_PRINCIPAL : await this.keys.principalOf(row.key_sha256);
    const principal = ofKey && row.by_link === 1 ? LINK_PRINCIPAL : ofKey;
    return principal && { principal, csrf: csrfOf(token), expiresAt: row.expires_at };
  }

  #remember(row: SessionRow): void {
    if (this.#remembered.size >= REMEMBERED_SESSIONS) this.#remembered.clear();
    this.#remembered.set(row.sha256, { row, seenMs: this.clock.now() });
  }

  #token(): string {
    return Buffer.from(this.random.bytes(32)).toString('base64url');
  }

  #iso(afterMs = 0): string {
    return new Date(this.clock.now() + afterMs).toISOString();
  }
}

const sha256 = (token: string): string => hash('sha256', token, 'hex');

/** Follows from the token, which scripts cannot read; so nothing more must be kept, and only who got it with the session knows it. */
const csrfOf = (token: string): string => hash('sha256', `csrf ${token}`, 'base64url');
