import { appendFile, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AuditRecord, ServiceError } from '@lastgood/contracts';
import type { Database } from '@lastgood/database';
import type { Clock, Log } from '@lastgood/service-runtime';
import { sql, type Kysely } from 'kysely';
import type { GatewayTables } from '../gateway-tables.js';
import type { Segment, Segments } from './segments.js';

/** On SQLite a batch is written in one go, and meanwhile nothing else happens; each costs a commit. */
const BATCH_LINES = 250;
/** Between two batches, unless somebody waits for them: a rush of reads goes on meanwhile. */
const REST_MS = 15;
const READ_BYTES = 256 * 1024;
const IDLE_MS = 1_000;
/** Entries are shipped when none came for this long, so that work of the database does not meet a rush of reads. */
const LULL_MS = 250;
/** However long the rush lasts, no entry waits longer. */
const LATEST_MS = 10_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** The reserve grows by one segment in so long: in nobody's way. */
const GROW_MS = 5_000;

/** Takes entries from the local segments to the database, in order, at least once; an entry that is there already is left as it is. */
export class EntryShipper {
  readonly #stop = new AbortController();
  readonly #offsets = new Map<string, number>();
  #wake: (() => void) | null = null;
  #running: Promise<void> | null = null;
  /** The shipping under way or the last one: never two at once. */
  #shipping: Promise<void> = Promise.resolve();
  #entered = 0;
  /** Who waits for everything to be shipped. */
  #hurried = 0;
  #away = false;
  #grownAt = 0;
  #roomless = false;

  constructor(private readonly segments: Segments, private readonly database: Database, private readonly clock: Clock, private readonly log: Log) {}

  start(): void {
    this.#grownAt = this.clock.now();
    this.#running ??= this.#run();
  }

  /** There is something to ship. */
  wake(): void {
    this.#entered += 1;
    this.#wake?.();
  }

  /** Resolves when everything that was entered before is in the database, or could not be taken there now. */
  async shipped(): Promise<void> {
    this.#hurried += 1;
    // Whoever runs this is told by the shipping that goes on.
    await this.#shipInTurn().catch(() => undefined);
    this.#hurried -= 1;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.wake();
    await this.#running;
    // What is left is shipped by the next start.
    await this.shipped();
  }

  async #run(): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; !this.#stop.signal.aborted;) {
      try {
        await this.#growReserve();
        await this.#shipInTurn();
        if (this.#away) this.log.info('Audit entries reach the database again.');
        this.#away = false;
        waitMs = FIRST_WAIT_MS;
        await this.#idle();
        await this.#lull();
      } catch (error) {
        if (!this.#away) this.log.warn('Audit entries are kept on this disk until the database takes them.', { reason: error instanceof ServiceError ? error.code : 'unexpected' });
        this.#away = true;
        await this.#sleep(waitMs);
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      }
    }
  }

  async #growReserve(): Promise<void> {
    if (this.clock.now() - this.#grownAt < GROW_MS) return;
    this.#grownAt = this.clock.now();
    try {
      await this.segments.reserve.grow();
      this.#roomless = false;
    } catch (error) {
      // Entries that are there are shipped all the same.
      if (!this.#roomless) this.log.error('The room that is kept for audit entries cannot be looked after.', error);
      this.#roomless = true;
    }
  }

  async #sleep(ms: number): Promise<void> {
    await this.clock.sleep(ms, this.#stop.signal).catch(() => undefined);
  }

  /** Until there is more, for a second at most. */
  async #idle(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([woken, this.#sleep(IDLE_MS)]);
    this.#wake = null;
  }

  async #lull(): Promise<void> {
    let before = -1;
    for (let waitedMs = 0; waitedMs < LATEST_MS && before !== this.#entered && !this.#stop.signal.aborted; waitedMs += LULL_MS) {
      before = this.#entered;
      await this.#sleep(LULL_MS);
    }
  }

  #shipInTurn(): Promise<void> {
    this.#shipping = this.#shipping.catch(() => undefined).then(() => this.#shipAll());
    return this.#shipping;
  }

  async #shipAll(): Promise<void> {
    for (const segment of await this.segments.all()) {
      // Up to here only: while entries come faster than a commit, following them would mean a commit for each few.
      await this.#ship({ ...segment });
      if (this.segments.isLive(segment)) continue;
      // It may have been written to after its last bytes were read, and closed since.
      await this.#ship({ ...segment, durableBytes: null });
      this.#offsets.delete(segment.path);
      await this.segments.drop(segment);
    }
  }

  async #ship(segment: Segment): Promise<void> {
    for (;;) {
      const offset = this.#offsets.get(segment.path) ?? 0;
      const text = await read(segment, offset);
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      if (whole === '') return;
      const lines = whole.slice(0, -1).split('\n');
      for (let from = 0; from < lines.length; from += BATCH_LINES) {
        const batch = lines.slice(from, from + BATCH_LINES);
        await this.#insert(batch, segment);
        this.#offsets.set(segment.path, (this.#offsets.get(segment.path) ?? 0) + batch.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0));
        await (this.#hurried > 0 || lines.length < BATCH_LINES ? new Promise(setImmediate) : this.#sleep(REST_MS));
      }
    }
  }

  async #insert(lines: readonly string[], segment: Segment): Promise<void> {
    try {
      await this.#insertAll(lines);
    } catch (error) {
      if (error instanceof ServiceError && error.toProblem().retryable) throw error;
      if (lines.length > 1) for (const line of lines) await this.#insert([line], segment);
      else await this.#setAside(lines[0] ?? '', segment, error);
    }
  }

  async #insertAll(lines: readonly string[]): Promise<void> {
    const head = AuditRecord.parse(JSON.parse(lines.at(-1) ?? ''));
    const list = `[${lines.join(',')}]`;
    await this.database.kysely<GatewayTables>().transaction().execute((db) => this.#insertList(db, list, head));
  }

  async #insertList(db: Kysely<GatewayTables>, list: string, head: AuditRecord): Promise<void> {
    await (this.database.kind === 'sqlite'
      ? sql`insert into audit_entries (chain, number, at, district, key_id, action, entry)
          select value->>'$.chain', value->>'$.number', value->>'$.at', value->>'$.district', value->>'$.actor.keyId', value->>'$.action', value from json_each(${list}) where true on conflict do nothing`
      : sql`insert into audit_entries (chain, number, at, district, key_id, action, entry)
          select e->>'chain', (e->>'number')::bigint, e->>'at', e->>'district', e->'actor'->>'keyId', e->>'action', e::text from json_array_elements(cast(${list} as json)) as e on conflict do nothing`
    ).execute(db);
    await db.insertInto('audit_chains').values({ chain: head.chain, number: head.number, sha256: head.sha256 })
      .onConflict((conflict) => conflict.column('chain').doUpdateSet({ number: head.number, sha256: head.sha256 }).where('audit_chains.number', '<', head.number)).execute();
  }

  /** A line that no database takes must not hold up those after it; it stays on this disk. */
  async #setAside(line: string, { path }: Segment, error: unknown): Promise<void> {
    this.log.error('An audit entry cannot be kept in the database; it stays in refused.jsonl beside the segments.', error, { bytes: line.length });
    await appendFile(join(dirname(path), 'refused.jsonl'), `${line}\n`, { mode: 0o600 });
  }
}

async function read({ path, durableBytes }: Segment, offset: number): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const most = durableBytes === null ? READ_BYTES : Math.min(READ_BYTES, durableBytes - offset);
    if (most <= 0) return '';
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(most), 0, most, offset);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
