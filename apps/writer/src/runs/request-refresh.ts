import { ServiceError, type Asker, type DistrictConfig, type RefreshAnswer } from '@lastgood/contracts';
import type { Clock, CrashPoints, Districts, Log } from '@lastgood/service-runtime';
import { LogDamagedError } from '@lastgood/snapshot-log';
import type { StoreFitness } from '../commit/store-fitness.js';
import { localDate } from '../schedule/local-date.js';
import type { IdempotencyKeysTable, RunsTable } from '../tables.js';
import type { EpochBeginner } from './begin-epoch.js';
import { refuseDamagedLog } from './log-damage.js';
import type { Logs } from './logs.js';
import type { IdMaker } from './new-id.js';
import type { RunAnnouncer } from './run-announcer.js';
import { runOf, statsOf } from './run-row.js';
import type { RunStore } from './run-store.js';

const TRIES = 10;
const KEEP_KEYS_MS = 24 * 3_600_000;
const ASK_AGAIN_MS = 30_000;

/** What everybody who wants fresh data hands in: HTTP, CLI and schedule alike. */
export interface RefreshRequest {
  district: string;
  /** Without it every source of the district. */
  source?: string | undefined;
  asker: Asker;
  /** The same key gives the same runs for 24 hours. */
  idempotencyKey?: string | undefined;
  /** Number of the automatic retry, 0 (default) for anything else. */
  retry?: number;
}

/** What it works on. */
export interface RefreshRequestsParts {
  districts: Districts;
  runs: RunStore;
  logs: Logs;
  beginner: EpochBeginner;
  announcer: RunAnnouncer;
  ids: IdMaker;
  clock: Clock;
  crash: CrashPoints;
  log: Log;
  fitness: Pick<StoreFitness, 'require'>;
  /** While so many runs are under way only the schedule starts more. */
  mostAsked: number;
}

/** Undoes the row of a run whose client's key was given at the same time. */
class KeyGiven extends Error {}

/** The one way a run starts. */
export class RefreshRequests {
  constructor(private readonly parts: RefreshRequestsParts) {}

  /**
   * Starts a run per source, or joins the one that is active. Throws `unknown_district`, `unknown_source`, and `idempotency_key_reused` for a key that
   * was given with another wish, `log_damaged`, `store_unfit` for a store that may not be written to, `too_many_runs` when no more can be started for now; then none was started. A store that stops to answer later delays the run, it does not
   * refuse it.
   */
  async request(request: RefreshRequest): Promise<RefreshAnswer> {
    const district = this.parts.districts.get(request.district);
    this.parts.fitness.require();
    const sources = request.source === undefined ? district.sources : [this.parts.districts.source(district.id, request.source)];
    const runs: RefreshAnswer['runs'] = [];
    // Decided once, so that of a district's sources either all can start or none does; ticks of the schedule wait for room by themselves.
    const hasRoom = request.asker.via === 'schedule' || (await this.parts.runs.countActive()) < this.parts.mostAsked;
    for (const { id } of sources) runs.push(await this.#ofSource(district, id, request, hasRoom));
    return { district: district.id, runs };
  }

  /** Forgets keys older than 24 hours. */
  async forgetOldKeys(): Promise<void> {
    await this.parts.runs.db.deleteFrom('idempotency_keys').where('created_at', '<', this.#at(-KEEP_KEYS_MS)).execute();
  }

  async #ofSource(district: DistrictConfig, source: string, request: RefreshRequest, hasRoom: boolean): Promise<RefreshAnswer['runs'][number]> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const known = await this.#answerOfKey(district.id, source, request);
      if (known !== null) return known;
      await this.#refuseDamagedLog({ district: district.id, source });
      const created = hasRoom ? await this.#create(district, source, request) : undefined;
      if (created !== undefined) {
        this.parts.crash.reach('run.row-created');
        await this.parts.announcer.phase(created);
        return { run: runOf(await this.#begin(created), this.parts.clock.now()), joined: false };
      }
      const active = await this.parts.runs.active(district.id, source);
      if (active === undefined && !hasRoom) throw new ServiceError('unavailable', 'too_many_runs', `${this.parts.mostAsked} refreshes or more are under way already. Ask again later.`, { retryAfterMs: ASK_AGAIN_MS });
      if (active === undefined) continue;
      // Before the key: who asks again with it is answered from it, and would never join.
      await this.parts.runs.join(active.id, request.asker.actor);
      this.parts.crash.reach('run.joined');
      if (!(await this.#keep(active.id, 1, { district: district.id, source }, request))) continue;
      return { run: runOf(active, this.parts.clock.now()), joined: true };
    }
    throw new ServiceError('unavailable', 'refresh_contended', 'Runs of this source start and end too fast to join one. Ask again.', { retryAfterMs: 1000 });
  }

  /** A store that does not answer only delays the run. */
  async #refuseDamagedLog(place: { district: string; source: string }): Promise<void> {
    try {
      const log = this.parts.logs.of(place);
      await log.read();
      await log.check();
    } catch (error) {
      if (error instanceof LogDamagedError) throw refuseDamagedLog(error);
    }
  }

  async #begin(created: RunsTable): Promise<RunsTable> {
    try {
      return await this.parts.beginner.begin(created);
    } catch (error) {
      this.parts.log.with({ run: created.id }).error('The run waits: its begin could not be written yet.', error);
      return created;
    }
  }

  /** Undefined when another run is active, or the key of the client was given at the same time. The row and the key are written together. */
  async #create(district: DistrictConfig, source: string, request: RefreshRequest): Promise<RunsTable | undefined> {
    try {
      return await this.#createWithKey(district, source, request);
    } catch (error) {
      if (error instanceof KeyGiven) return undefined;
      throw error;
    }
  }

  #createWithKey(district: DistrictConfig, source: string, request: RefreshRequest): Promise<RunsTable | undefined> {
    const now = this.#at(0);
    return this.parts.runs.db.transaction().execute(async (transaction) => {
      const last = await transaction.selectFrom('runs').selectAll().where('district', '=', district.id).where('source', '=', source)
        .where('phase', '=', 'published').orderBy('id', 'desc').limit(1).executeTakeFirst();
      const row = await transaction.insertInto('runs').values({
        id: this.parts.ids.next(), district: district.id, source, date: localDate(this.parts.clock.now(), district.timeZone), phase: 'requested', active: 1,
        epoch: null, epoch_at: now, epochs: 0, actor: request.asker.actor, via: request.asker.via, retry: request.retry ?? 0,
        requested_at: now, finished_at: null, alive_at: now, builder: null, collections: '[]', collection: null,
        expected: last === undefined ? null : statsOf(last).records, page_lists: null, stats: null, stop: null,
        snapshot: null, log_number: null, failure: null, warnings: 0,
      }).onConflict((conflict) => conflict.doNothing()).returningAll().executeTakeFirst();
      if (row !== undefined && !(await this.#keep(row.id, 0, row, request, transaction))) throw new KeyGiven();
      return row;
    });
  }

  /** False when the client's key has its run already: its answer counts. */
  async #keep(run: string, joined: 0 | 1, of: { district: string; source: string }, request: RefreshRequest, db = this.parts.runs.db): Promise<boolean> {
    if (request.idempotencyKey === undefined) return true;
    const key: IdempotencyKeysTable = {
      district: of.district, source: of.source, key: request.idempotencyKey, run, joined, wish: wishOf(request), created_at: this.#at(0),
    };
    return (await db.insertInto('idempotency_keys').values(key).onConflict((conflict) => conflict.doNothing()).returning('run').executeTakeFirst()) !== undefined;
  }

  async #answerOfKey(district: string, source: string, request: RefreshRequest): Promise<RefreshAnswer['runs'][number] | null> {
    if (request.idempotencyKey === undefined) return null;
    await this.parts.runs.db.deleteFrom('idempotency_keys').where('district', '=', district).where('key', '=', request.idempotencyKey)
      .where('created_at', '<', this.#at(-KEEP_KEYS_MS)).execute();
    const kept = await this.parts.runs.db.selectFrom('idempotency_keys').selectAll().where('district', '=', district).where('key', '=', request.idempotencyKey).execute();
    if (kept.some(({ wish }) => wish !== wishOf(request))) {
      throw new ServiceError('conflict', 'idempotency_key_reused', 'This Idempotency-Key came with another wish before. Take a new key.', { retryable: false });
    }
    const mine = kept.find((key) => key.source === source);
    const row = mine && await this.parts.runs.get(mine.run);
    return row === undefined || mine === undefined ? null : { run: runOf(row, this.parts.clock.now()), joined: mine.joined === 1 };
  }

  #at(offsetMs: number): string {
    return new Date(this.parts.clock.now() + offsetMs).toISOString();
  }
}

function wishOf({ source }: RefreshRequest): string {
  return source ?? '*';
}
